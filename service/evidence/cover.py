"""The cover page of a bundle: what it is about, in plain words of two languages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import typst

from service.db.journal import PublishedHead
from service.db.records import EventRecord, EvidenceRecord, SiteRecord
from service.db.redacted import RedactedCopy
from service.evidence.words import KIND_WORDS, RULE_WORDS, VERDICT_WORDS
from service.review.standing import decided

SOURCE = Path(__file__).with_name("cover.typ")
WITHHELD = (
    "Các tệp gốc không được đưa vào gói này; chỉ có bản đã che. / The originals are not in this bundle; only redacted "
    "copies are."
)
FALLBACK_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@dataclass(frozen=True, slots=True)
class CoverFacts:
    """What the cover tells beside the event itself.

    Attributes:
        site: Where it happened; None where that is not known.
        mark: Mark of the journal; rows: how many of its rows are in the bundle.
        made_at: When the bundle was made.
        copies: Redacted copies in it.
        without_originals: The originals are left out; their sums stand here.
    """

    site: SiteRecord | None
    mark: str
    rows: int
    head: PublishedHead
    made_at: datetime
    copies: tuple[RedactedCopy, ...] = ()
    without_originals: bool = False

    @property
    def zone(self) -> ZoneInfo:
        """Time zone of the site."""
        return FALLBACK_ZONE if self.site is None else ZoneInfo(self.site.timezone)


def cover_page(event: EventRecord, evidence: Sequence[EvidenceRecord], facts: CoverFacts) -> bytes:
    """Set the cover page as PDF. The same facts make the same bytes."""
    made = typst.compile(
        SOURCE.read_bytes(),
        format="pdf",
        ignore_system_fonts=True,  # the fonts that come with typst know Vietnamese, and are the same everywhere
        sys_inputs={"page": json.dumps(_page(event, evidence, facts), ensure_ascii=False)},
        timestamp=0,
    )
    assert isinstance(made, bytes)
    return made


def _page(event: EventRecord, evidence: Sequence[EvidenceRecord], facts: CoverFacts) -> dict[str, object]:
    rule_vi, rule_en = RULE_WORDS.get(event.asked_rule, (event.asked_rule, event.asked_rule))
    return {
        "title": f"Gói bằng chứng {event.event_id}",
        "agency": "" if facts.site is None else f"{facts.site.agency} - {facts.site.name}",
        "heading": f"Gói bằng chứng: {rule_vi}",
        "heading-en": f"Evidence bundle: {rule_en}",
        "caution": "Đây là cảnh báo của hệ thống, không phải kết luận. Chỉ con người mới kết luận.",
        "caution-en": "This is a flag of the system, not a finding. Only people conclude.",
        "facts": [{"vi": vi, "en": en, "value": value} for vi, en, value in _facts(event, facts)],
        "files-heading": "Các tệp bằng chứng",
        "files-heading-en": "Files of evidence and their SHA-256",
        "withheld": WITHHELD if facts.without_originals else "",
        "file-columns": ["Tệp / File", "Thời gian / Time", "Dung lượng / Size"],
        "files": [*(_file(record, facts.zone) for record in evidence), *map(_copy, facts.copies)],
        "check-heading": "Kiểm tra gói này",
        "check-heading-en": "How to check this bundle",
        "marks": [{"vi": vi, "en": en, "value": value} for vi, en, value in _marks(facts)],
        "how": (
            "Trên máy bất kỳ có Python 3.10 và thư viện cryptography: python verify_congvu.py GOI.zip. Trình kiểm tra "
            "nên lấy từ nơi khác, và mã sổ phải đúng với mã mà cơ quan đã công bố."
        ),
        "how-en": (
            "On any computer with Python 3.10 and the library cryptography: python verify_congvu.py BUNDLE.zip. Get "
            "the verifier from elsewhere, and compare the mark of the journal with the one published."
        ),
        "footer": f"Công Vụ · {event.event_id} · giờ {facts.zone.key}",
    }


def _facts(event: EventRecord, facts: CoverFacts) -> list[tuple[str, str, str]]:
    zone = facts.zone
    ended = "đang diễn ra / still going on" if event.ended_at is None else _time(event.ended_at, zone)
    return [
        ("Mã sự việc", "Event", event.event_id),
        ("Camera, vị trí", "Camera, place", f"{event.camera_name}, {event.place_name}"),
        ("Người được phân công tại vị trí", "Assigned to the place", ", ".join(event.officers) or "-"),
        ("Bắt đầu", "Started", _time(event.started_at, zone)),
        ("Kết thúc", "Ended", ended),
        (
            "Điểm cao nhất, ngưỡng",
            "Highest score, threshold",
            f"{_number(event.peak_score)} ({_time(event.peak_at, zone)}); {_number(event.threshold)}",
        ),
        ("Nhận định", "Verdict", _verdict(event)),
        ("Mô hình (SHA-256)", "Model (SHA-256)", event.model_sha256),
        ("Phiên bản sơ đồ", "Version of the scene", "-" if event.scene_version is None else str(event.scene_version)),
        ("Đóng gói lúc", "Packed at", _time(facts.made_at, zone)),
    ]


def _marks(facts: CoverFacts) -> list[tuple[str, str, str]]:
    told = json.loads(facts.head.content)
    return [
        ("Mã sổ", "Mark of the journal", facts.mark),
        ("Gốc của sổ", "Root of the journal", told["root"]),
        ("Số dòng của sổ", "Rows of the journal", f"{told['size']} ({facts.rows} trong gói / in the bundle)"),
        ("Khóa ký", "Signing key", told["key"]),
    ]


def _file(record: EvidenceRecord, zone: ZoneInfo) -> dict[str, str]:
    vi, en = KIND_WORDS[record.kind]
    span = _time(record.start, zone)
    if record.end != record.start:
        span += f" - {record.end.astimezone(zone):%H:%M:%S}"
    name = f"{vi} / {en} ({record.kind}.{'mp4' if record.media_type == 'video/mp4' else 'jpg'})"
    return {"name": name, "span": span, "size": _size(record.size_bytes), "sha256": record.sha256}


def _copy(copy: RedactedCopy) -> dict[str, str]:
    vi, en = KIND_WORDS[copy.kind]
    name = f"{vi}, đã che / {en}, redacted ({copy.mode})"
    return {"name": name, "span": "", "size": _size(copy.size_bytes), "sha256": copy.sha256}


def _verdict(event: EventRecord) -> str:
    verdict = decided(event.standing)
    if verdict is None:
        return "chưa có nhận định / none yet"
    vi, en = VERDICT_WORDS[verdict]
    return f"{vi} / {en}"


def _size(size_bytes: int) -> str:
    return f"{max(1, round(size_bytes / 1000)):,} kB".replace(",", ".")


def _number(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")


def _time(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%d/%m/%Y %H:%M:%S}"
