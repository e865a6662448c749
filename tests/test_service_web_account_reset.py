"""A forgotten password: who gets a letter, what its link can do, and what the answers give away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from service.db.accounts import AccountRepository
from service.db.letters import LetterRepository
from tests.account_world import ADDRESS, AccountWorld, is_signed_in
from tests.web_world import PASSWORD, TestClient, form_token

NEW = "bốn từ dễ nhớ nhé"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AccountWorld]:
    world = AccountWorld(tmp_path)
    world.add_site()
    world.add_user()
    world.add_account("lan", email="lan@tinh.gov.vn")
    yield world
    world.database.close()


def ask(world: AccountWorld, login: str, client: TestClient | None = None) -> str:
    client = client or world.browser()
    token = form_token(client.get("/sign-in/forgotten").text)
    answer = client.post("/sign-in/forgotten", data={"login": login, "form_token": token})
    assert 200 == answer.status_code
    return answer.text


def link_in(letter: str) -> str:
    found = re.search(rf"{re.escape(ADDRESS)}(/sign-in/reset\?token=\S+)", letter)
    assert found is not None
    return found[1]


def choose(world: AccountWorld, link: str, password: str = NEW, again: str | None = None) -> int:
    client = world.browser()
    client.get("/sign-in")
    form = {
        "token": link.partition("token=")[2],
        "password": password,
        "again": password if again is None else again,
        "form_token": form_token(client.get("/sign-in/forgotten").text),
    }
    return client.post("/sign-in/reset", data=form, follow_redirects=False).status_code


@pytest.mark.parametrize("login", ["lan", "lan@tinh.gov.vn", "LAN@tinh.gov.vn", " lan "])
def test_a_letter_leads_to_a_new_password_once(world: AccountWorld, login: str) -> None:
    ask(world, login)
    [letter] = world.letters()
    assert "lan" in letter and "30 phút" in letter
    client, _ = world.reader("lan")
    assert 303 == choose(world, link_in(letter))
    assert 410 == choose(world, link_in(letter), "một mật khẩu nữa đây")
    assert not is_signed_in(client)  # every session ended
    assert 401 == world.give_password(world.browser(), PASSWORD, "lan").status_code
    assert 303 == world.give_password(world.browser(), NEW, "lan").status_code
    assert ["reset_asked", "password_reset"] == [facts["change"] for facts in world.noted()]


def test_a_password_by_letter_ends_the_tokens_that_whoever_was_inside_had_made(world: AccountWorld) -> None:
    token = world.token("lan", "see_flags")
    ask(world, "lan")
    link = link_in(world.letters()[0])
    assert "mã truy cập cho chương trình" in world.browser().get(link).text
    assert world.is_token_good(token)
    assert 303 == choose(world, link)
    assert not world.is_token_good(token)


def test_looking_at_the_link_and_a_password_that_will_not_do_use_nothing_up(world: AccountWorld) -> None:
    ask(world, "lan")
    link = link_in(world.letters()[0])
    assert 200 == world.browser().get(link).status_code
    assert 422 == choose(world, link, "ngắn")
    assert 422 == choose(world, link, NEW, again="khác hẳn mất rồi")
    assert 422 == choose(world, link, "phamthilan2025")
    assert 303 == choose(world, link)


def test_a_link_is_good_for_half_an_hour(world: AccountWorld) -> None:
    ask(world, "lan")
    link = link_in(world.letters()[0])
    world.clock.at += timedelta(minutes=30)
    assert 410 == world.browser().get(link).status_code
    assert 410 == choose(world, link)


def test_setting_one_password_spoils_the_other_links(world: AccountWorld) -> None:
    ask(world, "lan")
    ask(world, "lan")
    first, second = map(link_in, world.letters())
    assert 303 == choose(world, second)
    assert 410 == choose(world, first)


def test_a_link_to_sign_in_chooses_no_password_and_the_other_way_round(world: AccountWorld) -> None:
    assert 410 == choose(world, f"token={world.make_link('lan')}")
    ask(world, "lan")
    token = link_in(world.letters()[0]).partition("token=")[2]
    client = world.browser()
    data = {"token": token, "form_token": form_token(client.get("/sign-in").text)}
    assert 410 == client.post("/sign-in/once", data=data).status_code
    assert not is_signed_in(client)


def test_the_answer_is_the_same_whoever_asks_and_only_addresses_get_letters(world: AccountWorld) -> None:
    world.add_account("khoa", email="khoa@tinh.gov.vn")
    world.disable("khoa")
    client = world.browser()
    client.get("/sign-in")
    answers = {
        ask(world, login, client) for login in ("lan", "nobody", "thanhtra", "khoa", "' or 1=1 --", "a\r\nBcc: x@y.z")
    }
    assert 1 == len(answers)
    assert 1 == len(world.letters())


def test_a_letter_goes_to_whose_address_it_is_though_another_has_it_as_login(world: AccountWorld) -> None:
    world.add_account("lan@tinh.gov.vn", email="mao.danh@example.vn")
    ask(world, "lan@tinh.gov.vn")
    with world.database.transaction() as session:
        due = LetterRepository(session).take_due(world.clock.now(), lease=timedelta(0))
    assert ["lan@tinh.gov.vn"] == [letter.to_address for letter in due]


def test_three_letters_an_hour_go_out_at_most(world: AccountWorld) -> None:
    for _ in range(5):
        ask(world, "lan")
    assert 3 == len(world.letters())
    world.clock.at += timedelta(minutes=59)
    world.reader("lan")  # sweeps out what has expired: the count stays
    ask(world, "lan")
    assert 3 == len(world.letters())
    world.clock.at += timedelta(minutes=2)
    ask(world, "lan")
    assert 4 == len(world.letters())


def test_the_second_factor_is_still_asked_for_after_a_reset(world: AccountWorld) -> None:
    world.add_factor("lan")
    ask(world, "lan")
    choose(world, link_in(world.letters()[0]))
    client = world.browser()
    assert "/sign-in/code" == world.give_password(client, NEW, "lan").headers["location"]
    assert not is_signed_in(client)


def test_links_begin_with_the_address_that_was_set_whatever_the_request_says(world: AccountWorld) -> None:
    client = world.browser()
    token = form_token(client.get("/sign-in/forgotten").text)
    client.post(
        "/sign-in/forgotten",
        data={"login": "lan", "form_token": token},
        headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Cookie": f"congvu_form={token}"},
    )
    [letter] = world.letters()
    assert "evil.example" not in letter and ADDRESS in letter


def test_without_a_public_address_there_are_no_letters(world: AccountWorld) -> None:
    world.set_up(public_url="")
    assert "/sign-in/forgotten" not in world.browser().get("/sign-in").text
    for path in ("/sign-in/forgotten", "/sign-in/reset?token=x"):
        assert 404 == world.browser().get(path).status_code


def test_only_the_sum_of_a_link_lies_in_the_database(world: AccountWorld, tmp_path: Path) -> None:
    with world.database.transaction() as session:
        user = AccountRepository(session).find_user("lan")
        assert user is not None
        token = AccountRepository(session).make_link(user.user_id, at=world.clock.now(), lasts=timedelta(minutes=5))
    world.database.close()
    assert token.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("congvu.db*"))
