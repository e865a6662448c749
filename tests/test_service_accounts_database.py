"""What accounts ask of the database, on each kind that there is: counted once, used once, one administrator left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from service.api.passwords import FREE_FAILURES
from service.api.second_factor import check_code, new_secret, plain_code, step_at, switch_on
from service.db.account_links import LinkPurpose
from service.db.account_oidc import OidcAttempt
from service.db.accounts import AccountRepository, UserSearch
from service.db.records import Role
from service.db.session import Database
from service.errors import Refused
from tests.databases import KINDS, empty_database
from tests.test_service_accounts import at_once
from tests.web_world import MONDAY


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with empty_database(request.param, tmp_path) as database:
        yield database


def add(database: Database, login: str, role: Role = Role.INSPECTOR) -> int:
    with database.transaction() as session:
        user = AccountRepository(session).add_user(
            login, display_name=f"Bà {login}", role=role, password_hash=None, at=MONDAY
        )
    return user.user_id


def test_guesses_at_once_are_counted_and_stop_at_the_fifth(database: Database) -> None:
    user_id = add(database, "lan")
    with database.transaction() as session:
        switch_on(AccountRepository(session), user_id, new_secret(), step=1, at=MONDAY)

    def guess() -> bool:
        with database.transaction() as session:
            accounts = AccountRepository(session)
            return check_code(accounts, accounts.user(user_id), "000000", at=MONDAY)

    assert not any(at_once(12, guess))
    with database.transaction() as session:
        accounts = AccountRepository(session)
        assert not accounts.is_free(user_id, MONDAY)
        assert FREE_FAILURES + 1 == accounts.count_code(user_id, MONDAY + timedelta(hours=1))


def test_codes_links_and_attempts_are_used_once(database: Database) -> None:
    user_id = add(database, "lan")
    with database.transaction() as session:
        accounts = AccountRepository(session)
        codes = switch_on(accounts, user_id, new_secret(), step=step_at(MONDAY), at=MONDAY)
        reset = accounts.make_link(user_id, at=MONDAY, lasts=timedelta(minutes=30), purpose=LinkPurpose.RESET)
        accounts.keep_attempt("b", OidcAttempt("s", "n", "v", "/"), expires_at=MONDAY + timedelta(minutes=10))

    def use() -> tuple[bool, ...]:
        with database.transaction() as session:
            accounts = AccountRepository(session)
            return (
                accounts.use_step(user_id, step_at(MONDAY) + 1),
                accounts.use_recovery_code(user_id, plain_code(codes[0]), MONDAY),
                accounts.use_link(reset, MONDAY, purpose=LinkPurpose.RESET) is not None,
                accounts.take_attempt("b", MONDAY) is not None,
            )

    assert [1, 1, 1, 1] == [sum(column) for column in zip(*at_once(4, use), strict=True)]


def test_two_administrators_cannot_take_each_other_away_at_once(database: Database) -> None:
    ids = iter([add(database, "a", Role.ADMIN), add(database, "b", Role.ADMIN)])

    def demote() -> bool:
        user_id = next(ids)
        try:
            with database.transaction() as session:
                AccountRepository(session).update_user(user_id, {"role": "auditor"})
        except Refused:
            return False
        return True

    assert [False, True] == sorted(at_once(2, demote))
    with database.transaction() as session:
        assert 1 == AccountRepository(session).count_users(UserSearch(role=Role.ADMIN))


def test_accounts_are_found_by_part_of_a_name_and_signs_are_no_patterns(database: Database) -> None:
    add(database, "lan_pham")
    add(database, "lanxpham")
    with database.transaction() as session:
        accounts = AccountRepository(session)

        def found(text: str) -> list[str]:
            return [user.login for user in accounts.users(UserSearch(text=text), limit=10)]

        assert ["lan_pham", "lanxpham"] == found("LAN")
        assert ["lan_pham"] == found("n_p")
        assert [] == found("%")
        assert not accounts.has_name("")


def test_login_and_address_are_one_and_only_latin_letters_are_alike_in_both_sizes(database: Database) -> None:
    add(database, "Ks@Tinh.gov.vn")
    lan, kelvin = add(database, "lan"), add(database, "\u212as@xa.gov.vn")
    with database.transaction() as session:
        accounts = AccountRepository(session)
        accounts.update_user(lan, {"email": "Lan@tinh.gov.vn"})
        assert accounts.has_name("LAN@TINH.gov.vn") and accounts.has_name("ks@tinh.gov.vn") and accounts.has_name("LAN")
        assert not accounts.has_name("lan@TINH.gov.vn", but=lan)
        assert not accounts.has_name("\u212as@tinh.gov.vn") and not accounts.has_name("ks@xa.gov.vn")
        found = accounts.find_by_address("kS@tinh.gov.vn")
        assert found is not None and "Ks@Tinh.gov.vn" == found.login
        assert None is accounts.find_by_address("ks@xa.gov.vn")
        for look_alike in ("\u212as@tinh.gov.vn", "k\u017f@tinh.gov.vn", "\u212as@xa.gov.vn", ""):
            assert None is accounts.find_by_address(look_alike)
        assert accounts.has_name("\u212aS@xa.gov.vn") and not accounts.has_name("\u212as@xa.gov.vn", but=kelvin)


def test_sessions_end_one_or_all_others(database: Database) -> None:
    user_id = add(database, "lan")
    with database.transaction() as session:
        accounts = AccountRepository(session)
        tokens = [accounts.open_session(user_id, at=MONDAY, lasts=timedelta(hours=12)) for _ in range(3)]
        found = [accounts.find_session(token, MONDAY) for token in tokens]
        first, second = (one.session_id for one in found[:2] if one is not None)
        assert accounts.end_session(user_id, second) and not accounts.end_session(user_id, second)
        assert 1 == accounts.end_sessions(user_id, but=first)
        idle = timedelta(hours=4)
        assert [first] == [one.session_id for one in accounts.sessions_of(user_id, MONDAY, idle=idle)]
        assert [] == accounts.sessions_of(user_id, MONDAY + idle, idle=idle)
        assert accounts.find_session(tokens[0], MONDAY + idle, idle=idle) is None
