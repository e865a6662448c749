"""The command line of the verifier that is handed to others."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from service.evidence.offline.bundle import check_bundle
from service.evidence.offline.bundle_report import CHANGED, NOT_VOUCHED, WHOLE, BundleReport, Trusted, verdict_of
from service.evidence.offline.faults import BROKEN, UNVOUCHED, WARNING, Fault, fault, printable
from service.evidence.offline.journal_file import JournalCheck, rows_from
from service.evidence.offline.journal_heads import GivenHead, head_from

_SAID: dict[str, dict[str, Any]] = {
    "vi": {
        "bundle": {
            WHOLE: "NGUYÊN VẸN: không có gì bị thay đổi kể từ khi đóng gói.",
            NOT_VOUCHED: "CHƯA ĐƯỢC XÁC NHẬN: không rõ ai đã ký. Chưa dùng làm bằng chứng.",
            CHANGED: "ĐÃ BỊ THAY ĐỔI: không dùng làm bằng chứng.",
        },
        "book": {
            WHOLE: "NGUYÊN VẸN: sổ liền mạch, mọi chữ ký đều khớp.",
            NOT_VOUCHED: "CHƯA ĐƯỢC XÁC NHẬN: sổ liền mạch, nhưng không rõ ai đã ký một phần.",
            CHANGED: "ĐÃ BỊ THAY ĐỔI: sổ không còn đúng như đã ghi.",
        },
        BROKEN: "Lỗi",
        UNVOUCHED: "Chưa rõ",
        WARNING: "Lưu ý",
        "none": "KHÔNG PHẢI GÓI BẰNG CHỨNG.",
        "event": "Sự việc",
        "made": "Đóng gói lúc",
        "journal": "Mã sổ",
        "key": "Khóa ký",
        "rows": "Số dòng sổ",
        "stamped": "Dấu thời gian",
        "unstamped": "không có",
        "withheld": "{} tệp gốc không được đưa vào gói; chỉ có bản đã che.",
        "compare": "Hãy so mã sổ và khóa ký với những gì cơ quan đã công bố.",
    },
    "en": {
        "bundle": {
            WHOLE: "WHOLE: nothing was changed since it was packed.",
            NOT_VOUCHED: "NOT VOUCHED FOR: it is not known who signed it. Do not use it as evidence yet.",
            CHANGED: "CHANGED: do not use it as evidence.",
        },
        "book": {
            WHOLE: "WHOLE: the journal is unbroken, every signature fits.",
            NOT_VOUCHED: "NOT VOUCHED FOR: the journal is unbroken, but it is not known who signed a part of it.",
            CHANGED: "CHANGED: the journal is not as it was written.",
        },
        BROKEN: "Fault",
        UNVOUCHED: "Not known",
        WARNING: "Note",
        "none": "THIS IS NO EVIDENCE BUNDLE.",
        "event": "Event",
        "made": "Packed at",
        "journal": "Mark of the journal",
        "key": "Signing key",
        "rows": "Journal rows",
        "stamped": "Timestamp",
        "unstamped": "none",
        "withheld": "{} originals are not in the bundle; only redacted copies are.",
        "compare": "Compare the mark of the journal and the signing key with those that the agency has published.",
    },
}


def told_of_bundle(report: BundleReport, language: str) -> list[str]:
    """Say what was found in a bundle, line by line."""
    said = _SAID[language]
    if not report.event_id:
        return [said["none"], *_fault_lines(report.faults, language)]
    stamp = f"{report.stamped_at} ({report.stamped_by}, SHA-256 {report.stamp_certificate})"
    stamp = stamp if report.stamped_at else said["unstamped"]
    lines = [
        said["bundle"][report.verdict],
        f"{said['event']}: {report.event_id}",
        f"{said['made']}: {report.made_at}",
        f"{said['journal']}: {report.journal}",
        f"{said['key']}: {report.key_id}",
        f"{said['rows']}: {report.rows}",
        f"{said['stamped']}: {stamp}",
    ]
    if report.withheld:
        lines.append(said["withheld"].format(report.withheld))
    return [*map(printable, lines), *_fault_lines(report.faults, language), said["compare"]]


def told_of_journal(check: JournalCheck, faults: Sequence[Fault], language: str) -> list[str]:
    """Say what was found in a journal, line by line."""
    said = _SAID[language]
    lines = [
        said["book"][verdict_of(list(faults))],
        f"{said['journal']}: {check.mark}",
        f"{said['key']}: {check.keys.active}",
        f"{said['rows']}: {check.size}",
    ]
    return [*lines, *_fault_lines(faults, language), said["compare"]]


def _fault_lines(faults: Sequence[Fault], language: str) -> list[str]:
    said = _SAID[language]
    shown = [f"  {said[found.level]}: {found.words(language)}" for found in faults[:SHOWN_FAULTS]]
    return shown if len(faults) <= SHOWN_FAULTS else [*shown, f"  ... (+{len(faults) - SHOWN_FAULTS})"]


def bundle_json(report: BundleReport) -> dict[str, object]:
    """Return what was found in a bundle as JSON holds it."""
    return {
        "verdict": report.verdict,
        "whole": report.is_whole,
        "event_id": report.event_id,
        "made_at": report.made_at,
        "journal": report.journal,
        "key": report.key_id,
        "stamped_at": report.stamped_at or None,
        "stamped_by": report.stamped_by or None,
        "stamp_certificate": report.stamp_certificate or None,
        "rows": report.rows,
        "withheld": report.withheld,
        "members": report.members,
        "faults": faults_json(report.faults),
    }


def faults_json(faults: Sequence[Fault]) -> list[dict[str, object]]:
    """Return faults as JSON holds them."""
    return [
        {"part": f.part, "code": f.code, "level": f.level, "vi": f.words("vi"), "en": f.words("en")} for f in faults
    ]


SHOWN_FAULTS = 100
EXIT_CODES = {WHOLE: 0, CHANGED: 1, NOT_VOUCHED: 3}


def main(arguments: Sequence[str] | None = None) -> int:
    """Check a bundle, or a journal (``.jsonl``).

    Returns:
        0 where it is whole, 1 where it was changed, 2 on wrong use, 3 where nobody vouches for who signed it.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # Vietnamese, whatever the computer's own
    asked = _parser().parse_args(arguments)
    try:
        trusted = Trusted.told(asked.journal, asked.key, _heads_in(asked.heads))
        if asked.file.suffix == ".jsonl":
            return _main_journal(asked.file, trusted, asked.language, as_json=asked.json)
        report = check_bundle(asked.file.read_bytes(), trusted)
    except (OSError, ValueError) as error:
        print(f"{asked.file}: {printable(str(error))}", file=sys.stderr)
        return 2
    print(_one_json(bundle_json(report)) if asked.json else "\n".join(told_of_bundle(report, asked.language)))
    return EXIT_CODES[report.verdict]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Check evidence bundles and journals of Công Vụ.")
    parser.add_argument("file", type=Path, help="a bundle (.zip), or an exported journal (.jsonl)")
    parser.add_argument("--journal", default="", help="the mark of the journal that it must come from")
    parser.add_argument("--key", action="append", default=[], help="a key that is the agency's; may be given again")
    parser.add_argument("--heads", type=Path, help="a file of heads that the agency has given out")
    parser.add_argument("--language", choices=("vi", "en"), default="vi")
    parser.add_argument("--json", action="store_true")
    return parser


def _heads_in(file: Path | None) -> list[GivenHead]:
    return [] if file is None else [head_from(line) for line in file.read_bytes().splitlines()]


def _main_journal(file: Path, trusted: Trusted, language: str, *, as_json: bool) -> int:
    check = JournalCheck(trusted.heads, trusted.keys)
    faults: list[Fault] = []
    with file.open("rb") as lines:
        for row in rows_from(lines):
            faults += check.take(row)
    faults += check.finish()
    if trusted.journal and check.mark != trusted.journal:
        faults.append(fault("journal row 0", "other_journal", came=check.mark, wanted=trusted.journal))
    verdict = verdict_of(faults)
    if as_json:
        told = {"verdict": verdict, "whole": verdict == WHOLE, "journal": check.mark, "rows": check.size}
        print(_one_json({**told, "faults": faults_json(faults)}))
    else:
        print("\n".join(told_of_journal(check, faults, language)))
    return EXIT_CODES[verdict]


def _one_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, indent=2)
