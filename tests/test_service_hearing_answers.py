"""The personal page under attack: numbers guessed, links tried, files disguised, forms forged, others' files asked."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.db.hearing_doors import DoorRepository
from service.evidence.journal import RowKind
from service.hearing.attachments import FILE_BYTES_MAX, AttachmentUnfit, check_file, clean_name
from tests.hearing_world import HearingWorld, Person, make_world

PDF = b"%PDF-1.7\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[HearingWorld]:
    world = make_world(tmp_path)
    yield world
    world.close()


@pytest.fixture
def opened(world: HearingWorld) -> dict[str, Any]:
    return world.open(world.add_confirmed())


def test_link_and_number_together_open_the_page_of_this_hearing_alone(
    world: HearingWorld, opened: dict[str, Any]
) -> None:
    person = world.person(opened)
    shown = person.client.get("/answer")
    assert "Nguyễn Thị Hạnh" in shown.text and "Đây chưa phải là kết luận" in shown.text
    assert "no-referrer" == shown.headers["referrer-policy"]
    assert "no-store" == shown.headers["cache-control"]
    cookie = next(one for one in person.client.cookies.jar if one.name == "congvu_answer")
    assert ("/answer", True) == (cookie.path, cookie.has_nonstandard_attr("HttpOnly"))
    # the session is good for nothing else
    for path in ("/flags", "/cases", f"/cases/{opened['case_id']}"):
        assert 303 == person.client.get(path, follow_redirects=False).status_code
    assert 401 == person.client.get("/api/v1/cases").status_code


def test_an_unknown_link_a_wrong_number_and_a_paused_page_read_the_same(
    world: HearingWorld, opened: dict[str, Any]
) -> None:
    wrong = "00000000" if opened["pin"] != "00000000" else "00000001"
    stranger = Person(world.browser())
    answers = [stranger.come_in(opened["link"], wrong), stranger.come_in("nobody-has-this-link", opened["pin"])]
    for _ in range(5):
        stranger.come_in(opened["link"], wrong)
    answers.append(stranger.come_in(opened["link"], opened["pin"]))
    assert [401] * 3 == [answer.status_code for answer in answers]
    said = {answer.text.split('role="alert">')[1].split("</p>")[0] for answer in answers}
    assert 1 == len(said)


def test_numbers_cannot_be_tried_one_after_the_other(world: HearingWorld, opened: dict[str, Any]) -> None:
    wrong = "00000000" if opened["pin"] != "00000000" else "00000001"
    stranger = Person(world.browser())
    tried, end = 0, world.clock.at + timedelta(days=1)
    while world.clock.at < end:
        assert 401 == stranger.come_in(opened["link"], wrong).status_code
        tried += 1
        with world.database.transaction() as session:
            until = DoorRepository(session).door_of(opened["case_id"]).locked_until
        if until is not None and until > world.clock.at:
            world.clock.at = until
    # five at once, seven while the pause doubles from 30 s to an hour, then one an hour: of 10^8 numbers
    assert 5 + 7 + 22 == tried
    assert 200 == stranger.come_in(opened["link"], opened["pin"]).status_code


def test_during_a_pause_not_even_the_right_number_opens(world: HearingWorld, opened: dict[str, Any]) -> None:
    stranger = Person(world.browser())
    for _ in range(5):
        stranger.come_in(opened["link"], "12")
    assert 401 == stranger.come_in(opened["link"], opened["pin"]).status_code
    world.clock.at += timedelta(seconds=30)
    assert 200 == stranger.come_in(opened["link"], opened["pin"]).status_code


def test_a_new_link_ends_the_old_one_and_whoever_is_in(world: HearingWorld, opened: dict[str, Any]) -> None:
    person = world.person(opened)
    client, csrf = world.reader("thanhtra")
    shown = client.post(f"/cases/{opened['case_id']}/door", data={"csrf_token": csrf}).text
    assert opened["pin"] not in shown.replace(" ", "")
    assert "Mã số (8 chữ số)" in person.client.get("/answer").text
    assert 401 == person.come_in(opened["link"], opened["pin"]).status_code
    assert "door_changed" in {facts["step"] for facts in world.told(RowKind.HEARING_STEP)}


def test_the_page_closes_after_half_an_hour_without_use(world: HearingWorld, opened: dict[str, Any]) -> None:
    person = world.person(opened)
    world.clock.at += timedelta(minutes=29)
    assert "csrf_token" in person.client.get("/answer").text
    world.clock.at += timedelta(minutes=29)
    assert "csrf_token" in person.client.get("/answer").text
    csrf = person.csrf
    world.clock.at += timedelta(minutes=31)
    assert "csrf_token" not in person.client.get("/answer").text
    assert 401 == person.client.post("/answer/response", data={"csrf_token": csrf}).status_code


def test_forms_of_another_site_are_refused(world: HearingWorld, opened: dict[str, Any]) -> None:
    person = world.person(opened)
    for forged in ("", "guessed"):
        assert 403 == person.send(csrf_token=forged).status_code
        assert 403 == person.send("appeal", csrf_token=forged).status_code
        assert 403 == person.client.post("/answer/leave", data={"csrf_token": forged}).status_code
    other = {"link": opened["link"], "pin": opened["pin"], "form_token": "guessed"}
    assert 403 == world.browser().post("/answer", data=other).status_code
    assert ["notice"] == [step.kind for step in world.steps(opened["case_id"])]


def test_an_answer_is_stored_once_with_its_files_and_read_back_as_a_file(
    world: HearingWorld, opened: dict[str, Any]
) -> None:
    person = world.person(opened)
    for _ in range(2):
        assert 303 == person.send(files=[("Giấy đi đường.pdf", PDF)], request_id="form-1234").status_code
    step = world.steps(opened["case_id"])[-1]
    assert ["notice", "response"] == [one.kind for one in world.steps(opened["case_id"])]
    (file,) = step.attachments
    assert ("Giấy đi đường.pdf", "application/pdf") == (file.name, file.media_type)
    sent = person.client.get(f"/answer/attachments/{file.attachment_id}")
    assert PDF == sent.content
    assert sent.headers["content-disposition"].startswith("attachment;")
    assert "nosniff" == sent.headers["x-content-type-options"]


def test_nobody_reads_the_files_of_another_hearing(world: HearingWorld, opened: dict[str, Any]) -> None:
    person = world.person(opened)
    person.send(files=[("a.pdf", PDF)])
    (file,) = world.steps(opened["case_id"])[-1].attachments
    second = world.open(world.add_confirmed("smoking", at=world.clock.at - timedelta(hours=5)), officer_id=None,
                        person_name="Người khác")  # fmt: skip
    other = world.person(second)
    assert 404 == other.client.get(f"/answer/attachments/{file.attachment_id}").status_code
    client, _ = world.reader("thanhtra")
    assert 404 == client.get(f"/cases/{second['case_id']}/attachments/{file.attachment_id}").status_code
    assert 200 == client.get(f"/cases/{opened['case_id']}/attachments/{file.attachment_id}").status_code
    for login in ("khac", "donvi", "donvi-khac"):
        stranger, _ = world.reader(login)
        assert 404 == stranger.get(f"/cases/{opened['case_id']}/attachments/{file.attachment_id}").status_code
    assert 401 == world.browser().get(f"/answer/attachments/{file.attachment_id}").status_code


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("anh.png", b"<html><script>alert(1)</script></html>"),
        ("anh.png", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("anh.jpg", b"GIF89a<script>"),
        ("giay.pdf", b"MZ\x90\x00"),
        ("giay.docx", b"PK\x03\x04not a zip"),
        ("rong.pdf", b""),
        ("lon.pdf", b"%PDF-" + bytes(FILE_BYTES_MAX)),
    ],
)
def test_a_file_is_what_is_in_it_not_what_it_is_called(
    world: HearingWorld, opened: dict[str, Any], name: str, content: bytes
) -> None:
    answer = world.person(opened).send(files=[(name, content)])
    assert 422 == answer.status_code
    assert ["notice"] == [step.kind for step in world.steps(opened["case_id"])]
    assert [] == list(world.store.stored("hearings"))


def test_what_was_written_stands_on_the_page_again_where_a_file_is_unfit(
    world: HearingWorld, opened: dict[str, Any]
) -> None:
    answer = world.person(opened).send(text="Tôi đi lấy <hồ sơ>.", files=[("giay.pdf", b"MZ")], is_complete="1")
    field, fault = answer.text.index("\nTôi đi lấy &lt;hồ sơ&gt;.</textarea>"), answer.text.index('id="fault"')
    assert (422, True) == (answer.status_code, fault < field)
    assert 'name="is_complete" type="checkbox" class="switch" value="1" checked' in answer.text
    assert "vui lòng chọn lại các tệp" in answer.text
    blank = world.person(opened).send(text="  ")
    assert (422, True) == (blank.status_code, 'action="/answer/response"' in blank.text)


def test_whoever_writes_keeps_the_page_open_and_is_never_sent_to_the_entry_of_the_staff(
    world: HearingWorld, opened: dict[str, Any]
) -> None:
    person = world.person(opened)
    csrf = person.csrf
    for _ in range(3):
        world.clock.at += timedelta(minutes=29)
        assert 204 == person.client.post("/answer/stay", data={"csrf_token": csrf}).status_code
    assert 403 == person.client.post("/answer/stay", data={"csrf_token": "guessed"}).status_code
    world.clock.at += timedelta(minutes=31)
    assert 401 == person.client.post("/answer/stay", data={"csrf_token": csrf}).status_code
    shut = person.client.post("/answer/response", data={"csrf_token": csrf})
    assert 401 == shut.status_code and "Mở lại trang giải trình" in shut.text
    assert {"/answer"} == set(re.findall(r'<a class="(?:brand|button)" href="([^"]*)"', shut.text))
    assert "next=%2Fanswer" in shut.text


def test_six_files_are_too_many_and_more_than_fifty_megabytes_are_not_read(
    world: HearingWorld, opened: dict[str, Any]
) -> None:
    person = world.person(opened)
    assert 422 == person.send(files=[(f"{n}.pdf", PDF) for n in range(6)]).status_code
    assert 303 == person.send(files=[(f"{n}.pdf", PDF + bytes([n])) for n in range(5)]).status_code
    big = {"content-length": str(60_000_000), "content-type": "multipart/form-data; boundary=x"}
    assert 422 == person.client.post("/answer/response", content=b"x", headers=big).status_code
    assert 413 == person.client.post("/answer/appeal", content=b"x", headers=big).status_code


def test_a_body_is_not_read_before_it_is_known_who_sends_it(world: HearingWorld) -> None:
    stranger = world.browser()
    read = []

    def body() -> Iterator[bytes]:
        read.append(1)
        yield b"--x\r\n"

    answer = stranger.post(
        "/answer/response", content=body(), headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert 401 == answer.status_code


def test_what_the_person_writes_is_shown_as_text(world: HearingWorld, opened: dict[str, Any]) -> None:
    evil = '<script>alert("x")</script><img src=x onerror=alert(1)>'
    person = world.person(opened)
    person.send(text=evil, files=[('"><img src=x onerror=alert(1)>.pdf', PDF)])
    inspector, _ = world.reader("thanhtra")
    for shown in (person.client.get("/answer").text, inspector.get(f"/cases/{opened['case_id']}").text):
        assert "&lt;script&gt;" in shown
        assert "<script>alert" not in shown and "<img src=x" not in shown


def test_a_request_id_of_the_person_never_stands_in_for_the_passing_of_time(
    world: HearingWorld, opened: dict[str, Any]
) -> None:
    person = world.person(opened)
    for taken in ("time:2", "time:1", "", "x" * 65):
        assert 422 == person.send(request_id=taken).status_code
    person.send(request_id="time-2222")
    world.clock.at += timedelta(days=20)
    client, _ = world.reader("thanhtra")
    client.get("/cases")
    assert "concluding" == world.case(opened["case_id"]).stage


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a\r\nSet-Cookie: x=1.pdf", "a Set-Cookie_ x=1.pdf"),
        ("\u202egnp.exe", "gnp.exe"),
        ("", "file"),
        ("...", "file"),
        ("con|<x>.pdf", "con__x_.pdf"),
    ],
)
def test_a_name_steers_nothing(given: str, kept: str) -> None:
    assert kept == clean_name(given)


def test_a_document_is_taken_and_one_with_macros_is_not() -> None:
    def document(*parts: str) -> bytes:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            for part in ("[Content_Types].xml", *parts):
                archive.writestr(part, "<x/>")
        return made.getvalue()

    assert check_file("đơn.docx", document("word/document.xml")).name == "đơn.docx"
    for bad in (document("xl/workbook.xml"), document("word/document.xml", "word/vbaProject.bin")):
        with pytest.raises(AttachmentUnfit):
            check_file("đơn.docx", bad)


def test_a_file_ends_in_what_it_is() -> None:
    assert "x.html.png" == check_file("x.html", PNG).name
    assert "x.JPEG" == check_file("x.JPEG", b"\xff\xd8\xff\xe0").name
