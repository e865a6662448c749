"""The catalogues hold every message in both languages, with the same placeholders."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from service.web.words import LANGUAGES, LOCALE, translations

SERVICE = LOCALE.parent.parent
Message = str | tuple[str, ...]


def used_messages() -> set[Message]:
    """Every message that templates and modules use."""
    found: set[Message] = set()
    speaking = [path for part in ("api", "web", "attendance") for path in (SERVICE / part).rglob("*.py")]
    for path in speaking:
        found |= set(_of_module(path))
    for path in (SERVICE / "web" / "templates").glob("*.html"):
        found |= set(_of_template(path))
    return found


def _of_module(path: Path) -> list[Message]:
    keywords = {"N_": None, "speak": None, "gettext": None, "ngettext": (1, 2)}
    messages = extract_from_file("python", path, keywords=keywords)
    return [tuple(part for part in m if part) if isinstance(m, tuple) else m for _, m, _, _ in messages if m]


def _of_template(path: Path) -> list[Message]:
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2)}
    options = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
    messages = extract_from_file("jinja2.ext:babel_extract", path, keywords=keywords, options=options)
    return [tuple(part for part in m if part) if isinstance(m, tuple) else m for _, m, _, _ in messages]


def catalogue(language: str) -> Catalog:
    with (LOCALE / language / "messages.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_that_is_used_has_its_words(language: str) -> None:
    held = catalogue(language)
    worded = {m.id for m in held if m.id and not m.fuzzy and _is_filled(m.string)}
    assert set() == used_messages() - worded
    assert not [m.id for m in held if m.id and m.fuzzy]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_catalogue_holds_what_nobody_uses(language: str) -> None:
    assert set() == {m.id for m in catalogue(language) if m.id} - used_messages()


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_survive_translation(language: str) -> None:
    for message in catalogue(language):
        if message.id:
            wanted = _placeholders(message.id if isinstance(message.id, str) else message.id[-1])
            strings = [message.string] if isinstance(message.string, str) else list(message.string)
            assert [wanted] * len(strings) == [_placeholders(text) for text in strings], message.id


def test_vietnamese_is_not_english() -> None:
    same = {m.id for m in catalogue("vi") if m.id and m.id == m.string}
    assert {"Camera"} == same


def test_the_words_of_the_field_are_used() -> None:
    speak = translations("vi").gettext
    wanted = {
        "Flags": "Phát hiện",
        "Breach": "Vi phạm",
        "Left the post": "Rời vị trí làm việc",
        "Late": "Đi muộn",
        "Early": "Về sớm",
        "No data": "Không có dữ liệu",
    }
    assert wanted == {message: speak(message) for message in wanted}


def _is_filled(text: str | tuple[str, ...]) -> bool:
    return bool(text) if isinstance(text, str) else bool(text) and all(text)


def _placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)s", text))
