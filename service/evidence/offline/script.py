"""The command line of the verifier that is handed to others."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from service.evidence.offline.bundle import BundleReport, check_bundle
from service.evidence.offline.faults import BROKEN, Fault
from service.evidence.offline.journal_file import JournalCheck, head_from, rows_from

_SAID = {
    "vi": {
        "whole": "NGUYÊN VẸN: không có gì bị thay đổi kể từ khi đóng gói.",
        "changed": "ĐÃ BỊ THAY ĐỔI: không dùng làm bằng chứng.",
        "whole_journal": "NGUYÊN VẸN: sổ liền mạch, mọi chữ ký đều khớp.",
        "changed_journal": "ĐÃ BỊ THAY ĐỔI: sổ không còn đúng như đã ghi.",
        "event": "Sự việc",
        "made": "Đóng gói lúc",
        "journal": "Mã sổ",
        "key": "Khóa ký",
        "rows": "Số dòng sổ",
        "stamped": "Dấu thời gian",
        "unstamped": "không có",
        "compare": "Hãy so mã sổ với mã mà cơ quan đã công bố.",
    },
    "en": {
        "whole": "WHOLE: nothing was changed since it was packed.",
        "changed": "CHANGED: do not use it as evidence.",
        "whole_journal": "WHOLE: the journal is unbroken, every signature fits.",
        "changed_journal": "CHANGED: the journal is not as it was written.",
        "event": "Event",
        "made": "Packed at",
        "journal": "Mark of the journal",
        "key": "Signing key",
        "rows": "Journal rows",
        "stamped": "Timestamp",
        "unstamped": "none",
        "compare": "Compare the mark of the journal with the one that the agency has published.",
    },
}


def told_of_bundle(report: BundleReport, language: str) -> list[str]:
    """Say what was found in a bundle, line by line."""
    said = _SAID[language]
    stamp = f"{report.stamped_at} ({report.stamped_by}, SHA-256 {report.stamp_certificate})"
    stamp = stamp if report.stamped_at else said["unstamped"]
    lines = [
        said["whole" if report.is_whole else "changed"],
        f"{said['event']}: {report.event_id}",
        f"{said['made']}: {report.made_at}",
        f"{said['journal']}: {report.journal}",
        f"{said['key']}: {report.key_id}",
        f"{said['rows']}: {report.rows}",
        f"{said['stamped']}: {stamp}",
    ]
    return [*lines, *_fault_lines(report.faults, language), said["compare"]]


def told_of_journal(check: JournalCheck, faults: Sequence[Fault], language: str) -> list[str]:
    """Say what was found in a journal, line by line."""
    said = _SAID[language]
    is_whole = not any(found.level == BROKEN for found in faults)
    lines = [
        said["whole_journal" if is_whole else "changed_journal"],
        f"{said['journal']}: {check.mark}",
        f"{said['key']}: {check.keys.active}",
        f"{said['rows']}: {check.size}",
    ]
    return [*lines, *_fault_lines(faults, language), said["compare"]]


def _fault_lines(faults: Sequence[Fault], language: str) -> list[str]:
    return [("  ! " if found.level == BROKEN else "  ? ") + found.words(language) for found in faults]


def bundle_json(report: BundleReport) -> dict[str, object]:
    """Return what was found in a bundle as JSON holds it."""
    return {
        "whole": report.is_whole,
        "event_id": report.event_id,
        "made_at": report.made_at,
        "journal": report.journal,
        "key": report.key_id,
        "stamped_at": report.stamped_at or None,
        "stamped_by": report.stamped_by or None,
        "stamp_certificate": report.stamp_certificate or None,
        "rows": report.rows,
        "members": report.members,
        "faults": faults_json(report.faults),
    }


def faults_json(faults: Sequence[Fault]) -> list[dict[str, object]]:
    """Return faults as JSON holds them."""
    return [
        {"part": f.part, "code": f.code, "level": f.level, "vi": f.words("vi"), "en": f.words("en")} for f in faults
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Check a bundle, or a journal (``.jsonl``). Returns 0 where it is whole, 1 where not, 2 on wrong use."""
    parser = argparse.ArgumentParser(description="Check evidence bundles and journals of Công Vụ.")
    parser.add_argument("file", type=Path, help="a bundle (.zip), or an exported journal (.jsonl)")
    parser.add_argument("--journal", default="", help="the mark of the journal that it must come from")
    parser.add_argument("--heads", type=Path, help="a file of published heads, for a journal")
    parser.add_argument("--language", choices=("vi", "en"), default="vi")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    try:
        if asked.file.suffix == ".jsonl":
            return _main_journal(asked.file, asked.heads, asked.language, as_json=asked.json)
        report = check_bundle(asked.file.read_bytes(), journal=asked.journal)
    except (OSError, ValueError) as error:
        print(f"{asked.file}: {error}", file=sys.stderr)
        return 2
    print(_one_json(bundle_json(report)) if asked.json else "\n".join(told_of_bundle(report, asked.language)))
    return 0 if report.is_whole else 1


def _main_journal(file: Path, heads_file: Path | None, language: str, *, as_json: bool) -> int:
    heads = [] if heads_file is None else [head_from(line) for line in heads_file.read_bytes().splitlines()]
    check = JournalCheck(heads)
    faults: list[Fault] = []
    with file.open("rb") as lines:
        for row in rows_from(lines):
            faults += check.take(row)
    faults += check.finish()
    is_whole = not any(found.level == BROKEN for found in faults)
    if as_json:
        told = {"whole": is_whole, "journal": check.mark, "rows": check.size, "faults": faults_json(faults)}
        print(_one_json(told))
    else:
        print("\n".join(told_of_journal(check, faults, language)))
    return 0 if is_whole else 1


def _one_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
