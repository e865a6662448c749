"""Sheets of badges to print and cut: name, unit, and a code for the camera at the door."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

import typst

from service.badges.codes import badge_codes
from service.badges.pictures import marker_modules, qr_modules, to_svg
from service.errors import SiteInvalid
from service.site_tables import OfficerTable, Site

SOURCE = Path(__file__).with_name("sheet.typ")
FOOTER = (
    "Mã in cho biết thẻ của ai, không chứng minh ai đeo thẻ. / A printed code says whose badge it is, not who wears it."
)


class CodeKind(StrEnum):
    """Which codes a badge carries."""

    QR = "qr"
    ARUCO = "aruco"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Card:
    """One badge.

    Attributes:
        qr, marker: Drawings (SVG); empty where the badge does not carry that code. One of them is there.
    """

    name: str
    unit: str
    agency: str
    qr: str
    marker: str


def cards_of(site: Site, officer_ids: Sequence[str], kind: CodeKind) -> list[Card]:
    """Draw the badges of some officers, in the order of the site file; of nobody named: of everybody.

    Raises:
        SiteInvalid: There is nobody, or no such officer, or one without a ``badge_code`` is to carry a marker.
    """
    officers = _chosen(site, officer_ids)
    if kind is not CodeKind.QR:
        bare = [officer.id for officer in officers if officer.badge_code is None]
        if bare:
            raise SiteInvalid(
                [
                    f"officers without badge_code: {', '.join(bare)}; give each a number of their own in [[officers]], "
                    "0 to 999, or print --code qr"
                ]
            )
    by_id = {officer.id: officer for officer in officers}
    return [
        Card(
            name=by_id[code.officer_id].name,
            unit=by_id[code.officer_id].unit,
            agency=site.site.agency,
            qr="" if kind is CodeKind.ARUCO else to_svg(qr_modules(code.qr)),
            marker="" if kind is CodeKind.QR or code.marker is None else to_svg(marker_modules(code.marker)),
        )
        for code in badge_codes(officers)
    ]


def _chosen(site: Site, officer_ids: Sequence[str]) -> list[OfficerTable]:
    known = {officer.id for officer in site.officers}
    unknown = [officer_id for officer_id in officer_ids if officer_id not in known]
    if unknown or not known:
        raise SiteInvalid([f"no officer {', '.join(unknown) or 'at all'} in [[officers]] of the site file"])
    return [officer for officer in site.officers if not officer_ids or officer.id in officer_ids]


def sheet_pdf(cards: Sequence[Card]) -> bytes:
    """Set cards on A4, ten a page. The same cards make the same bytes."""
    return _set(cards, "pdf")[0]


def sheet_pictures(cards: Sequence[Card], *, dots_per_inch: float = 144.0) -> list[bytes]:
    """Return each page as PNG."""
    return _set(cards, "png", dots_per_inch)


def _set(cards: Sequence[Card], form: Literal["pdf", "png"], dots_per_inch: float = 144.0) -> list[bytes]:
    shown = [{"name": c.name, "unit": c.unit, "agency": c.agency, "qr": c.qr, "marker": c.marker} for c in cards]
    words = {"title": "Thẻ công chức / Badges", "lang": "vi", "footer": FOOTER}
    made = typst.compile(
        SOURCE.read_bytes(),
        format=form,
        ppi=dots_per_inch,
        ignore_system_fonts=True,  # the fonts that come with typst know Vietnamese, and are the same everywhere
        sys_inputs={"cards": json.dumps(shown, ensure_ascii=False), "words": json.dumps(words, ensure_ascii=False)},
        timestamp=0,
    )
    if made is None:
        return []
    return made if isinstance(made, list) else [made]
