"""Which passwords may be chosen. Pure.

Source: NIST SP 800-63B, 5.1.1.2: length counts, rules about digits and signs do not; what is guessed first is refused.
"""

from __future__ import annotations

import unicodedata

from service.api.problems import N_

PASSWORD_MIN_CHARS = 12
PASSWORD_MAX_CHARS = 1024
"""Longer ones are refused unread: hashing them would be a way to keep the server busy."""
DIFFERENT_LEAST = 5

TOO_SHORT = N_("Choose a password of at least 12 characters.")
TOO_LONG = N_("Choose a password of at most 1,024 characters.")
TOO_COMMON = N_("This password is among the first that are guessed. Choose another, such as four words of your own.")
TOO_NEAR = N_("A password must not be made of your login or your name. Choose another.")

_GUESSED = """
    123456789012 1234567890123 12345678901234 123456789123 123123123123 111222333444 098765432109 012345678910
    password1234 password12345 passwordpassword password123456 mypassword123 changeme1234 letmein12345 welcome12345
    qwertyuiop12 qwertyuiop123 qwerty123456 1q2w3e4r5t6y qwertyuiopas asdfghjkl123 iloveyou1234 administrator
    admin1234567 adminadmin12 adminadmin123 admin123admin administrator1
    matkhau12345 matkhau123456 matkhaumatkhau matkhaucuatoi nopassword123 khongcomatkhau anhyeuem1234 emyeuanh1234
    vietnam12345 vietnam123456 vietnamvietnam quangninh1234 hanoi1234567 congchuc1234 congvu123456 thanhtra1234
    thanhtrathanhtra congchuccongchuc congvucongvu tinhquangninh motcua123456
"""
_COMMON = frozenset(_GUESSED.split())


def fault_of_password(password: str, *, login: str, name: str) -> str | None:
    """Return what is wrong with a new password (a catalogue message); None where it may be chosen."""
    if len(password) < PASSWORD_MIN_CHARS:
        return TOO_SHORT
    if len(password) > PASSWORD_MAX_CHARS:
        return TOO_LONG
    plain = _letters_and_digits(password)
    if plain in _COMMON or len(set(password.casefold())) < DIFFERENT_LEAST:
        return TOO_COMMON
    rest = plain
    for known in sorted({_letters_and_digits(login), _letters_and_digits(name)} - {""}, key=len, reverse=True):
        rest = rest.replace(known, "")
    if rest != plain and not _only_letters(rest):
        return TOO_NEAR
    return None


def _letters_and_digits(text: str) -> str:
    """Return a text without case, marks, spaces and signs: `Trần Văn Minh` and `tranvanminh` are the same guess."""
    folded = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    return "".join(character for character in folded if character.isalnum())


def _only_letters(text: str) -> str:
    return "".join(character for character in text if character.isalpha())
