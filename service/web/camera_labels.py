"""The words for codes of cameras: conditions, faults, gaps, outlines, rules' trust, legibility."""

from __future__ import annotations

from dataclasses import dataclass

from service.api.problems import N_

CONDITION_WORDS = {
    "works": N_("Works"),
    "untrusted": N_("Picture not to be trusted"),
    "silent": N_("No picture"),
    "idle": N_("Not being watched"),
    "never": N_("No picture yet"),
}


@dataclass(frozen=True, slots=True)
class FaultWords:
    """How a fault of a camera is explained to the one who can do something about it."""

    name: str
    meaning: str
    remedy: str


FAULTS = {
    "covered": FaultWords(
        N_("Camera covered"),
        N_("Something stands or hangs before the lens: nothing of the usual view is left."),
        N_("Take away what covers it; the alarm then ends by itself."),
    ),
    "dark": FaultWords(
        N_("Picture too dark"),
        N_("There is not enough light to see who is there."),
        N_("Switch on the light or the camera's night mode; the alarm then ends by itself."),
    ),
    "blurred": FaultWords(
        N_("Picture blurred"),
        N_("The picture is far less sharp than it used to be: dust, damp or a shifted focus."),
        N_("Clean the lens and set the focus; the alarm then ends by itself."),
    ),
    "frozen": FaultWords(
        N_("Picture stands still"),
        N_("The stream goes on but its picture does not change: it may be an old one."),
        N_("Restart the camera or the recorder; the alarm then ends by itself."),
    ),
    "moved": FaultWords(
        N_("Camera moved"),
        N_("The view has shifted, so that desks and zones no longer lie where they were drawn."),
        N_("Turn the camera back, or redraw the scene and then say that the view is right."),
    ),
    "time_drift": FaultWords(
        N_("Clock is off"),
        N_("The camera's clock does not agree with ours: times may be wrong by as much."),
        N_("Let the camera take its time from a time server (NTP)."),
    ),
    "away": FaultWords(
        N_("Camera cannot be reached"),
        N_("The camera does not answer, or refuses the user name or password."),
        N_("Check its power, its network and its password; the watching goes on by itself."),
    ),
}

_OTHER_FAULT = FaultWords(
    N_("Another fault"), N_("The camera reported a fault that has no description yet."), N_("Look at the camera.")
)


def fault_words(kind: str) -> FaultWords:
    """Return how a fault is explained."""
    return FAULTS.get(kind, _OTHER_FAULT)


GAP_WORDS = {
    "stream_lost": N_("No picture: the connection was lost"),
    "timestamp_jump": N_("No picture: the times in the stream jump"),
    "restarted": N_("Not watched: the program that watches this camera failed and was started again"),
    "overloaded": N_("Not watched: this computer is overloaded and did not get to look"),
    "not_judged": N_("Could not be judged"),
}


def trouble_words(kind: str) -> str:
    """Return the name of a fault or of a gap's reason."""
    return GAP_WORDS[kind] if kind in GAP_WORDS else fault_words(kind).name


OUTLINE_WORDS = {
    "desk": N_("Desk (place of work)"),
    "staff": N_("Staff zone"),
    "public": N_("Public zone: nobody is flagged"),
    "no_smoking": N_("No-smoking room"),
    "line": N_("Entrance line"),
    "mask": N_("Privacy mask: black in every picture"),
}

SPAN_WORDS = {
    "day": N_("24 hours"),
    "week": N_("7 days"),
    "month": N_("30 days"),
}

CAUSE_WORDS = {
    "fell_below_floor": N_("Too many of its flags here were no breach"),
    "earned_again": N_("Random checks showed that it is right often enough again"),
    "suspended_by_hand": N_("Suspended by hand"),
    "lifted_by_hand": N_("Suspension lifted by hand"),
    "threshold_earned": N_("Verdicts here earned this threshold"),
    "threshold_working": N_("Other cameras suggest this threshold; nothing is earned yet"),
    "threshold_no_longer_shown": N_("The threshold stays, but the verdicts no longer carry its guarantee"),
    "threshold_cannot_reach": N_("No threshold is right often enough with these verdicts"),
    "threshold_not_enough_yet": N_("Not enough verdicts yet for a threshold of its own"),
}
OTHER_CAUSE = N_("Reason not recorded")

MODE_WORDS = {
    "active": N_("In force"),
    "suspended": N_("Suspended"),
}

ASKED_WORDS = {
    "card": N_("Badge"),
    "cigarette": N_("Cigarette"),
}

LEGIBILITY_FAULTS = {
    "NoPicture": N_("The floor is marked, but no picture has come yet: its size decides what can be read."),
    "TooFewPoints": N_("There are too few floor marks: at least four are needed, spread over the picture."),
    "PointsDuplicate": N_("Two floor marks lie on one spot."),
    "PointsCollinear": N_("The floor marks lie nearly on one line: choose the corners of a large rectangle."),
    "FloorMirrored": N_("The floor marks run round the other way than in the picture: are left and right swapped?"),
    "PointsBeyondHorizon": N_("The floor marks cannot all lie on one floor in front of the camera."),
    "PointsContradict": N_("The measured places of the floor marks do not fit the picture: measure again."),
    "AspectDiffers": N_("The floor was marked on a picture of another shape than the camera now sends."),
    "LegibilityUnknown": N_("The floor marks fit, but not the height of things above it: measure the lens."),
}
OTHER_LEGIBILITY_FAULT = N_("The floor marks do not fit: check them.")
