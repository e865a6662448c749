"""The words that the scene editor's scripts speak. Each is a message of the catalogues."""

from __future__ import annotations

from service.api.problems import N_
from service.api.scenes import Locked

LOCKED_WORDS = {
    Locked.ROLE: N_("You may look at this scene. Only an administrator may change it."),
    Locked.NO_SITE_FILE: N_("You may look at this scene. To change it, start the service with its site file:"),
    Locked.NOT_IN_SITE_FILE: N_("You may look at this scene. To change it, name this camera in the site file first."),
    Locked.SITE_INVALID: N_(
        "The site file has faults, so nothing can be saved. See them with congvu site check, mend them, then reload."
    ),
}

KIND_WORDS = {
    "desk": N_("Desk"),
    "staff": N_("Staff zone"),
    "public": N_("Public zone"),
    "no_smoking": N_("No-smoking room"),
    "line": N_("Entrance line"),
    "mask": N_("Privacy mask"),
    "mark": N_("Floor mark"),
    "counter": N_("Counter of several desks"),
}

KIND_HINTS = {
    "desk": N_("Where whoever works here sits or stands: cover the upper body."),
    "staff": N_("Only staff are here. Smoking is looked for; badges are not."),
    "public": N_("Citizens are here. Nobody is ever flagged."),
    "no_smoking": N_("A room of staff, such as a meeting room. Smoking is looked for in all of it."),
    "line": N_("Whoever crosses it along the arrow comes in."),
    "mask": N_("Blacked out before anything is analysed or stored. It cannot be undone for what is recorded."),
    "mark": N_("A spot on the floor whose place was measured. Four or more make distances known."),
    "counter": N_("Desks that stand in for one another: it is unattended only where all are empty."),
}

_NEW_NAMES = {
    "new.desk": N_("Desk %(number)s"),
    "new.staff": N_("Staff zone %(number)s"),
    "new.public": N_("Public zone %(number)s"),
    "new.no_smoking": N_("Room %(number)s"),
    "new.line": N_("Entrance %(number)s"),
    "new.mask": N_("Mask %(number)s"),
    "new.counter": N_("Counter %(number)s"),
    "name.mark": N_("Mark %(number)s"),
}

_HINTS = {
    "hint.select": N_("Choose something in the picture to move it, or a tool above to draw."),
    "hint.empty": N_("Nothing is drawn here: choose a tool above to draw."),
    "hint.read_empty": N_("Nothing is drawn on this picture."),
    "hint.read": N_("Choose something in the picture to see what it is."),
    "hint.area": N_("Drag a rectangle, or tap corner after corner and end at the first one."),
    "hint.polygon": N_("Tap the next corner. End with Enter or at the first corner; Escape gives up."),
    "hint.line": N_("Drag across the way in, or tap its two ends."),
    "hint.line_end": N_("Tap the other end. Escape gives up."),
    "hint.mark": N_("Tap the spot on the floor, then enter its measured place."),
}

_ACTIONS = {
    "done.added": N_("%(name)s was added."),
    "done.removed": N_("%(name)s was removed. Undo brings it back."),
    "done.undone": N_("Undone."),
    "done.redone": N_("Done again."),
    "corner": N_("%(name)s: corner %(number)s of %(count)s"),
    "line_end": N_("%(name)s: end %(number)s of 2"),
    "remove": N_("Remove"),
    "remove_named": N_("Remove %(name)s"),
    "nothing": N_("Nothing is drawn yet. Begin with the desks."),
    "nothing.file": N_("The site file draws nothing on this picture."),
}

_FIELDS = {
    "field.name": N_("Name"),
    "field.id": N_("Id in the site file"),
    "field.id_hint": N_("Made from the name. It cannot be changed once it is saved, because flags refer to it."),
    "field.officers": N_("Who works at this desk"),
    "field.no_officers": N_("The site file names nobody yet: add [[officers]] to it first."),
    "field.desks": N_("Desks of this counter"),
    "field.x_m": N_("To the right, metres"),
    "field.y_m": N_("Into the depth, metres"),
    "field.turn": N_("Turn the way in round"),
    "field.remove_corner": N_("Remove this corner"),
    "field.add_corner": N_("Add a corner"),
}

