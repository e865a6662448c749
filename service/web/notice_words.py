"""Messages to subscribers in words. They name nobody and show nothing: they say where to look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from service.api.problems import N_
from service.db.notices import DueNotice
from service.notices.kinds import PATHS, Kind
from service.notices.sending import Fault
from service.notices.telling import Telling
from service.web.words import translations

KIND_WORDS: dict[Kind, str] = {
    Kind.FLAGS_WAITING: N_("Flags wait for a verdict"),
    Kind.CAMERA_ALARM: N_("A camera needs a look"),
    Kind.DISK_ALARM: N_("Room for evidence is getting short"),
    Kind.RULE_SUSPENDED: N_("A rule is suspended on a camera"),
    Kind.HEARING_RESPONSE: N_("A response in a hearing has come in"),
    Kind.HEARING_DUE: N_("The time set in a hearing is over"),
    Kind.APPEAL: N_("An appeal has come in"),
    Kind.TEST: N_("Test message"),
}
"""What it is about: the title of the message, and the name of the kind on the page of one's account."""
_SENTENCES: dict[Kind, str] = {
    Kind.CAMERA_ALARM: N_("While a picture cannot be trusted nobody counts as absent and nothing is flagged."),
    Kind.DISK_ALARM: N_("The oldest evidence goes before its time unless somebody makes room."),
    Kind.RULE_SUSPENDED: N_("It flags nothing there until somebody has looked at why."),
    Kind.HEARING_RESPONSE: N_("Read it before anything is concluded."),
    Kind.HEARING_DUE: N_("The next step is the inspection's."),
    Kind.APPEAL: N_("It is decided by somebody who had no part in the case."),
    Kind.TEST: N_("Messages arrive here. Nothing needs to be done."),
}
FAULT_WORDS: dict[Fault, str] = {
    Fault.REFUSED: N_("Nothing may be sent to this address any more. Remove it and add another."),
    Fault.UNREADABLE: N_("The address cannot be read any more. Remove it and add it again."),
    Fault.NOT_TAKEN: N_("The last message was not taken. It is tried again for a day."),
    Fault.NO_RIGHT: N_("Your account may not know of this any more."),
}


class NoticeWords:
    """Puts messages into words.

    Args:
        public_url: Where people reach the pages; empty: the message has no link.
        waiting_hours: After how many hours a flag has waited for too long.
    """

    def __init__(self, public_url: str, waiting_hours: float) -> None:
        self._public_url = public_url
        self._waiting_hours = waiting_hours

    def say(self, telling: Telling, language: str) -> tuple[str, str]:
        """Return title and body of one thing to tell."""
        speak = translations(language)
        if telling.kind is Kind.FLAGS_WAITING:
            counted = speak.ngettext(
                "%(num)s flag has waited for more than %(hours)s hours.",
                "%(num)s flags have waited for more than %(hours)s hours.",
                telling.count,
            )
            sentence = counted % {"num": telling.count, "hours": f"{self._waiting_hours:g}"}
        else:
            sentence = speak.gettext(_SENTENCES[telling.kind])
        return speak.gettext(KIND_WORDS[telling.kind]), f"{telling.agency}\n{sentence}".strip()

    def message(self, notices: Sequence[DueNotice], language: str) -> tuple[str, str]:
        """Return title and text of what is sent: one thing, or all that has gathered, the same said once."""
        speak = translations(language)
        counts = Counter((Kind(notice.kind), notice.title, notice.body) for notice in notices)
        parts = []
        for (kind, title, body), count in counts.items():
            times = f" (× {count})" if count > 1 else ""
            link = f"\n{self._public_url}{PATHS[kind]}" if self._public_url else ""
            parts.append(f"{title}{times}\n{body}{link}" if len(counts) > 1 else f"{body}{link}")
        if len(counts) == 1:
            (_, title, _), count = next(iter(counts.items()))
            head = f"{title} (× {count})" if count > 1 else title
        else:
            several = speak.ngettext("%(num)s message", "%(num)s messages", len(notices))
            head = several % {"num": len(notices)}
        ending = speak.gettext("This message names nobody. What it is about is seen after signing in.")
        return f"Công Vụ: {head}", "\n\n".join([*parts, ending])


WAYS = (
    ("Telegram", "tgram", "tgram://BOT_TOKEN/CHAT_ID"),
    ("Microsoft Teams", "msteams", "msteams://GROUP@TENANT/WEBHOOK/KEY"),
    ("Slack", "slack", "slack://TOKEN_A/TOKEN_B/TOKEN_C/CHANNEL"),
    ("ntfy", "ntfys", "ntfys://SERVER/TOPIC"),
    ("ntfy, HTTP", "ntfy", "ntfy://SERVER/TOPIC"),
    ("JSON, HTTPS", "jsons", "jsons://SERVER/PATH"),
    ("JSON, HTTP", "json", "json://SERVER/PATH"),
    ("SMTP, TLS", "mailtos", "mailtos://USER:PASSWORD@SERVER?to=ADDRESS"),
    ("SMTP", "mailto", "mailto://USER:PASSWORD@SERVER?to=ADDRESS"),
)
"""Name, Apprise's name and how an address of it looks; words in capitals are to be replaced."""


def ways_of(schemas: frozenset[str]) -> list[tuple[str, str]]:
    """Return name and example of each way that is open; one that has no name here goes by Apprise's."""
    named = [(name, example) for name, schema, example in WAYS if schema in schemas]
    unnamed = schemas - {schema for _, schema, _ in WAYS}
    return named + [(schema, f"{schema}://") for schema in sorted(unnamed)]
