"""Who may do what, route by route: written down by hand, held against the running service by the tests.

`docs/rights.md` is made from it: ``python -m tests.rights_matrix > docs/rights.md``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from service.db.records import Role

ADMIN, INSPECTOR, LEADER, HEAD = Role.ADMIN, Role.INSPECTOR, Role.TEAM_LEADER, Role.UNIT_HEAD
OFFICER, CLERK, AUDITOR = Role.OFFICER, Role.CLERK, Role.AUDITOR
ROLES = (ADMIN, INSPECTOR, LEADER, HEAD, OFFICER, CLERK, AUDITOR)

HOLDERS: dict[str, tuple[Role, ...]] = {
    "see_flags": (ADMIN, INSPECTOR, LEADER, AUDITOR),
    "judge": (ADMIN, INSPECTOR, LEADER),
    "settle": (LEADER,),
    "hear": (INSPECTOR, LEADER),
    "see_cases": (ADMIN, INSPECTOR, LEADER, HEAD, OFFICER, AUDITOR),
    "see_statistics": (ADMIN, INSPECTOR, LEADER, AUDITOR),
    "see_cameras": (ADMIN, INSPECTOR, LEADER, AUDITOR),
    "tend_cameras": (ADMIN, INSPECTOR, LEADER),
    "set_rules": (ADMIN,),
    "see_attendance": ROLES,
    "keep_attendance": (ADMIN, CLERK),
    "see_store": (ADMIN, AUDITOR),
    "tend_store": (ADMIN,),
    "read_journal": (ADMIN, AUDITOR),
    "manage_users": (ADMIN,),
}
"""Which roles have each right."""
OPEN, SIGNED_IN = "open", "signed_in"
"""In the place of a right: whoever asks; whoever is signed in."""
LIVE = "GET /api/v1/live"
"""Goes on for as long as the page is open."""


class About(StrEnum):
    """What a request is about, which says what lies outside somebody's reach."""

    NOTHING = "nothing of anybody's"
    OWN = "the reader's own account"
    LIST = "what is within reach, and nothing else"
    AGENCY = "one thing of an agency"
    UNIT = "one thing of an officer"
    SITE = "a whole site"
    CASE = "a hearing"
    STORE = "all agencies together"


@dataclass(frozen=True, slots=True)
class Row:
    """One route.

    Attributes:
        right: What it needs, or `OPEN`, or `SIGNED_IN`; several with bars between: one of them.
        outside: Answer where the thing lies outside the reach.
        done: Answer where it may be done.
        only: The one role that has any use for it; others who may see the thing get 403.
    """

    method: str
    path: str
    right: str
    about: About
    outside: int = 404
    done: int = 200
    only: Role | None = None

    @property
    def key(self) -> str:
        """As tests and the document name it."""
        return f"{self.method} {self.path}"

    @property
    def rights(self) -> tuple[str, ...]:
        """Each of which is enough."""
        return tuple(self.right.split("|"))

    @property
    def is_change(self) -> bool:
        """Whether it changes something."""
        return self.method != "GET"

    def may(self, role: Role) -> bool:
        """Tell whether a role may do it at all."""
        return self.right in (OPEN, SIGNED_IN) or any(role in HOLDERS[right] for right in self.rights)


def _rows(right: str, about: About, *lines: str, done: int = 200, outside: int = 404) -> tuple[Row, ...]:
    return tuple(
        Row(method, path, right, about, outside, done) for method, path in (line.split(" ", 1) for line in lines)
    )


