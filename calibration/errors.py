"""Errors of the calibration package. Each message says what was wrong, where, and what to do; nothing was made.

CalibrationError
├── FloorUnfit
│   ├── TooFewPoints          fewer than four marks
│   ├── PointsDuplicate       two marks on one spot
│   ├── PointsCollinear       marks on one line, or nearly
│   ├── FloorMirrored         left and right of the plan are swapped
│   ├── PointsBeyondHorizon   marks that no camera above a floor sees in this order
│   ├── PointsContradict      marks and measured places do not agree
│   ├── DistancesContradict   measured distances do not agree with one another
│   └── TooFewDistances       the distances leave the marks movable
├── AspectDiffers             a picture of other sides than the one that was drawn on
├── PeopleUnfit
│   ├── TooFewPeople          not enough upright people in full view
│   ├── PeopleAtOneDistance   all of them equally far away
│   └── PeopleUncertain       what they say allows too many cameras
├── LensUnfit
│   ├── TooFewBoards          too few pictures show enough of the board
│   ├── BoardsAlike           all boards at one place, or all turned the same way
│   ├── LensErrorLarge        no lens explains the pictures
│   └── PicturesDiffer        pictures of different sizes
├── LegibilityUnknown         the floor is known, but not the camera above it
└── VerdictsUnfit             verdicts, or what is asked of them, make no sense
"""

from __future__ import annotations

from collections.abc import Sequence


class CalibrationError(ValueError):
    """What was measured does not make a calibration. Nothing was changed."""


class FloorUnfit(CalibrationError):
    """The marks do not make a floor.

    Attributes:
        points: Numbers of the marks at fault, from 1, as the message names them.
    """

    def __init__(self, message: str, points: Sequence[int] = ()) -> None:
        self.points = tuple(points)
        super().__init__(message)


class TooFewPoints(FloorUnfit):
    """A floor needs four marks."""


class PointsDuplicate(FloorUnfit):
    """Two marks lie on one spot, in the picture or on the floor."""


class PointsCollinear(FloorUnfit):
    """Marks lie on one line, so that the floor may still turn about it."""


class FloorMirrored(FloorUnfit):
    """The marks run round the floor the other way than in the picture: the floor is seen from below."""


class PointsBeyondHorizon(FloorUnfit):
    """The horizon would run between the marks."""


class PointsContradict(FloorUnfit):
    """No camera sees the marks where they were marked."""


class DistancesContradict(FloorUnfit):
    """No flat floor has these distances."""


class TooFewDistances(FloorUnfit):
    """The distances do not fix the marks to one another."""


class AspectDiffers(CalibrationError):
    """A picture has other sides than the one that was drawn on: fractions would mean other places."""


class PeopleUnfit(CalibrationError):
    """The people seen do not make a floor."""


class TooFewPeople(PeopleUnfit):
    """There are not enough upright people in full view."""


class PeopleAtOneDistance(PeopleUnfit):
    """All people are equally far away."""


class PeopleUncertain(PeopleUnfit):
    """The people allow too many cameras."""


class LensUnfit(CalibrationError):
    """The pictures of the board do not make a lens."""


class TooFewBoards(LensUnfit):
    """Too few pictures show enough of the board."""


class BoardsAlike(LensUnfit):
    """The board is always at one place, or always turned the same way."""


class LensErrorLarge(LensUnfit):
    """No lens explains the pictures."""


class PicturesDiffer(LensUnfit):
    """The pictures are not all of one size."""


class LegibilityUnknown(CalibrationError):
    """The floor is known, but not how high things above it appear."""


class VerdictsUnfit(CalibrationError):
    """Verdicts on flags, or what is asked of them, make no sense: a score beyond 0..1, a target of 1 or more."""
