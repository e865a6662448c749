"""What can be wrong with a step of a hearing."""

from __future__ import annotations

from service.api.problems import N_, Forbidden, Problem


class NotConfirmed(Problem):
    """The flag was not confirmed by two people."""

    status = 409
    title = N_("This flag is not confirmed")
    detail = N_("A hearing is about a flag in which two people see a breach. Nothing was opened.")


class HeardBefore(Problem):
    """There is a hearing about the flag."""

    status = 409
    title = N_("A hearing about this flag was opened before")
    detail = N_("There is one hearing for one flag. Look for it among the hearings; nothing was changed.")


class PersonUnknown(Problem):
    """It is not said whom the hearing is about, or nobody of that agency is meant."""

    status = 422
    title = N_("It is not clear who is to be heard")
    detail = N_("Choose an officer of this agency, or write a name. Nothing was opened.")


class OwnAffair(Forbidden):
    """The hearing is about the reader."""

    detail = N_("This hearing is about you: you may answer and appeal in it, and do nothing else.")


class DeskConcerned(Forbidden):
    """The hearing is about somebody of the inspection, or about the desk that they work at."""

    detail = N_("This is about you or about the desk that you work at: others of the inspection take care of it.")


class NamedLikeOfficer(Problem):
    """A name was written that an officer of the site has."""

    status = 422
    title = N_("An officer has this name")
    detail = N_(
        "Choose the officer from the list. If somebody else of the same name is meant, add to the name what they are, "
        "such as (guard). Nothing was opened."
    )


class StepRefused(Problem):
    """The step is not open to this person as things stand."""

    status = 409
    title = N_("This step is not possible now")
    detail = N_("It is not the time for it, or somebody else has to do it. Reload the page to see how it stands.")


class StepReused(Problem):
    """The same request id came with other content."""

    status = 409
    title = N_("This step was already sent with other content")
    detail = N_("Reload the page to see what was stored, and send the step again if it is still wanted.")


class WordsMissing(Problem):
    """A step came without the words that it needs."""

    status = 422
    title = N_("Say it in words")
    detail = N_("This step needs its reason, or your words, as text. Nothing was stored; go back and write them.")


class OutcomeMissing(Problem):
    """A conclusion came without what it comes to, or another step with it."""

    status = 422
    title = N_("Say what is concluded")
    detail = N_("Choose whether the breach is upheld, not upheld, or cannot be established. Nothing was stored.")


class DeadlineUnfit(Problem):
    """More time ends before the time that the person has already, or too far away."""

    status = 422
    title = N_("This deadline does not fit")
    detail = N_("Choose a day after the deadline so far, at most 90 days from today. Nothing was changed.")


class FileUnfit(Problem):
    """A file is too large, empty or of a kind that is not taken, or there are too many.

    Attributes:
        faults: Which, and what was wanted.
    """

    status = 422
    title = N_("This file cannot be handed in")
    detail = N_("At most five files of 10 MB each are taken: PDF, JPEG, PNG, MP4 or DOCX. Nothing was stored.")

    def __init__(self, *faults: str) -> None:
        super().__init__()
        self.faults = faults


class LinkUnwritable(Problem):
    """An e-mail cannot hold a link: nobody has said under which address the pages are reached."""

    status = 409
    title = N_("The link cannot be sent by e-mail")
    detail = N_("The address of these pages is not set (CONGVU_PUBLIC_URL). Leave the e-mail out and print the sheet.")