NOBODY = (
    *_rows(OPEN, About.NOTHING, "GET /healthz", "GET /sign-in"),
    *_rows(OPEN, About.NOTHING, "GET /sign-in/once", done=410),  # without a link that is good
    *_rows(OPEN, About.NOTHING, "GET /static/{path}"),
    *_rows(OPEN, About.NOTHING, "GET /language/{language}", done=303),
    *_rows(
        OPEN,
        About.OWN,
        "POST /sign-in",
        "POST /sign-in/once",
        "POST /sign-in/code",
        "POST /sign-in/second-factor",
        "POST /sign-in/reset",
        done=403,
    ),
    *_rows(OPEN, About.OWN, "POST /sign-in/forgotten", done=404),
    *_rows(OPEN, About.NOTHING, "GET /sign-in/forgotten", "GET /sign-in/reset", done=404),
    *_rows(OPEN, About.NOTHING, "GET /sign-in/code", "GET /sign-in/second-factor", done=303),
    *_rows(OPEN, About.NOTHING, "GET /sign-in/oidc", "GET /sign-in/oidc/back", done=404),
    *_rows(OPEN, About.NOTHING, "GET /answer"),
    *_rows(OPEN, About.NOTHING, "GET /answer/evidence/{kind}", "GET /answer/attachments/{attachment_id}", done=401),
    *_rows(OPEN, About.OWN, "POST /answer", done=403),
    *_rows(
        OPEN,
        About.OWN,
        "POST /answer/leave",
        "POST /answer/stay",
        "POST /answer/response",
        "POST /answer/appeal",
        done=401,
    ),
)
ANYBODY = (
    *_rows(SIGNED_IN, About.NOTHING, "GET /api/v1/openapi.json"),
    *_rows(SIGNED_IN, About.NOTHING, "GET /", done=303),
    *_rows(SIGNED_IN, About.OWN, "GET /api/v1/session"),
    *_rows(SIGNED_IN, About.OWN, "DELETE /api/v1/session", done=204),
    *_rows(SIGNED_IN, About.OWN, "POST /sign-out", done=303),
    *_rows(
        SIGNED_IN,
        About.OWN,
        "GET /api/v1/account/sessions",
        "GET /api/v1/account/tokens",
        "GET /account",
        "GET /account/second-factor",
    ),
    *_rows(
        SIGNED_IN,
        About.OWN,
        "DELETE /api/v1/account/sessions/{session_id}",
        "POST /api/v1/account/tokens",
        "DELETE /api/v1/account/tokens/{token_id}",
        "POST /account/password",
        "POST /account/sessions/others/end",
        "POST /account/sessions/{session_id}/end",
        "POST /account/second-factor",
        "POST /account/second-factor/off",
        "POST /account/recovery-codes",
        "POST /account/tokens",
        "POST /account/tokens/{token_id}/revoke",
    ),
)
TOLD = "hear|see_cameras|see_flags|see_store"
NOTICES = (
    *_rows("see_cameras|see_flags", About.LIST, LIVE),
    *_rows(TOLD, About.OWN, "GET /api/v1/subscriptions", "GET /account/notifications"),
    *_rows(
        TOLD,
        About.OWN,
        "POST /api/v1/subscriptions",
        "POST /api/v1/subscriptions/{subscription_id}/test",
        "DELETE /api/v1/subscriptions/{subscription_id}",
        "POST /account/notifications",
        "POST /account/notifications/{subscription_id}/test",
        "POST /account/notifications/{subscription_id}/remove",
    ),
)
USERS = (
    *_rows("manage_users", About.LIST, "GET /api/v1/users", "GET /users", "GET /users/new"),
    *_rows("manage_users", About.AGENCY, "GET /api/v1/users/{user_id}", "GET /users/{user_id}"),
    *_rows("manage_users", About.AGENCY, "POST /api/v1/users", done=201, outside=422),
    *_rows("manage_users", About.AGENCY, "POST /users", outside=422),
    *_rows("manage_users", About.AGENCY, "PATCH /api/v1/users/{user_id}"),
    *_rows("manage_users", About.AGENCY, "POST /api/v1/users/{user_id}/link", done=201),
    *_rows("manage_users", About.AGENCY, "DELETE /api/v1/users/{user_id}/second-factor", done=204),
    *_rows(
        "manage_users",
        About.AGENCY,
        "POST /users/{user_id}",
        "POST /users/{user_id}/lock-out",
        "POST /users/{user_id}/let-in",
        "POST /users/{user_id}/second-factor/reset",
        done=303,
    ),
    *_rows("manage_users", About.AGENCY, "POST /users/{user_id}/link"),
)
CASES = (
    *_rows("see_cases", About.LIST, "GET /api/v1/cases", "GET /cases"),
    *_rows("see_cases", About.CASE, "GET /api/v1/cases/{case_id}", "GET /cases/{case_id}"),
    *_rows("see_cases", About.CASE, "GET /cases/{case_id}/attachments/{attachment_id}", done=404),
    Row("POST", "/cases/{case_id}/answer", "see_cases", About.CASE, done=303, only=OFFICER),
    *_rows("see_cases", About.CASE, "POST /api/v1/cases/{case_id}/steps", done=409),
    *_rows("hear", About.AGENCY, "GET /cases/new", done=409),
    *_rows("hear", About.AGENCY, "POST /api/v1/cases", "POST /cases/new", done=409),
    *_rows("hear", About.CASE, "POST /cases/{case_id}/steps", done=409),
    *_rows("hear", About.CASE, "POST /cases/{case_id}/door"),
    *_rows("hear", About.CASE, "POST /cases/{case_id}/sheet", done=403),
)
FLAGS = (
    *_rows("see_flags", About.LIST, "GET /api/v1/events", "GET /flags"),
    *_rows("see_flags", About.AGENCY, "GET /api/v1/events/{event_id}", "GET /flags/{event_id}"),
    *_rows("see_flags", About.AGENCY, "GET /api/v1/evidence/{event_id}/{kind}"),
    *_rows("see_flags", About.AGENCY, "POST /api/v1/evidence/{event_id}/{kind}/steps", done=204),
    *_rows("judge", About.AGENCY, "POST /api/v1/events/{event_id}/reviews", done=201),
    *_rows("judge", About.AGENCY, "DELETE /api/v1/events/{event_id}/reviews/latest", done=409),
    *_rows("judge", About.AGENCY, "POST /flags/{event_id}/verdict", done=303),
    *_rows("judge", About.AGENCY, "GET /api/v1/queue/next"),
    *_rows("judge", About.AGENCY, "POST /api/v1/events/{event_id}/claim"),
    *_rows("judge", About.AGENCY, "DELETE /api/v1/events/{event_id}/claim", done=204),
    *_rows("judge", About.AGENCY, "POST /api/v1/reviews/bulk", outside=200),
    *_rows("settle", About.AGENCY, "POST /api/v1/assignments", done=204),
    *_rows("settle", About.AGENCY, "POST /flags/{event_id}/assignment", done=303),
    *_rows("see_flags", About.OWN, "GET /api/v1/filters"),
    *_rows(
        "see_flags",
        About.OWN,
        "POST /api/v1/filters",
        "DELETE /api/v1/filters/{filter_id}",
        "POST /filters",
        "POST /filters/{filter_id}/delete",
    ),
)
CAMERAS = (
    *_rows("see_cameras", About.LIST, "GET /api/v1/cameras", "GET /cameras"),
    *_rows("see_cameras", About.LIST, "GET /api/v1/wall", "GET /wall", "GET /wall/now"),
    *_rows("see_cameras", About.AGENCY, "GET /wall/{camera_id}/still.jpg"),
    *_rows(
        "see_cameras", About.AGENCY,
        "GET /api/v1/cameras/{camera_id}", "GET /api/v1/cameras/{camera_id}/faults",
        "GET /api/v1/cameras/{camera_id}/rules", "GET /api/v1/cameras/{camera_id}/scene",
        "GET /api/v1/cameras/{camera_id}/scene/versions", "GET /api/v1/cameras/{camera_id}/scene/versions/{number}",
        "GET /cameras/{camera_id}", "GET /cameras/{camera_id}/scene", "GET /cameras/{camera_id}/still.jpg",
        "GET /cameras/{camera_id}/legible-{asked}.jpg",
    ),
    *_rows("tend_cameras", About.AGENCY, "POST /cameras/{camera_id}/view", done=303),
    *_rows("set_rules", About.AGENCY, "POST /cameras/{camera_id}/rules/{rule_id}", done=303),
    *_rows("set_rules", About.AGENCY, "POST /api/v1/cameras/{camera_id}/scene/check"),
    *_rows("set_rules", About.AGENCY, "PUT /api/v1/cameras/{camera_id}/scene"),
)  # fmt: skip
ATTENDANCE = (
    *_rows(
        "see_attendance", About.LIST,
        "GET /api/v1/attendance", "GET /api/v1/attendance.csv", "GET /api/v1/attendance/days",
        "GET /api/v1/attendance/summary", "GET /api/v1/corrections", "GET /api/v1/leaves", "GET /api/v1/covers",
        "GET /api/v1/punches", "GET /api/v1/periods", "GET /attendance", "GET /attendance/crosscheck",
        "GET /attendance/day", "GET /attendance/report.{form}", "GET /attendance/plots/trend.svg",
        "GET /attendance/plots/hours.svg", "GET /attendance/corrections", "GET /attendance/leave",
        "GET /attendance/cover", "GET /attendance/punches", "GET /attendance/periods",
    ),
    *_rows(
        "see_attendance", About.UNIT,
        "GET /api/v1/corrections/{correction_id}", "GET /attendance/officers/{officer_id}",
        "GET /attendance/corrections/{correction_id}/document",
    ),
    *_rows(
        "see_attendance", About.SITE,
        "GET /api/v1/periods/{period_id}", "GET /api/v1/periods/{period_id}/content",
        "GET /attendance/periods/{period_id}",
    ),
    *_rows("keep_attendance", About.SITE, "GET /attendance/periods/close"),
    *_rows("keep_attendance", About.SITE, "POST /api/v1/periods", done=201),
    *_rows("keep_attendance", About.SITE, "POST /attendance/periods", done=303),
    *_rows(
        "keep_attendance", About.UNIT, "POST /api/v1/corrections", "POST /api/v1/leaves", "POST /api/v1/covers",
        done=201,
    ),
    *_rows("keep_attendance", About.UNIT, "POST /api/v1/punches", done=201, outside=422),
    *_rows("keep_attendance", About.UNIT, "POST /api/v1/corrections/{correction_id}/decision"),
    *_rows(
        "keep_attendance", About.UNIT,
        "POST /api/v1/leaves/{leave_id}/withdrawal", "POST /api/v1/covers/{cover_id}/withdrawal",
        done=204,
    ),
    *_rows(
        "keep_attendance", About.UNIT,
        "POST /attendance/officers/{officer_id}/corrections", "POST /attendance/corrections/{correction_id}",
        "POST /attendance/leave", "POST /attendance/leave/{leave_id}/withdrawal",
        "POST /attendance/cover", "POST /attendance/cover/{cover_id}/withdrawal",
        done=303,
    ),
    *_rows("keep_attendance", About.UNIT, "POST /attendance/{what}/import", done=303, outside=422),
)  # fmt: skip
STORE = (
    *_rows("see_store", About.STORE, "GET /quarantine"),
    *_rows("tend_store", About.STORE, "POST /quarantine/recover", done=404),
)
JOURNAL = (
    *_rows("read_journal", About.STORE, "GET /api/v1/journal", "GET /api/v1/journal/head", "GET /journal"),
    *_rows("read_journal", About.STORE, "GET /api/v1/journal/{seq}", "GET /journal/{seq}"),
)
STATISTICS = (
    *_rows(
        "see_statistics", About.LIST,
        "GET /api/v1/statistics", "GET /api/v1/statistics/inspectors", "GET /statistics",
        "GET /statistics/inspectors", "GET /statistics/plots/{plot}.svg", "GET /statistics/report.{form}",
    ),
    *_rows("see_statistics", About.LIST, "GET /statistics/inspectors/{group}.svg", done=404),
)  # fmt: skip
TITLED = (
    ("Without signing in", NOBODY),
    ("Everybody who is signed in", ANYBODY),
    ("What one is told of", NOTICES),
    ("Flags and evidence", FLAGS),
    ("Hearings", CASES),
    ("Cameras and scenes", CAMERAS),
    ("Attendance", ATTENDANCE),
    ("Statistics", STATISTICS),
    ("Evidence store", STORE),
    ("Journal", JOURNAL),
    ("Accounts", USERS),
)
MATRIX: tuple[Row, ...] = (
    *NOBODY,
    *ANYBODY,
    *NOTICES,
    *FLAGS,
    *CASES,
    *CAMERAS,
    *ATTENDANCE,
    *STATISTICS,
    *STORE,
    *JOURNAL,
    *USERS,
)

