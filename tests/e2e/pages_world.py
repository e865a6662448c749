"""The two agencies as people see them: evidence to look at, letters, notifications, hearings at each stage."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from typing import Any

import cv2
import numpy as np

from service.api.answers import ANSWER_COOKIE
from service.api.context import WebContext
from service.db.account_links import LinkPurpose
from service.db.accounts import AccountRepository
from service.db.records import EvidenceKind, Role
from service.notices.addresses import AddressBook, AddressRules
from service.notices.sealing import open_seal
from tests.hearing_world import Person
from tests.rights_world import EVERYWHERE, A, RightsWorld, login_of, mark
from tests.web_world import clip_bytes

HOUR = timedelta(hours=1)


@cache
def _moving() -> bytes:
    return clip_bytes(1.0)


@cache
def _still() -> bytes:
    return cv2.imencode(".jpg", np.full((360, 640, 3), (205, 170, 120), np.uint8))[1].tobytes()


@dataclass
class PagesWorld(RightsWorld):
    """Two agencies whose pages all have something on them.

    Attributes:
        unheard_id: A flag that two confirmed and no hearing is about yet.
        alcohol_id: A flag of a rule that is off unless a site asks for it.
        people: Cookies of the personal pages, by how far the hearing is: ``asked``, ``answered``, ``concluded``.
        cases: The hearings that the personal pages are of, by the same words.
        sign_in_token: Of a one-time link nobody used yet.
        reset_token: Of a link to choose a new password.
    """

    unheard_id: str = ""
    alcohol_id: str = ""
    people: dict[str, str] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)
    sign_in_token: str = ""
    reset_token: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.unheard_id, _ = self.add_confirmed(A, 1, hour=15)
        self.alcohol_id = self.add_event(A, 2, hour=11, rule="alcohol_seen")
        self._give_back("alcohol_seen")
        for n, far in enumerate(("asked", "answered", "concluded")):
            self.people[far], self.cases[far] = self.hear(A, 1, far, hour=16 + n)
        self._subscribe()
        with self.database.transaction() as session:
            accounts = AccountRepository(session)
            user = accounts.find_user(login_of(Role.INSPECTOR, A))
            assert user is not None
            self.sign_in_token, self.reset_token = (
                accounts.make_link(user.user_id, at=self.clock.now(), lasts=HOUR, purpose=purpose)
                for purpose in (LinkPurpose.SIGN_IN, LinkPurpose.RESET)
            )

    def context(self) -> WebContext:
        book = AddressBook(AddressRules(has_mail=True), open_seal(self.folder / "keys"))
        return replace(super().context(), public_url="http://centre.test", addresses=book)

    def content_of(self, kind: EvidenceKind, of: str) -> bytes:
        return _moving() if kind is EvidenceKind.CLIP else _still()

    def hear(self, x: str, n: int, far: str, *, hour: int) -> tuple[str, str]:
        """Hear an officer about one more event; return the cookie of their personal page, and the hearing."""
        event_id, _ = self.add_confirmed(x, n, hour=hour)
        opened = self.open_case(x, n, event_id)
        person = Person(self.browser())
        assert 303 == person.come_in(opened["link"], opened["pin"]).status_code
        if far != "asked":
            assert 303 == person.send(is_complete="yes").status_code
        if far == "concluded":
            client, token = self.reader(Role.TEAM_LEADER, x)
            step: dict[str, Any] = {"kind": "conclusion", "outcome": "upheld", "text": "Đã xem xét giải trình."}
            step["request_id"] = f"step-{uuid.uuid4()}"
            answer = client.post(f"/api/v1/cases/{opened['case_id']}/steps", json=step, headers={"X-CSRF-Token": token})
            assert 201 == answer.status_code, answer.text
        return person.client.cookies[ANSWER_COOKIE], opened["case_id"]

    def _give_back(self, rule: str) -> None:
        """Let a rule have been suspended on a camera by hand, and be in force again."""
        camera = mark(A, "-cam")
        client, token = self.reader(Role.ADMIN, EVERYWHERE)
        for mode, note in (("suspended", "Đang thử nghiệm."), ("active", "Đã thử xong.")):
            form = {"mode": mode, "note": note, "csrf_token": token}
            answer = client.post(f"/cameras/{camera}/rules/{rule}", data=form)
            assert 303 == answer.status_code, answer.text

    def _subscribe(self) -> None:
        client, token = self.reader(Role.INSPECTOR, EVERYWHERE)
        asked = {"address": "ten@coquan.gov.vn", "kinds": ["flags_waiting"], "csrf_token": token}
        answer = client.post("/account/notifications", data=asked)
        assert 303 == answer.status_code, answer.text