_FAULTS = {
    "fault.few_corners": N_("An area needs at least three corners."),
    "fault.crosses": N_("The outline crosses itself: move a corner so that the sides no longer meet."),
    "fault.outside": N_("A corner lies outside the picture: move it in."),
    "fault.flat": N_("The area is empty: its corners lie on one line. Pull one of them out."),
    "fault.short": N_("The line is too short: draw it across the whole way in."),
    "fault.name": N_("A name is missing."),
    "fault.id": N_("The id may hold small letters a-z, digits, - and _ only, and begins with a letter or digit."),
    "fault.double_id": N_("Another thing has the same id: each needs its own."),
    "fault.no_officer": N_("Nobody works here yet: choose at least one person."),
    "fault.unknown_officer": N_("Somebody assigned here is no longer in the site file: choose again."),
    "fault.empty_counter": N_("Choose at least one desk of this picture."),
    "fault.few_marks": N_("Distances need at least four marks: add more, or remove these."),
    "fault.metres": N_("Enter the measured place in metres."),
    "fault.desks_overlap": N_(
        "Shares %(percent)s % with %(other)s: nobody could be told to be at just one. Move apart."
    ),
    "fault.judged_and_not": N_("Shares %(percent)s % with %(other)s, where nobody is ever judged. Move apart."),
    "fault.masked": N_("%(other)s covers %(percent)s % of it: nothing can be seen there. Move one of them."),
    "fault.floor_few": N_("Distances need at least four marks: add more, or remove these."),
    "fault.floor_double": N_("Two marks lie on one spot: remove one, or correct it."),
    "fault.floor_line": N_("Marks lie on one line: choose the corners of a large rectangle on the floor."),
    "fault.floor_mirrored": N_("The plan is mirrored: X must grow to the right of somebody who looks along Y."),
    "fault.floor_horizon": N_("No camera sees these marks together: is one in the wrong order, or on a wall?"),
    "fault.floor_contradicts": N_("This mark does not agree with the others: measure it again, or mark it again."),
    "fault.drawing": N_("This cannot be drawn so. Move its corners, or remove it and draw it again."),
    "fault.aspect": N_(
        "The scene was drawn on a picture of %(drawn)s, the camera now sends %(now)s: places may be shifted or "
        "stretched. Check each one, then confirm."
    ),
}

_SAVING = {
    "save.clean": N_("Everything is saved."),
    "save.differs": N_("The site file differs from version %(number)s, the latest one stored."),
    "save.dirty": N_("Not saved yet. A draft is kept in this browser."),
    "save.dirty_only": N_("Not saved yet."),
    "save.faults_one": N_("One thing is to be mended before saving."),
    "save.faults_many": N_("%(count)s things are to be mended before saving."),
    "save.saving": N_("Saving …"),
    "save.saved": N_("Saved as version %(number)s. The camera goes over to it within seconds."),
    "save.same": N_("Nothing is different from version %(number)s."),
    "save.lost": N_("No connection: nothing was saved, your drawing is still here. Try again in a moment."),
    "save.expired": N_("Your session has ended. Your drawing is kept in this browser: sign in again and come back."),
    "save.refused": N_("It was not saved: %(why)s"),
    "draft.found": N_("Your unsaved drawing of %(when)s was opened again."),
    "draft.stale": N_("Your unsaved drawing of %(when)s was opened again; the site file has changed since then."),
    "draft.brought_back": N_("This is version %(number)s as a draft. It holds once you save it."),
    "conflict.by": N_("%(who)s saved version %(number)s at %(when)s while you were drawing."),
    "conflict.file": N_("The site file was changed while you were drawing."),
    "conflict.mine": N_("Your drawing is kept. Check it, then save again."),
    "conflict.theirs": N_("The other version is shown. Undo brings your drawing back."),
    "load.failed": N_("The scene could not be loaded. Reload the page; if it happens again, tell the administrator."),
}


def editor_words() -> dict[str, str]:
    """Return the messages of the editor's scripts, by the keys that they use."""
    words = {f"kind.{kind}": message for kind, message in KIND_WORDS.items()}
    words |= {f"kind_hint.{kind}": message for kind, message in KIND_HINTS.items()}
    for part in (_NEW_NAMES, _HINTS, _ACTIONS, _FIELDS, _FAULTS, _SAVING):
        words |= part
    return words