LED_ON = "GET /attendance"
"""Leads an officer on to the own record."""
NARROW = (HEAD, OFFICER)
"""Roles that see less than an agency."""
_CELLS = {
    About.LIST: {HEAD: "own unit", OFFICER: "own record"},
    About.UNIT: {HEAD: "own unit", OFFICER: "own record"},
    About.SITE: {HEAD: "404", OFFICER: "404"},
    About.CASE: {HEAD: "own unit, if a breach was concluded", OFFICER: "own record"},
}
_HEAD = """# Who may do what

Made from `tests/rights_matrix.py` by `python -m tests.rights_matrix > docs/rights.md`; the tests call every route as
every role and compare. A route that is not in this table fails the tests.

Two things decide what somebody gets. The **right** says what they may do: without it the answer is 403, or 401 and the
sign-in page where nobody is signed in. The **reach** says whose affairs they see: an account may be limited to an
agency, a head of unit sees one unit, an officer the own record. What lies outside is as if it did not exist: lists
leave it out, counts do not count it, and asking for it by its number gives the same 404 as a number that nobody has.

An API token has some of its owner's rights, named when it is made, and its owner's reach.

| cell | means |
|---|---|
| yes | within reach: the agency's, or every agency's where the account is limited to none |
| own unit, own record | only that |
| 404 | may do such things, but a closed period is about a whole site, so there is none for them |
| all only | only accounts that are limited to no agency; others get 403 |
| – | 403 |

An account whose role goes by something that it lacks, a head of unit without unit or an officer without a record,
sees nothing at all.
"""


