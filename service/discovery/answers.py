"""Read XML that a stranger on the network sent: no document types, no entities, no control characters."""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from service.discovery.errors import AnswerBroken

ANSWER_MOST_BYTES = 1_000_000
"""Longer answers are not read to their end: 64 profiles, as of a recorder, take about 300 kB."""

WORDS_MOST = 80


def read_xml(content: bytes) -> Element:
    """Parse an answer.

    Raises:
        AnswerBroken: It is too long, no XML, or declares a document type: that is how entities are made, which expand
            to gigabytes or name files of this computer. SOAP forbids it (SOAP 1.2, section 5).
    """
    if len(content) > ANSWER_MOST_BYTES:
        raise AnswerBroken(f"the answer is longer than {ANSWER_MOST_BYTES} bytes")
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException:
        raise AnswerBroken("the answer declares a document type or entities, which SOAP forbids") from None
    except (ParseError, ValueError, LookupError):  # the last two: an encoding that is unknown, or not what it says
        raise AnswerBroken("the answer is not XML") from None
    return root


def words_of(element: Element | None, name: str) -> str:
    """Return the text of the first descendant of that name, whatever its namespace; empty where there is none."""
    found = None if element is None else element.find(f".//{{*}}{name}")
    return "" if found is None else (found.text or "").strip()


def number_of(element: Element | None, name: str) -> int | None:
    """Return a descendant's whole number, 0 to a million; None where there is none."""
    text = words_of(element, name)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None


def plain(text: str) -> str:
    """Keep of a stranger's words what may stand in a terminal: nothing that moves the cursor or turns the writing."""
    return "".join(letter for letter in text if letter.isprintable())[:WORDS_MOST].strip()
