"""How a report is to be read, in the words of its readers. One place for the workbook, the PDF and the pages. Pure."""

from __future__ import annotations

from service.attendance.words import N_

NO_DATA_TITLE = N_("No data is not absence")
NO_DATA_TEXT = N_(
    "Where the camera was off, covered, moved or too dark to see, nothing is said of anybody. "
    "Such time is counted as no data, never as absence, lateness or early leaving."
)
EXPLAINED = (
    (NO_DATA_TITLE, NO_DATA_TEXT),
    (
        N_("Coverage"),
        N_(
            "Share of the required time in which the cameras could see the officer's desk. "
            "Read every other figure together with it: with a low coverage little is known."
        ),
    ),
    (
        N_("A figure is not a finding"),
        N_(
            "The figures say what was seen at the desk, not why. Work elsewhere that was not entered looks like "
            "absence: ask the officer before concluding anything. "
            "Corrections may be asked for and both values stay on record."
        ),
    ),
    (
        N_("Time to be there"),
        N_("Working hours less leave, duty trips, meetings and training that were entered."),
    ),
    (
        N_("Late, early"),
        N_(
            "The cameras saw the empty desk from the beginning of a session until the arrival (or from the leaving "
            "until its end), for longer than the grace. Counted from the beginning (or up to the end) of the session."
        ),
    ),
    (
        N_("Left the post"),
        N_(
            "The desk was seen empty within a session for longer than the agency's limit. "
            "Shorter absences do not count."
        ),
    ),
    (
        N_("Left while citizens waited"),
        N_(
            "Of that time, how long somebody was seen in the waiting zone of a counter of the desk. Where the counter "
            "has no such zone or the camera could not see, nobody can say: that is not the same as nobody waiting."
        ),
    ),
    (
        N_("Absent"),
        N_("A whole session in which the cameras could see the desk all along and nobody was there."),
    ),
    (
        N_("Worked"),
        N_("Time seen at the desk within working hours, and duty trips, meetings and training; each minute once."),
    ),
    (
        N_("Outside hours"),
        N_(
            "Time seen at the desk before, between and after working hours and on days off. "
            "It makes no sign of its own."
        ),
    ),
)
