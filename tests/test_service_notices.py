"""What is told to whom, when it may be sent, and where it may go."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from ipaddress import ip_address
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.db.records import Role
from service.errors import AddressRefused, KeyUnusable
from service.notices.addresses import (
    AddressRules,
    AddressUnreadable,
    HostPrivate,
    HostUnknown,
    MailUnset,
    ParameterClosed,
    SchemaClosed,
    check_address,
    is_public,
    shown_address,
    target_of,
)
from service.notices.kinds import RIGHT_FOR, Kind, kinds_for
from service.notices.quiet import QuietHours, quiet_hours, send_at
from service.notices.retrying import GIVEN_UP_AFTER, LONGEST_WAIT, next_try
from service.notices.sealing import KEY_FILE, open_seal
from service.notices.sending import Fault, Sender
from service.notices.telling import ALARM_AFTER, Happening, Snapshot, Subscriber, Telling, tellings
from service.rights import NOTHING, RIGHTS, Reach, Right

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2025, 10, 20, 3, 0, tzinfo=UTC)
PROVINCE, WARD = "UBND tỉnh", "UBND phường"
TEST_NET = AddressRules(private_hosts=("203.0.113.0/24",))
minutes = st.integers(0, 24 * 60 - 1).map(lambda minute: time(minute // 60, minute % 60))


def quiet_minutes(start: time, end: time) -> set[time]:
    """Every minute that is quiet, found by walking from the start to the end on the face of a clock."""
    found, at = set(), datetime.combine(date(2000, 1, 1), start)
    while at.time() != end:
        found.add(at.time())
        at += timedelta(minutes=1)
    return found


@given(
    start=minutes,
    end=minutes,
    told_at=st.integers(0, 3 * 365 * 86400).map(
        lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    ),
    zone=st.sampled_from([HANOI, ZoneInfo("UTC"), ZoneInfo("Asia/Kathmandu")]),
)
def test_a_message_goes_out_at_the_first_minute_that_is_not_quiet(
    start: time, end: time, told_at: datetime, zone: ZoneInfo
) -> None:
    if start == end:
        with pytest.raises(ValueError, match="another end"):
            QuietHours(start, end)
        return
    quiet, walked = quiet_minutes(start, end), told_at
    while walked.astimezone(zone).time().replace(second=0, microsecond=0) in quiet:
        walked = walked.replace(second=0, microsecond=0) + timedelta(minutes=1)
    assert walked == send_at(told_at, QuietHours(start, end), zone)


def test_quiet_hours_follow_the_clock_on_the_wall_when_it_is_put_back() -> None:
    berlin, quiet = ZoneInfo("Europe/Berlin"), QuietHours(time(22, 0), time(6, 30))
    evening = datetime(2025, 10, 25, 20, 30, tzinfo=UTC)  # 22:30 there; the night has an hour more
    assert datetime(2025, 10, 26, 5, 30, tzinfo=UTC) == send_at(evening, quiet, berlin)


@pytest.mark.parametrize(
    ("start", "end"), [("22:00", ""), ("", "06:00"), ("7:00", "08:00"), ("22:00", "22:00"), ("25:00", "06:00")]
)
def test_half_quiet_hours_are_refused(start: str, end: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        quiet_hours(start, end)


def test_without_quiet_hours_a_message_may_go_at_once() -> None:
    assert NOW == send_at(NOW, quiet_hours("", ""), HANOI)


def test_waits_double_from_a_minute_to_an_hour_and_end_after_a_day() -> None:
    waits, now, attempts = [], NOW, 1
    while (then := next_try(attempts, first_due_at=NOW, now=now)) is not None:
        waits.append((then - now) / timedelta(minutes=1))
        now, attempts = then, attempts + 1
    assert [1, 2, 4, 8, 16, 32, 60, 60] == waits[:8]
    assert LONGEST_WAIT == timedelta(minutes=max(waits))
    assert GIVEN_UP_AFTER <= now - NOW < GIVEN_UP_AFTER + LONGEST_WAIT


def happening(kind: Kind, agency: str, *, ago: timedelta = timedelta(hours=1), goes_on: bool = True) -> Happening:
    return Happening(kind, agency, f"{kind} {agency}", NOW - ago, goes_on)


def snapshot(*happenings: Happening, waiting: dict[str, int] | None = None, disk: str = "") -> Snapshot:
    return Snapshot(NOW, date(2025, 10, 20), waiting or {}, happenings, disk)


def subscriber(
    role: Role = Role.TEAM_LEADER, reach: Reach = Reach(), kinds: frozenset[Kind] = frozenset(Kind)
) -> Subscriber:
    return Subscriber(RIGHTS[role], reach, kinds, since=NOW - timedelta(days=1))


def test_counts_of_waiting_flags_end_at_the_border_of_the_agency() -> None:
    waiting = snapshot(waiting={PROVINCE: 4, WARD: 3})
    assert [(PROVINCE, 4)] == [(t.agency, t.count) for t in tellings(waiting, subscriber(reach=Reach(PROVINCE)))]
    assert [("", 7)] == [(t.agency, t.count) for t in tellings(waiting, subscriber())]
    assert [] == tellings(waiting, subscriber(reach=Reach("UBND huyện")))
    assert [] == tellings(replace(waiting, waiting_least=8), subscriber())


def test_what_waits_is_told_once_a_day() -> None:
    today = snapshot(waiting={PROVINCE: 4})
    later = replace(today, waiting={PROVINCE: 9})
    tomorrow = replace(today, today=date(2025, 10, 21))
    keys = [tellings(each, subscriber())[0].subject_key for each in (today, later, tomorrow)]
    assert keys[0] == keys[1] != keys[2]


def test_an_alarm_is_told_once_it_lasts() -> None:
    assert [] == tellings(
        snapshot(happening(Kind.CAMERA_ALARM, WARD, ago=ALARM_AFTER - timedelta(seconds=1))), subscriber()
    )
    assert 1 == len(tellings(snapshot(happening(Kind.CAMERA_ALARM, WARD, ago=ALARM_AFTER)), subscriber()))


def test_what_was_done_before_somebody_subscribed_is_no_news_but_what_goes_on_is() -> None:
    answered = happening(Kind.HEARING_RESPONSE, WARD, ago=timedelta(days=2), goes_on=False)
    overdue = happening(Kind.HEARING_DUE, WARD, ago=timedelta(days=2))
    assert [Kind.HEARING_DUE] == [each.kind for each in tellings(snapshot(answered, overdue), subscriber())]


@given(
    role=st.sampled_from(Role),
    reach=st.sampled_from(
        [Reach(), Reach(PROVINCE), Reach(PROVINCE, "Một cửa"), Reach(PROVINCE, officer_id="hanh"), NOTHING]
    ),
    wanted=st.frozensets(st.sampled_from(Kind)),
)
def test_nobody_is_told_beyond_their_rights_and_reach(role: Role, reach: Reach, wanted: frozenset[Kind]) -> None:
    everything = [happening(kind, agency) for kind in RIGHT_FOR for agency in (PROVINCE, WARD)]
    found = tellings(
        snapshot(*everything, waiting={PROVINCE: 1, WARD: 1}, disk="full"), subscriber(role, reach, wanted)
    )
    for telling in found:
        assert telling.kind in wanted
        assert RIGHT_FOR[telling.kind] in RIGHTS[role]
        if telling.kind is not Kind.DISK_ALARM:
            assert not reach.is_nobody
            assert (None, None) == (reach.unit, reach.officer_id)
            assert reach.agency in (None, telling.agency)


def test_heads_of_units_officers_and_clerks_have_nothing_to_subscribe_to() -> None:
    assert [()] * 3 == [kinds_for(RIGHTS[role]) for role in (Role.UNIT_HEAD, Role.OFFICER, Role.CLERK)]
    assert Kind.APPEAL in kinds_for(RIGHTS[Role.INSPECTOR])
    assert kinds_for([Right.SEE_STORE]) == (Kind.DISK_ALARM,)


@pytest.mark.parametrize(
    "address",
    [
        "json://127.0.0.1/hook", "json://localhost:8080/", "jsons://[::1]/", "json://[::ffff:127.0.0.1]/",
        "json://2130706433/", "json://10.1.2.3/", "json://192.168.0.1/", "json://169.254.169.254/latest/meta-data",
        "json://100.64.0.1/", "json://[fe80::1]/", "json://[fd00::1]/", "json://[64:ff9b::7f00:1]/", "json://[2002:7f00:1::]/",
        "mailto://user:pass@example.com?smtp=127.0.0.1&to=a@example.com", "ntfy://10.0.0.1/topic", "ntfys://192.168.1.1/topic",
    ],
)  # fmt: skip
def test_nothing_is_sent_into_our_own_network(address: str) -> None:
    with pytest.raises(HostPrivate):
        check_address(address, AddressRules())


@pytest.mark.parametrize(
    "address",
    [
        "json://khong-co.invalid/hook", "ntfy://khong-co.invalid/topic", "json://🯱27.0.0.1/", "json://ⓛocalhost/",
        "json://127。0。0。1/", "mailto://user:pass@example.invalid?smtp=🯱27.0.0.1&to=a@example.com",
    ],
)  # fmt: skip
def test_nothing_is_sent_where_nobody_knows_whither_it_leads(address: str) -> None:
    with pytest.raises((HostUnknown, AddressUnreadable)):
        check_address(address, AddressRules())


def test_a_server_that_is_not_found_now_is_tried_again_later() -> None:
    assert Fault.NOT_TAKEN is Sender(AddressRules(), None).send("json://khong-co.invalid/", "x", "x")
    assert Fault.REFUSED is Sender(AddressRules(), None).send("json://127.0.0.1/", "x", "x")


def test_the_operator_may_open_a_network_or_a_host() -> None:
    check_address("json://10.1.2.3/hook", AddressRules(private_hosts=("10.1.0.0/16",)))
    check_address("json://localhost:8080/hook", AddressRules(private_hosts=("localhost",)))
    with pytest.raises(HostPrivate):
        check_address("json://10.2.2.3/hook", AddressRules(private_hosts=("10.1.0.0/16", "localhost")))


@pytest.mark.parametrize(
    "address",
    [
        "json://203.0.113.7/?template=/etc/passwd", "json://203.0.113.7/?to=a;attach=file:///etc/passwd",
        "json://203.0.113.7/#x?template=/etc/passwd", "json://203.0.113.7/?redirect=yes", "json://203.0.113.7/?cto=3600",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/?template=/etc/passwd",
        "mailto://u:p@203.0.113.7?pgpkey=/etc/passwd", "json://203.0.113.7/?%74emplate=/etc/passwd",
    ],
)  # fmt: skip
def test_no_part_of_an_address_reads_files_or_follows_others(address: str) -> None:
    with pytest.raises(ParameterClosed):
        check_address(address, TEST_NET)


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd", "syslog://", "dbus://", "xml://203.0.113.7/", "http://203.0.113.7/",
        "javascript:alert(1)", "", "json:/x", "json://203.0.113.7/\nX: y",
    ],
)  # fmt: skip
def test_only_open_ways_are_taken(address: str) -> None:
    with pytest.raises(SchemaClosed):
        check_address(address, TEST_NET)


def test_the_operator_chooses_the_ways() -> None:
    check_address("xml://203.0.113.7/", AddressRules(frozenset({"xml"}), TEST_NET.private_hosts))
    with pytest.raises(SchemaClosed):
        check_address("json://203.0.113.7/", AddressRules(frozenset({"xml"}), TEST_NET.private_hosts))


@pytest.mark.parametrize("address", ["slack://nonsense", "json://127.1/", "json://0/", "json://"])
def test_an_address_that_its_way_does_not_understand_is_refused(address: str) -> None:
    with pytest.raises(AddressUnreadable):
        check_address(address, AddressRules())


def test_an_e_mail_address_will_do_where_a_server_is_set_up() -> None:
    check_address("minh@coquan.gov.vn", AddressRules(has_mail=True))
    with pytest.raises(MailUnset):
        check_address("minh@coquan.gov.vn", AddressRules())


def test_redirects_are_not_followed_whatever_the_address_says() -> None:
    assert False is target_of("json://203.0.113.7/", TEST_NET).redirects


def test_what_is_shown_of_an_address_holds_no_secret() -> None:
    shown = {
        "jsons://user:secret@hooks.coquan.gov.vn/token/secret?+X-Key=secret": "jsons://…@hooks.coquan.gov.vn",
        "slack://T1JJ3T3L2/A1BRTD4JD/secret": "slack://…",
        "tgram://123456789:secret/42": "tgram://…",
        "minh.tran@coquan.gov.vn": "m…@coquan.gov.vn",
    }
    assert shown == {address: shown_address(address) for address in shown}


@given(st.ip_addresses())
def test_a_public_address_is_public_in_whatever_it_is_wrapped(address: object) -> None:
    four = ip_address(str(address))
    if four.version == 4:
        assert is_public(four) == is_public(ip_address(f"::ffff:{four}"))
        assert not is_public(four) or four.is_global


def test_sealed_addresses_are_read_with_the_same_key_only(tmp_path: Path) -> None:
    seal = open_seal(tmp_path / "keys")
    sealed = seal.seal("jsons://user:secret@hooks.coquan.gov.vn")
    assert "secret" not in sealed
    assert "jsons://user:secret@hooks.coquan.gov.vn" == open_seal(tmp_path / "keys").open(sealed)
    assert 0o600 == (tmp_path / "keys" / KEY_FILE).stat().st_mode & 0o777
    assert [KEY_FILE] == [path.name for path in (tmp_path / "keys").iterdir()]
    assert None is open_seal(tmp_path / "other").open(sealed)


def test_a_file_that_is_no_key_is_named(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("no key")
    with pytest.raises(KeyUnusable, match=KEY_FILE):
        open_seal(tmp_path)


def test_refusals_never_repeat_the_address() -> None:
    for address in (
        "json://u:secret@10.0.0.1/",
        "xml://u:secret@203.0.113.7/",
        "json://u:secret@203.0.113.7/?template=x",
    ):
        with pytest.raises(AddressRefused) as raised:
            check_address(address, TEST_NET)
        assert "secret" not in str(raised.value)


def test_a_telling_says_only_kind_place_and_count() -> None:
    assert {"kind", "subject_key", "agency", "count"} == set(Telling.__dataclass_fields__)
