"""The words for what a token may do and how it is, for pages about accounts."""

from __future__ import annotations

from service.api.problems import N_
from service.api.tokens import TokenState
from service.rights import Right

RIGHT_WORDS = {
    Right.SEE_FLAGS: N_("See flags and their evidence"),
    Right.JUDGE: N_("Give verdicts on flags"),
    Right.SETTLE: N_("Settle what two inspectors see differently, hand flags out"),
    Right.HEAR: N_("Hold hearings and conclude"),
    Right.SEE_CASES: N_("See hearings"),
    Right.SEE_STATISTICS: N_("See statistics"),
    Right.SEE_CAMERAS: N_("See cameras and how they work"),
    Right.TEND_CAMERAS: N_("Confirm a camera's view"),
    Right.SET_RULES: N_("Draw scenes, suspend rules"),
    Right.SEE_ATTENDANCE: N_("See attendance"),
    Right.KEEP_ATTENDANCE: N_("Keep timesheets"),
    Right.SEE_STORE: N_("See the evidence store"),
    Right.TEND_STORE: N_("Look after the evidence store"),
    Right.READ_JOURNAL: N_("Read the journal"),
    Right.MANAGE_USERS: N_("See accounts"),
}
"""A token changes no account, whatever its owner may do."""

TOKEN_STATE_WORDS = {
    TokenState.GOOD: N_("in use"),
    TokenState.EXPIRED: N_("expired"),
    TokenState.REVOKED: N_("revoked"),
}

DONE_WORDS = {
    "added": N_("The account was added."),
    "password": N_(
        "Your password was changed. Everywhere else you were signed out, and tokens for programs have ended."
    ),
    "sessions": N_("Signed out there."),
    "token": N_("The token was revoked: it works no more."),
    "factor-off": N_("The second factor is switched off."),
    "changed": N_("The account was changed."),
    "locked_out": N_("Locked out at once: no password, sign-in, link or token is left."),
    "let_in": N_("Let in again. Make a one-time link, so that they can choose a new password."),
    "factor_reset": N_("The second factor was reset; every sign-in and token ended."),
}
