"""Letters and notifications on their way: a real SMTP server, a real receiver, a database that goes away."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from service.db.letters import LetterRepository
from service.db.notices import NewNotice, NoticeRepository, Subscription
from service.db.records import Role, RunRecord
from service.db.sites import SiteRepository
from service.evidence.disk import DiskState, DiskWatch
from service.evidence.levels import Level
from service.notices.addresses import AddressRules
from service.notices.kinds import Kind
from service.notices.mail import Mailer, MailServer, mail_server
from service.notices.sealing import AddressSeal, open_seal
from service.notices.sending import Fault, Sender
from service.settings import Settings
from service.web.notice_words import NoticeWords
from service.workers.herald import Herald, RepeatedThread
from service.workers.post import LEASE, LetterPost, NoticePost, PostThread
from tests.mail_server import Mailbox, certificate, mail_server_at
from tests.web_world import CAMERA, MONDAY, RUN, World

SECRET = "Mật khẩu mới: https://congvu.example.vn/password/abc"
WORDS = NoticeWords("https://congvu.example.vn", 24)
HERE = AddressRules(private_hosts=("127.0.0.1",))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.add_site()
    world.add_user(role=Role.TEAM_LEADER)
    yield world
    world.database.close()


@pytest.fixture
def seal(tmp_path: Path) -> AddressSeal:
    return open_seal(tmp_path / "keys")


class Hook:
    """A receiver of JSON; ``status`` is what it answers with."""

    def __init__(self) -> None:
        self.status = 200
        self.bodies: list[dict[str, Any]] = []
        self.headers: dict[str, str] = {}


@contextmanager
def listening(hook: Hook) -> Iterator[int]:
    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if hook.status < 300:
                hook.bodies.append(json.loads(body))
            self.send_response(hook.status)
            for name, value in hook.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join(10)


def plain(port: int) -> MailServer:
    return mail_server(f"smtp://127.0.0.1:{port}?tls=no", "Công Vụ <congvu@coquan.gov.vn>")


def write(world: World, to_address: str = "minh@coquan.gov.vn", subject: str = "Đặt lại mật khẩu") -> int:
    with world.database.transaction() as session:
        return LetterRepository(session).add(
            "password", to_address=to_address, subject=subject, body=SECRET, at=world.clock.now()
        )


def stored_letter(world: World, letter_id: int) -> tuple[str, bool, bool, int]:
    """Body, whether it was sent, whether it was given up, attempts."""
    with world.database.transaction() as session:
        row = LetterRepository(session)._row(letter_id)
        return row.body, row.sent_at is not None, row.given_up_at is not None, row.attempts


def subscribe(
    world: World, seal: AddressSeal, address: str, *kinds: Kind, quiet: tuple[str, str] = ("", "")
) -> Subscription:
    with world.database.transaction() as session:
        return NoticeRepository(session).subscribe(
            1, address=seal.seal(address), shown="…", kinds=kinds, quiet=quiet, at=world.clock.now()
        )


def tell(world: World, one: Subscription, kind: Kind, key: str, *, after: timedelta = timedelta()) -> bool:
    now = world.clock.now()
    with world.database.transaction() as session:
        notice = NewNotice(kind, key, f"Title {kind}", f"Body {kind}")
        return NoticeRepository(session).add(one.subscription_id, notice, at=now, due_at=now + after)


def herald(world: World, disk: DiskWatch | None = None) -> Herald:
    return Herald(world.database, disk or DiskWatch(), WORDS.say, waits=timedelta(hours=24))


def test_a_letter_arrives_whole_and_its_text_is_forgotten(world: World) -> None:
    letter_id, box = write(world), Mailbox()
    with mail_server_at(box) as port:
        post = LetterPost(world.database, Mailer(plain(port)))
        assert 1 == post.run_once(world.clock.now())
        assert 0 == post.run_once(world.clock.now() + timedelta(days=1))
    (message,) = box.received
    assert ("minh@coquan.gov.vn", "Đặt lại mật khẩu", SECRET) == (
        message["To"],
        message["Subject"],
        message.get_content().strip(),
    )
    assert "congvu@coquan.gov.vn" in message["From"]
    assert "auto-generated" == message["Auto-Submitted"]
    assert ("", True, False, 0) == stored_letter(world, letter_id)


def test_a_letter_is_tried_again_and_given_up_after_a_day(world: World) -> None:
    letter_id, box, start = write(world), Mailbox("451 later"), world.clock.now()
    with mail_server_at(box) as port:
        post = LetterPost(world.database, Mailer(plain(port)))
        assert 0 == post.run_once(start)
        assert 0 == post.run_once(start + timedelta(seconds=59))
        assert (SECRET, False, False, 1) == stored_letter(world, letter_id)
        for hours in range(1, 26):
            post.run_once(start + timedelta(hours=hours, minutes=hours))
        body, was_sent, was_given_up, attempts = stored_letter(world, letter_id)
        box.verdict = "250 taken"
        assert 0 == post.run_once(start + timedelta(days=3))
    assert ("", False, True) == (body, was_sent, was_given_up)
    assert attempts > 20
    assert [] == box.received


def test_a_server_that_comes_back_gets_the_letter_once(world: World) -> None:
    write(world)
    box = Mailbox("421 busy")
    with mail_server_at(box) as port:
        post = LetterPost(world.database, Mailer(plain(port)))
        post.run_once(world.clock.now())
        box.verdict = "250 taken"
        assert 1 == post.run_once(world.clock.now() + timedelta(minutes=1))
    assert 1 == len(box.received)


def test_starttls_is_wanted_and_a_server_without_it_is_told_nothing(world: World, tmp_path: Path) -> None:
    server, client = certificate(tmp_path)
    letter_id, box = write(world), Mailbox()
    with mail_server_at(box) as port:
        asked = mail_server(f"smtp://127.0.0.1:{port}", "congvu@coquan.gov.vn")
        assert 0 == LetterPost(world.database, Mailer(asked, client)).run_once(world.clock.now())
    assert [] == box.received
    later = world.clock.now() + timedelta(minutes=1)
    with mail_server_at(box, server) as port:
        asked = mail_server(f"smtp://127.0.0.1:{port}", "congvu@coquan.gov.vn")
        assert 0 == LetterPost(world.database, Mailer(asked)).run_once(later), "the certificate is nobody's we know"
        assert 1 == LetterPost(world.database, Mailer(asked, client)).run_once(later + timedelta(minutes=2))
    assert [True] == box.encrypted
    assert ("", True, False, 2) == stored_letter(world, letter_id)


def test_a_line_break_in_a_subject_adds_no_header_and_stops_nothing_else(world: World) -> None:
    write(world, subject="Xin chào\r\nBcc: ai-khac@example.vn")
    good, box = write(world), Mailbox()
    with mail_server_at(box) as port:
        assert 1 == LetterPost(world.database, Mailer(plain(port))).run_once(world.clock.now())
    assert 1 == len(box.received)
    assert stored_letter(world, good)[1]


def test_what_one_program_took_no_other_takes_before_its_lease_is_over(world: World) -> None:
    letter_id, now = write(world), world.clock.now()
    with world.database.transaction() as session:
        assert [letter_id] == [each.letter_id for each in LetterRepository(session).take_due(now, lease=LEASE)]
    with world.database.transaction() as session:
        assert [] == LetterRepository(session).take_due(now + LEASE - timedelta(seconds=1), lease=LEASE)
        assert [letter_id] == [each.letter_id for each in LetterRepository(session).take_due(now + LEASE, lease=LEASE)]


def test_without_a_server_letters_wait_a_day_and_their_text_is_forgotten(world: World) -> None:
    letter_id, post = write(world), LetterPost(world.database, None)
    post.run_once(world.clock.now())
    assert (SECRET, False, False, 1) == stored_letter(world, letter_id)
    post.run_once(world.clock.now() + timedelta(hours=25))
    assert ("", False, True, 2) == stored_letter(world, letter_id)


def test_flags_that_wait_too_long_are_told_to_a_webhook_once_a_day_without_names(
    world: World, seal: AddressSeal
) -> None:
    world.add_event("left_post", MONDAY - timedelta(days=3))
    world.add_event("smoking", MONDAY - timedelta(days=2))
    world.add_event("badge_missing", world.clock.now() - timedelta(hours=1))
    hook = Hook()
    with listening(hook) as port:
        subscribe(world, seal, f"json://127.0.0.1:{port}/hook", Kind.FLAGS_WAITING)
        post = NoticePost(world.database, Sender(HERE, None), seal, WORDS.message)
        assert 1 == herald(world).run_once(world.clock.now())
        assert 0 == herald(world).run_once(world.clock.now() + timedelta(minutes=1))
        assert 1 == post.run_once(world.clock.now())
        assert 1 == herald(world).run_once(world.clock.now() + timedelta(days=1))
    (body,) = hook.bodies
    assert "Công Vụ: Có phát hiện đang chờ nhận định" == body["title"]
    assert "2 phát hiện đã chờ quá 24 giờ." in body["message"]
    assert "https://congvu.example.vn/flags" in body["message"]
    assert not {"Hạnh", "Bàn 1", "Camera quầy", "hanh", "ban-1"} & set(body["message"].split())
    assert "Hạnh" not in body["message"]


def test_what_gathers_in_quiet_hours_comes_at_their_end_as_one_message(world: World, seal: AddressSeal) -> None:
    hook = Hook()
    night = world.clock.at = MONDAY + timedelta(hours=15)  # 23:00 in Việt Nam
    with listening(hook) as port:
        one = subscribe(
            world, seal, f"json://127.0.0.1:{port}/", Kind.FLAGS_WAITING, Kind.DISK_ALARM, quiet=("22:00", "06:30")
        )
        world.add_user("quantri", Role.ADMIN)
        with world.database.transaction() as session:
            owner = NoticeRepository(session).subscribe(
                2,
                address=one.address,
                shown="…",
                kinds=(Kind.FLAGS_WAITING, Kind.DISK_ALARM),
                quiet=("22:00", "06:30"),
                at=night,
            )
        world.add_event("left_post", MONDAY - timedelta(days=3))
        full = DiskWatch(DiskState(level=Level.FULL))
        assert 3 == herald(world, full).run_once(night)
        post = NoticePost(world.database, Sender(HERE, None), seal, WORDS.message)
        assert 0 == post.run_once(MONDAY + timedelta(hours=22, minutes=29))
        assert 2 == post.run_once(MONDAY + timedelta(hours=22, minutes=30))
    assert owner.quiet_from == "22:00"
    titles = sorted(body["title"] for body in hook.bodies)
    assert ["Công Vụ: 2 tin", "Công Vụ: Có phát hiện đang chờ nhận định"] == titles


def test_a_receiver_that_refuses_is_tried_again_and_nothing_is_told_twice(world: World, seal: AddressSeal) -> None:
    hook = Hook()
    hook.status = 503
    with listening(hook) as port:
        one = subscribe(world, seal, f"json://127.0.0.1:{port}/", Kind.APPEAL)
        assert tell(world, one, Kind.APPEAL, "a")
        assert not tell(world, one, Kind.APPEAL, "a")
        post, now = NoticePost(world.database, Sender(HERE, None), seal, WORDS.message), world.clock.now()
        assert 0 == post.run_once(now)
        with world.database.transaction() as session:
            assert (
                Fault.NOT_TAKEN
                == NoticeRepository(session).last_tries([one.subscription_id])[one.subscription_id].fault
            )
        hook.status = 200
        assert 0 == post.run_once(now + timedelta(seconds=59))
        assert 1 == post.run_once(now + timedelta(seconds=60))
        assert 0 == post.run_once(now + timedelta(days=1))
    assert 1 == len(hook.bodies)


def test_a_receiver_cannot_send_us_elsewhere(world: World, seal: AddressSeal) -> None:
    inner, outer = Hook(), Hook()
    with listening(inner) as inner_port, listening(outer) as port:
        outer.status, outer.headers = 307, {"Location": f"http://127.0.0.1:{inner_port}/"}
        one = subscribe(world, seal, f"json://127.0.0.1:{port}/", Kind.APPEAL)
        tell(world, one, Kind.APPEAL, "a")
        assert 0 == NoticePost(world.database, Sender(HERE, None), seal, WORDS.message).run_once(world.clock.now())
    assert [] == inner.bodies


def test_an_address_that_is_not_public_any_more_is_not_sent_to(world: World, seal: AddressSeal) -> None:
    hook = Hook()
    with listening(hook) as port:
        one = subscribe(world, seal, f"json://127.0.0.1:{port}/", Kind.APPEAL)
        tell(world, one, Kind.APPEAL, "a")
        post = NoticePost(world.database, Sender(AddressRules(), None), seal, WORDS.message)
        assert 0 == post.run_once(world.clock.now())
    assert [] == hook.bodies
    with world.database.transaction() as session:
        assert Fault.REFUSED == NoticeRepository(session).last_tries([one.subscription_id])[one.subscription_id].fault


def test_who_lost_the_right_or_the_account_is_told_nothing_more(world: World, seal: AddressSeal) -> None:
    world.add_user("canbo", Role.OFFICER)
    hook = Hook()
    with listening(hook) as port:
        with world.database.transaction() as session:
            notices = NoticeRepository(session)
            address = seal.seal(f"json://127.0.0.1:{port}/")
            one = notices.subscribe(
                2, address=address, shown="…", kinds=(Kind.APPEAL,), quiet=("", ""), at=world.clock.now()
            )
        tell(world, one, Kind.APPEAL, "a")
        assert 0 == NoticePost(world.database, Sender(HERE, None), seal, WORDS.message).run_once(world.clock.now())
    assert [] == hook.bodies
    with world.database.transaction() as session:
        tried = NoticeRepository(session).last_tries([one.subscription_id])[one.subscription_id]
    assert (Fault.NO_RIGHT, False) == (tried.fault, tried.is_waiting)


def test_an_e_mail_address_is_served_by_the_service_itself(world: World, seal: AddressSeal) -> None:
    box = Mailbox()
    one = subscribe(world, seal, "minh@coquan.gov.vn", Kind.APPEAL)
    tell(world, one, Kind.APPEAL, "a")
    with mail_server_at(box) as port:
        sender = Sender(AddressRules(has_mail=True), Mailer(plain(port)))
        assert 1 == NoticePost(world.database, sender, seal, WORDS.message).run_once(world.clock.now())
    assert ["minh@coquan.gov.vn"] == [message["To"] for message in box.received]


def test_an_alarm_of_a_camera_is_told_with_its_agency_only(world: World, seal: AddressSeal) -> None:
    hook = Hook()
    with listening(hook) as port:
        subscribe(world, seal, f"json://127.0.0.1:{port}/", Kind.CAMERA_ALARM)
        silent_from = world.clock.now() - timedelta(minutes=10)
        with world.database.transaction() as session:
            began = silent_from - timedelta(hours=1)
            SiteRepository(session).store_run(RunRecord(CAMERA, RUN, began, silent_from, 1000, 0, finished=False))
        assert 1 == herald(world).run_once(world.clock.now())
        NoticePost(world.database, Sender(HERE, None), seal, WORDS.message).run_once(world.clock.now())
    assert "UBND tỉnh" in hook.bodies[0]["message"]
    assert "quầy" not in hook.bodies[0]["message"]


@pytest.mark.expects_errors
def test_a_database_that_is_away_does_not_end_the_threads_and_they_stop_at_once(
    world: World, seal: AddressSeal
) -> None:
    class Away:
        calls = 0

        def run_once(self, _now: object) -> int:
            self.calls += 1
            raise OSError("database away")

    away, tried = Away(), threading.Event()
    thread = RepeatedThread("herald", away, world.clock, timedelta(milliseconds=10))
    thread.start()
    while away.calls < 3:
        tried.wait(0.01)
    assert thread.is_alive()
    thread.stop()
    thread.join(60)
    assert not thread.is_alive()
    post = PostThread("letters", LetterPost(world.database, None), world.clock, timedelta(hours=1))
    post.start()
    post.stop()
    post.join(60)
    assert not post.is_alive()


@pytest.mark.parametrize(
    "address",
    ["http://mail", "smtp://", "smtps://mail/box", "smtp://mail?tls=maybe", "smtp://mail:notaport", "mail.example.vn", "smtp://u:secret@mail/x"],
)  # fmt: skip
def test_a_faulty_mail_server_is_told_at_the_start_without_its_password(address: str) -> None:
    with pytest.raises(ValueError, match="wanted") as raised:
        mail_server(address, "congvu@coquan.gov.vn")
    assert "secret" not in str(raised.value)


def test_a_mail_server_needs_a_sender_and_knows_its_ports() -> None:
    with pytest.raises(ValueError, match="CONGVU_MAIL_FROM"):
        mail_server("smtps://mail.example.vn", "")
    found = mail_server("smtps://minh:p%40ss@mail.example.vn", "congvu@coquan.gov.vn")
    assert (465, "minh", "p@ss", True, False) == (
        found.port,
        found.user,
        found.password,
        found.is_tls,
        found.has_starttls,
    )
    assert (587, True) == (
        (other := mail_server("smtp://mail.example.vn", "a@b.vn")).port,
        other.has_starttls,
    )


def test_settings_turn_into_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONGVU_SMTP_URL", "smtps://mail.example.vn")
    with pytest.raises(ValueError, match="CONGVU_MAIL_FROM"):
        Settings()
    monkeypatch.setenv("CONGVU_MAIL_FROM", "congvu@coquan.gov.vn")
    monkeypatch.setenv("CONGVU_NOTICE_SCHEMAS", "json, XML")
    monkeypatch.setenv("CONGVU_NOTICE_PRIVATE_HOSTS", "hooks.local,10.1.0.0/16")
    rules = Settings().address_rules
    assert AddressRules(frozenset({"json", "xml"}), ("hooks.local", "10.1.0.0/16"), has_mail=True) == rules
