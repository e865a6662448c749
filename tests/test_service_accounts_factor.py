"""The second factor as a state machine: which codes are good, once, and how guessing is slowed down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.api.passwords import FIRST_LOCK, FREE_FAILURES, LONGEST_LOCK
from service.api.second_factor import (
    CODES,
    STEP,
    address_of,
    check_code,
    new_recovery_codes,
    new_secret,
    picture_of,
    plain_code,
    step_at,
    step_of,
)
from service.db.accounts import AccountRepository
from tests.account_world import AccountWorld
from tests.test_service_accounts import at_once
from tests.web_world import MONDAY

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AccountWorld]:
    world = AccountWorld(tmp_path)
    world.add_user()
    yield world
    world.database.close()


def try_code(world: AccountWorld, code: str) -> bool:
    with world.database.transaction() as session:
        return check_code(AccountRepository(session), world.user(), code, at=world.clock.now())


@given(st.integers(-40, 40), st.integers(0, 10**6))
def test_a_code_fits_in_its_own_step_and_the_one_on_either_side(steps: int, seconds: int) -> None:
    at = MONDAY + timedelta(seconds=seconds)
    code = pyotp.TOTP(SECRET).at(at, counter_offset=steps)
    near = {pyotp.TOTP(SECRET).at(at, counter_offset=k): k for k in (-1, 0, 1)}  # the oracle: three codes are good
    assert (None if code not in near else step_at(at) + near[code]) == step_of(SECRET, code, at)


@pytest.mark.parametrize("code", ["", "000000 000000", "１２３４５６", "12345", "-12345", "é", "\x00" * 6, "x" * 40])
def test_what_is_no_code_fits_nowhere(code: str) -> None:
    assert step_of(SECRET, code, MONDAY) is None


def test_spaces_within_a_code_do_no_harm() -> None:
    code = pyotp.TOTP(SECRET).at(MONDAY)
    assert step_at(MONDAY) == step_of(SECRET, f" {code[:3]} {code[3:]} ", MONDAY)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([-2, -1, 0, 1, 2, "wrong"])), max_size=12))
def test_codes_are_good_once_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, plan: list[tuple[int, object]]
) -> None:
    world = AccountWorld(tmp_path_factory.mktemp("world"))
    world.add_user()
    secret, _ = world.add_factor()
    used, failures, locked_until = step_at(world.clock.at) - 10, 0, world.clock.at  # the oracle
    for steps, which in plan:
        world.clock.at += steps * STEP
        code = "000000" if which == "wrong" else world.code(secret, int(str(which)))
        step = None if which == "wrong" else step_at(world.clock.at) + int(str(which))
        is_free = world.clock.at >= locked_until
        is_good = is_free and which in (-1, 0, 1) and step is not None and step > used
        assert is_good == try_code(world, code)
        if is_good and step is not None:
            used, failures = step, 0
        elif is_free:
            failures += 1
            if failures >= FREE_FAILURES:
                pause = min(FIRST_LOCK * (1 << (failures - FREE_FAILURES)), LONGEST_LOCK)
                locked_until = world.clock.at + pause
    world.database.close()


def test_a_code_cannot_be_used_twice_even_at_the_same_time(world: AccountWorld) -> None:
    secret, _ = world.add_factor()
    code = world.code(secret)
    assert [True] == [found for found in at_once(4, lambda: try_code(world, code)) if found]


def test_guesses_at_the_same_time_are_no_more_than_the_free_ones(world: AccountWorld) -> None:
    world.add_factor()
    at_once(12, lambda: try_code(world, "000000"))
    with world.database.transaction() as session:
        assert not AccountRepository(session).is_free(world.user().user_id, world.clock.now())
        assert AccountRepository(session).count_code(world.user().user_id, world.clock.now()) is None
        world.clock.at += LONGEST_LOCK
        assert FREE_FAILURES + 1 == AccountRepository(session).count_code(world.user().user_id, world.clock.now())


def test_no_pause_makes_guessing_free_again(world: AccountWorld) -> None:
    """Whoever has the password and guesses for a day gets few codes looked at."""
    secret, _ = world.add_factor()
    end, looked_at = world.clock.at + timedelta(days=1), 0
    while world.clock.at < end:
        with world.database.transaction() as session:
            is_free = AccountRepository(session).is_free(world.user().user_id, world.clock.now())
        if is_free:
            looked_at += 1
            assert not try_code(world, "000000")
        world.clock.at += timedelta(seconds=30)
    # 5 free ones, 7 while the pause grows to an hour, one an hour from then on
    assert 30 < looked_at < 40
    world.clock.at += LONGEST_LOCK
    assert try_code(world, world.code(secret))


def test_a_recovery_code_lets_in_once_however_it_is_typed(world: AccountWorld) -> None:
    _, codes = world.add_factor()
    first = codes[0]
    assert try_code(world, f" {first[:4].upper()}-{first[4:8]} {first[8:]} ")
    assert not try_code(world, first)
    assert try_code(world, codes[1])
    with world.database.transaction() as session:
        assert CODES - 2 == AccountRepository(session).recovery_codes_left(world.user().user_id)


def test_another_accounts_recovery_code_is_good_for_nothing(world: AccountWorld) -> None:
    world.add_account("nguoi-khac")
    world.add_factor()
    _, others = world.add_factor("nguoi-khac")
    assert not try_code(world, others[0])


def test_neither_a_code_nor_a_recovery_code_lies_in_the_database(world: AccountWorld, tmp_path: Path) -> None:
    _, codes = world.add_factor()
    world.database.close()
    held = b"".join(path.read_bytes() for path in tmp_path.glob("congvu.db*"))
    assert not [code for code in codes if code.encode() in held]


def test_recovery_codes_are_ten_of_sixteen_letters_that_do_not_look_alike() -> None:
    codes = new_recovery_codes()
    assert CODES == len(set(codes))
    assert {16} == {len(plain_code(code)) for code in codes}
    assert not set("01oil") & set("".join(codes))


def test_the_picture_holds_the_address_of_the_secret_and_no_style() -> None:
    secret = new_secret()
    assert f"secret={secret}" in address_of(secret, "thanh-tra") and "issuer=" in address_of(secret, "thanh-tra")
    assert 160 // 5 == len(secret)
    picture = picture_of(secret, "thanh-tra")
    assert picture.startswith("<svg") and "style" not in picture and "<script" not in picture