def _cell(row: Row, role: Role) -> str:
    if not row.may(role) or row.only not in (None, role):
        return "–"
    if row.about is About.STORE:
        return "all only"
    return _CELLS.get(row.about, {}).get(role, "yes")


def document() -> Iterator[str]:
    """Return the lines of `docs/rights.md`."""
    heads = ("administrator", "inspector", "team leader", "head of unit", "officer", "clerk", "auditor")
    yield from _HEAD.splitlines()
    yield from ("", "## Rights", "", f"| right | {' | '.join(heads)} |", f"|---{'|---' * len(ROLES)}|")
    for right, holders in HOLDERS.items():
        yield f"| `{right}` | {' | '.join('yes' if role in holders else '–' for role in ROLES)} |"
    for title, rows in TITLED:
        yield from ("", f"## {title}", "", f"| route | right | about | {' | '.join(heads)} |")
        yield f"|---|---|---{'|---' * len(ROLES)}|"
        for row in rows:
            is_free = row.right in (OPEN, SIGNED_IN)
            right = row.right.replace("_", " ") if is_free else " or ".join(f"`{right}`" for right in row.rights)
            cells = " | ".join("yes" if is_free else _cell(row, role) for role in ROLES)
            yield f"| `{row.key}` | {right} | {row.about} | {cells} |"


if __name__ == "__main__":
    print("\n".join(document()))
