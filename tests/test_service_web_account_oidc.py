"""Sign-in by an identity provider: a real one over HTTP, honest and lying."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey

from service.api.oidc import KEPT, OidcProvider, OidcSetup, fault_of_issuer
from service.db.accounts import AccountRepository
from service.web.sign_in_oidc import BROWSER_COOKIE, LASTS
from tests.account_world import ADDRESS, AccountWorld, is_signed_in
from tests.oidc_provider import CLIENT, SECRET, Provider, provider_at_work
from tests.web_world import TestClient, form_token

BACK = f"{ADDRESS}/sign-in/oidc/back"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AccountWorld]:
    world = AccountWorld(tmp_path)
    world.add_site()
    world.add_account("minh", email="Minh@tinh.gov.vn")
    yield world
    world.database.close()


@pytest.fixture
def provider(world: AccountWorld) -> Iterator[Provider]:
    with provider_at_work(world.clock) as provider, httpx.Client(timeout=10) as client:
        setup = OidcSetup(provider.address, CLIENT, SECRET, BACK)
        world.set_up(oidc=OidcProvider(setup, world.clock, client))
        yield provider


def sent_to(client: TestClient, wanted: str = "") -> str:
    """Press the button; returns where the browser is sent."""
    answer = client.get("/sign-in/oidc", params={"next": wanted} if wanted else {}, follow_redirects=False)
    assert 303 == answer.status_code
    return str(answer.headers["location"])


def come_back(client: TestClient, answer: dict[str, str]) -> httpx.Response:
    return client.get("/sign-in/oidc/back", params=answer, follow_redirects=False)


def sign_in(world: AccountWorld, provider: Provider) -> TestClient:
    client = world.browser()
    come_back(client, provider.authorize(sent_to(client)))
    return client


def test_the_button_is_there_only_where_a_provider_is_set_up(world: AccountWorld) -> None:
    assert "/sign-in/oidc" not in world.browser().get("/sign-in").text
    for path in ("/sign-in/oidc", "/sign-in/oidc/back?code=x&state=y"):
        assert 404 == world.browser().get(path).status_code


def test_a_known_address_lets_in_and_is_bound_to_the_person_from_then_on(
    world: AccountWorld, provider: Provider
) -> None:
    client = world.browser()
    page = client.get("/sign-in", params={"next": "/flags?state=all"}).text
    assert 'href="/sign-in/oidc?next=%2Fflags%3Fstate%3Dall"' in page
    answer = come_back(client, provider.authorize(sent_to(client, "/flags?state=all")))
    assert (303, "/flags?state=all") == (answer.status_code, answer.headers["location"])
    assert is_signed_in(client)
    assert f"{provider.address} nguoi-1" == world.user("minh").oidc_subject
    assert ["provider_bound"] == [facts["change"] for facts in world.noted()]
    provider.claims = {"email": None, "email_verified": None}
    assert is_signed_in(sign_in(world, provider))
    provider.claims = {"sub": "nguoi-2"}  # another person who got the address later
    assert not is_signed_in(sign_in(world, provider))


def test_the_login_may_be_the_verified_address(world: AccountWorld, provider: Provider) -> None:
    world.add_account("lan@tinh.gov.vn")
    provider.claims = {"email": "lan@tinh.gov.vn"}
    assert is_signed_in(sign_in(world, provider))


LIES: dict[str, Callable[[Provider], dict[str, object]]] = {
    "nonce": lambda _: {"nonce": "another"},
    "no nonce": lambda _: {"nonce": None},
    "audience": lambda _: {"aud": "another-app"},
    "no audience": lambda _: {"aud": None},
    "audience among others, for another": lambda _: {"aud": [CLIENT, "another-app"], "azp": "another-app"},
    "audience among others, for nobody": lambda _: {"aud": [CLIENT, "another-app"]},
    "expired": lambda p: {"exp": int(p.clock.now().timestamp()) - 61},
    "no expiry": lambda _: {"exp": None},
    "from the future": lambda p: {"iat": int(p.clock.now().timestamp()) + 3600},
    "issuer": lambda _: {"iss": "https://evil.example"},
    "unknown person": lambda _: {"sub": "x", "email": "somebody@else.example"},
    "address not verified": lambda _: {"email_verified": False},
    "address verified, says a text": lambda _: {"email_verified": "true"},
    "nobody": lambda _: {"sub": ""},
    "everybody": lambda _: {"email": "%"},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_is_not_for_us_lets_nobody_in(world: AccountWorld, provider: Provider, lie: str) -> None:
    provider.claims = LIES[lie](provider)
    client = world.browser()
    answer = come_back(client, provider.authorize(sent_to(client)))
    assert 401 == answer.status_code and 1 == provider.exchanged
    assert not is_signed_in(client)
    assert world.user("minh").oidc_subject is None
    provider.claims = {}
    assert is_signed_in(sign_in(world, provider))  # without the lie the same way leads in


def other_key(provider: Provider) -> None:
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "k1"})


def unsigned(provider: Provider) -> None:
    provider.is_unsigned = True


def public_key_as_secret(provider: Provider) -> None:
    """What everybody knows, taken for a secret that both share."""
    provider.shared_secret = provider.key.as_pem(private=False)


def client_secret_as_key(provider: Provider) -> None:
    provider.signs_with, provider.header = OctKey.import_key(SECRET), {"alg": "HS256"}


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize("lie", [other_key, unsigned, public_key_as_secret, client_secret_as_key])
def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(
    world: AccountWorld, provider: Provider, lie: Callable[[Provider], None]
) -> None:
    lie(provider)
    assert not is_signed_in(sign_in(world, provider))
    assert 1 == provider.exchanged
    assert world.user("minh").oidc_subject is None


def test_a_new_key_of_the_provider_is_fetched_and_garbage_does_not_make_us_ask_again_and_again(
    world: AccountWorld, provider: Provider
) -> None:
    assert is_signed_in(sign_in(world, provider))
    provider.key = RSAKey.generate_key(2048, {"kid": "k2"})
    provider.header = {"kid": "k2"}
    world.clock.at += timedelta(minutes=2)
    assert is_signed_in(sign_in(world, provider))
    assert 2 == provider.keys_read
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "k2"})
    for _ in range(3):
        assert not is_signed_in(sign_in(world, provider))
    assert 2 == provider.keys_read
    provider.signs_with = None
    world.clock.at += KEPT + timedelta(seconds=1)
    assert is_signed_in(sign_in(world, provider))
    assert 3 == provider.keys_read


def test_an_answer_with_another_state_is_refused_and_ends_the_attempt(world: AccountWorld, provider: Provider) -> None:
    client = world.browser()
    answer = provider.authorize(sent_to(client))
    assert 401 == come_back(client, {**answer, "state": "another"}).status_code
    assert 401 == come_back(client, answer).status_code
    assert 0 == provider.exchanged and not is_signed_in(client)


@pytest.mark.parametrize("change", [{"iss": "https://evil.example"}, {"code": ""}, {"state": ""}, {"code": "invented"}])
def test_an_answer_that_does_not_fit_is_refused(
    world: AccountWorld, provider: Provider, change: dict[str, str]
) -> None:
    client = world.browser()
    assert 401 == come_back(client, {**provider.authorize(sent_to(client)), **change}).status_code
    assert not is_signed_in(client)


def test_somebody_elses_answer_signs_no_other_browser_in(world: AccountWorld, provider: Provider) -> None:
    attacker, victim = world.browser(), world.browser()
    answer = provider.authorize(sent_to(attacker))
    assert 401 == come_back(victim, answer).status_code
    sent_to(victim)  # even one that has begun a sign-in of its own
    assert 401 == come_back(victim, answer).status_code
    assert not is_signed_in(victim)


def test_an_answer_is_taken_once_and_not_late(world: AccountWorld, provider: Provider) -> None:
    client = world.browser()
    answer, held = provider.authorize(sent_to(client)), client.cookies.get(BROWSER_COOKIE)
    assert 303 == come_back(client, answer).status_code
    again = world.browser()
    again.cookies.set(BROWSER_COOKIE, str(held), path="/sign-in/oidc")
    assert 401 == come_back(again, answer).status_code
    late = world.browser()
    answer = provider.authorize(sent_to(late))
    world.clock.at += LASTS
    assert 401 == come_back(late, answer).status_code


def test_a_disabled_person_is_refused_before_and_after_being_bound(world: AccountWorld, provider: Provider) -> None:
    world.disable("minh")
    assert not is_signed_in(sign_in(world, provider))
    with world.database.transaction() as session:
        AccountRepository(session).enable(world.user("minh").user_id)
    assert is_signed_in(sign_in(world, provider))
    world.disable("minh")
    assert not is_signed_in(sign_in(world, provider))


def test_two_accounts_with_one_address_let_nobody_guess_which(world: AccountWorld, provider: Provider) -> None:
    world.add_account("minh@tinh.gov.vn")
    assert not is_signed_in(sign_in(world, provider))


def test_the_second_factor_is_asked_for_all_the_same(world: AccountWorld, provider: Provider) -> None:
    secret, _ = world.add_factor("minh")
    client = world.browser()
    answer = come_back(client, provider.authorize(sent_to(client)))
    assert "/sign-in/code" == answer.headers["location"] and not is_signed_in(client)
    assert 303 == world.give_code(client, world.code(secret)).status_code
    assert is_signed_in(client)


def test_where_the_provider_does_not_answer_the_password_still_opens(world: AccountWorld) -> None:
    with httpx.Client(timeout=2) as http:
        setup = OidcSetup("http://127.0.0.1:9", CLIENT, SECRET, BACK)
        world.set_up(oidc=OidcProvider(setup, world.clock, http))
        client = world.browser()
        assert 503 == client.get("/sign-in/oidc").status_code
        assert "/sign-in/oidc" in client.get("/sign-in").text
        assert form_token(client.get("/sign-in").text)
        assert 303 == world.give_password(client, login="minh").status_code


def test_a_provider_that_names_itself_otherwise_is_none(world: AccountWorld, provider: Provider) -> None:
    with httpx.Client() as http:
        setup = OidcSetup(provider.address + "/", CLIENT, SECRET, BACK)
        world.set_up(oidc=OidcProvider(setup, world.clock, http))
        assert 503 == world.browser().get("/sign-in/oidc").status_code


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_no_sign_in_by_a_provider_leads_away(world: AccountWorld, provider: Provider, path: str) -> None:
    client = world.browser()
    assert "/" == come_back(client, provider.authorize(sent_to(client, path))).headers["location"]


@pytest.mark.parametrize(
    ("issuer", "is_good"),
    [
        ("https://sso.tinh.gov.vn/realms/so", True),
        ("http://localhost:8080", True),
        ("http://sso.tinh.gov.vn", False),
        ("https://", False),
        ("sso.tinh.gov.vn", False),
        ("https://sso.tinh.gov.vn?x=1", False),
    ],
)
def test_a_provider_is_reached_by_https_only(issuer: str, is_good: bool) -> None:
    assert is_good == (fault_of_issuer(issuer) is None)
