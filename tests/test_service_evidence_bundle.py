"""Bundles: whole ones pass, and whatever was changed in one is found and named by both verifiers."""

from __future__ import annotations

import json
import random
import struct
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from service.cli import app
from service.custody import replace_lost_key, rotate_key
from service.db.journal import JournalHead, JournalRepository
from service.db.records import EvidenceKind
from service.errors import EvidenceChanged, EvidenceMissing, NotFound
from service.evidence.assembling import MODULES, OFFLINE, verifier_script
from service.evidence.credentials import Credentialer, make_signing_certificate, read_credentials
from service.evidence.cutter import to_jpeg
from service.evidence.exporting import Asked
from service.evidence.journal import JournalEnd, RowKind, body_of, next_row, signed
from service.evidence.offline import bundle as offline_bundle
from service.evidence.offline.bundle import BUNDLE_DOMAIN, check_bundle
from service.evidence.offline.bundle_report import (
    CHANGED,
    EVENT,
    HEAD,
    KEYS_ROWS,
    MANIFEST,
    MANIFEST_SIGNATURE,
    NOT_VOUCHED,
    ROWS,
    WHOLE,
    Trusted,
)
from service.evidence.offline.container import read_container, write_container
from service.evidence.offline.journal_heads import head_from
from service.evidence.offline.journal_rows import KEY_SUBJECT, JournalRow, canonical, grow, row_from, sum_of
from service.evidence.offline.script import told_of_bundle
from service.evidence.publishing import sign_head
from service.evidence.signing import KeyFolder, Signer
from service.evidence.timestamps import TimestampAuthority
from service.evidence.tree import path_of
from service.redaction.finding import load_finder
from service.redaction.keeping import Redactor
from service.redaction.modes import Mode
from service.workers.retention import RetentionKeeper
from tests.evidence_world import EvidenceWorld
from tests.pens import pen_in
from tests.timestamp_authority import Authority, served
from tests.verifiers import the_script
from tests.web_world import clip_bytes
from vision.clock import SystemClock

FLIPS = 1000
OLD_BUNDLES = Path(__file__).parent / "bundles"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EvidenceWorld]:
    world = EvidenceWorld(tmp_path_factory.mktemp("evidence"))
    world.add_site()
    world.add_user()
    yield world
    world.database.close()


@pytest.fixture(scope="module")
def bundle(world: EvidenceWorld) -> bytes:
    event_id = world.record()
    world.record("left_post")
    return world.custody.exporter.export(event_id, asked(world))


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("elsewhere") / "verify_congvu.py"
    path.write_text(verifier_script(), encoding="utf-8")
    return path


def asked(world: EvidenceWorld) -> Asked:
    return Asked(None, "the inspectorate asked for it", world.clock.now())


def by_script(script: Path, bundle: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Run the verifier where nothing else of ours can be imported."""
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", script, bundle, "--json", *options],
        capture_output=True, cwd=script.parent, check=False,
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout)


def part_at(bundle: bytes, position: int) -> set[str]:
    """Return the names of the member that a byte belongs to, its content, header or entry; else of the archive."""
    members, _ = read_container(bundle)
    offset = 0
    for name, content in members.items():
        offset += 30 + len(name) + len(content)
        if position < offset:
            return {name}
    for name in members:
        offset += 46 + len(name)
        if position < offset:
            return {name, "archive"}
    return {"archive"}


def test_an_untouched_bundle_passes_both_verifiers(bundle: bytes, script: Path, tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(bundle)
    code, told = by_script(script, path)
    by_command = CliRunner().invoke(app, ["evidence", "verify", str(path), "--json"])
    assert (0, True, []) == (code, told["whole"], told["faults"])
    assert (0, told) == (by_command.exit_code, json.loads(by_command.stdout))


@pytest.mark.parametrize("verifier", [offline_bundle, the_script()], ids=["command", "script"])
def test_a_thousand_flipped_bits_are_found_and_named(verifier: ModuleType, bundle: bytes) -> None:
    rng = random.Random(7)
    changed = bytearray(bundle)
    members, _ = read_container(bundle)
    # as many in each member as in the rest, however small it is
    starts, offset = {}, 0
    for name, content in members.items():
        starts[name] = (offset, offset + 30 + len(name) + len(content))
        offset = starts[name][1]
    starts["archive"] = (offset, len(bundle))
    regions = list(starts.values())
    for i in range(FLIPS):
        first, last = regions[i % len(regions)]
        position, bit = rng.randrange(first, last), 1 << rng.randrange(8)
        changed[position] ^= bit
        report = verifier.check_bundle(bytes(changed))
        assert not report.is_whole, (position, bit)
        wanted = part_at(bundle, position)
        assert any(name in found.part for found in report.faults for name in wanted), (position, report.faults)
        assert all(found.words("vi") != found.words("en") for found in report.faults)
        changed[position] ^= bit
    assert verifier.check_bundle(bytes(changed)).is_whole


def test_the_script_says_of_a_flipped_bit_what_the_command_says(bundle: bytes, script: Path, tmp_path: Path) -> None:
    rng = random.Random(11)
    for i in range(12):
        changed = bytearray(bundle)
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        path = tmp_path / f"{i}.zip"
        path.write_bytes(changed)
        code, told = by_script(script, path)
        by_command = CliRunner().invoke(app, ["evidence", "verify", str(path), "--json"])
        assert (1, told) == (code, json.loads(by_command.stdout))
        assert 1 == by_command.exit_code


def test_cut_off_doubled_or_foreign_files_are_no_bundles(bundle: bytes) -> None:
    for broken in (b"", b"PK", bundle[: len(bundle) // 2], bundle[:-1], bundle + b"x", bundle * 2, b"\0" * 5000):
        assert not check_bundle(broken).is_whole


def resealed(members: dict[str, bytes], signer: Signer) -> bytes:
    """Make the sums of the manifest right again and sign it, as somebody with a key could."""
    manifest = json.loads(members[MANIFEST])
    manifest["members"] = [
        {"name": name, "sha256": sum_of(content), "size_bytes": len(content)}
        for name, content in sorted(members.items())
        if name not in (MANIFEST, MANIFEST_SIGNATURE, "manifest.tst")
    ]
    members[MANIFEST] = canonical(manifest)
    members[MANIFEST_SIGNATURE] = signer.sign(BUNDLE_DOMAIN, members[MANIFEST]).hex().encode()
    return write_container(members)


def codes(bundle: bytes) -> set[str]:
    return {found.code for found in check_bundle(bundle).faults}


def test_a_bundle_sealed_anew_with_another_key_is_found(bundle: bytes) -> None:
    members, _ = read_container(bundle)
    members["evidence/clip.mp4"] = b"another clip"
    assert {"manifest_unsigned", "not_in_journal", "evidence_missing"} <= codes(resealed(members, Signer.fresh()))


@pytest.mark.parametrize("name", [ROWS, KEYS_ROWS])
@pytest.mark.parametrize("how", ["drop", "double", "swap", "edit"])
def test_rows_tampered_with_are_found_even_by_whoever_holds_the_key(
    world: EvidenceWorld, bundle: bytes, name: str, how: str
) -> None:
    members, _ = read_container(bundle)
    lines = members[name].split(b"\n")
    if how == "drop":
        del lines[0]
    elif how == "double":
        lines.append(lines[0])
    elif how == "swap":
        value = json.loads(lines[0])
        value["row"]["seq"], value["row"]["at"] = value["row"]["seq"] + 1, 0
        lines[0] = canonical(value)
    else:
        value = json.loads(lines[-1])
        value["row"]["body"] = value["row"]["body"].replace('"', "'", 1)
        lines[-1] = canonical(value)
    members[name] = b"\n".join(lines)
    assert not check_bundle(resealed(members, world.pen.signer)).is_whole


def test_facts_that_were_made_nicer_are_found_even_by_whoever_holds_the_key(
    world: EvidenceWorld, bundle: bytes
) -> None:
    members, _ = read_container(bundle)
    event = json.loads(members[EVENT])
    event["facts"]["peak_score"] = 0.99
    members[EVENT] = canonical(event)
    assert {"facts_differ"} == codes(resealed(members, world.pen.signer))
    members, _ = read_container(bundle)
    event = json.loads(members[EVENT])
    event["observations"][0][1] = "no"
    members[EVENT] = canonical(event)
    assert {"facts_differ"} == codes(resealed(members, world.pen.signer))


def test_a_bundle_of_another_journal_is_named(bundle: bytes) -> None:
    report = check_bundle(bundle, Trusted("0" * 64))
    assert ["other_journal"] == [found.code for found in report.faults]
    assert check_bundle(bundle, Trusted(report.journal, (report.key_id,))).is_whole
    assert {"other_key"} == {found.code for found in check_bundle(bundle, Trusted(keys=("0" * 32,))).faults}


@pytest.mark.parametrize("path", sorted(OLD_BUNDLES.glob("*.zip")), ids=lambda path: path.stem)
def test_bundles_of_earlier_versions_still_pass(path: Path) -> None:
    report = check_bundle(path.read_bytes())
    assert (WHOLE, [], 5) == (report.verdict, report.faults, report.rows)


def test_a_version_to_come_is_refused_with_a_clear_word(world: EvidenceWorld, bundle: bytes) -> None:
    members, _ = read_container(bundle)
    manifest = json.loads(members[MANIFEST])
    members[MANIFEST] = canonical({**manifest, "version": 99})
    report = check_bundle(resealed(members, world.pen.signer))
    assert any("99" in found.words("en") for found in report.faults)


def test_a_changed_file_or_event_makes_no_bundle(world: EvidenceWorld) -> None:
    event_id = world.record("badge_missing")
    key = f"cam/{event_id}/clip.mp4"
    with world.store.open(key) as file:
        content = file.read()
    (world.folder / "evidence" / key).write_bytes(b"x" + content[1:])
    with pytest.raises(EvidenceChanged, match="is not what was stored"):
        world.custody.exporter.export(event_id, asked(world))
    (world.folder / "evidence" / key).unlink()
    with pytest.raises(EvidenceMissing):
        world.custody.exporter.export(event_id, asked(world))
    world.store.put(key, content)
    with world.database.transaction() as session:
        session.execute(text("UPDATE events SET peak_score = 0.99 WHERE event_id = :id"), {"id": event_id})
    with pytest.raises(EvidenceChanged, match="peak_score"):
        world.custody.exporter.export(event_id, asked(world))


def test_an_event_that_the_journal_does_not_know_makes_no_bundle(world: EvidenceWorld) -> None:
    unknown = world.add_event("left_post", world.clock.now(), evidence={EvidenceKind.CLIP: b"clip"})
    with pytest.raises(EvidenceChanged, match="not in the journal"):
        world.custody.exporter.export(unknown, asked(world))
    with pytest.raises(NotFound):
        world.custody.exporter.export("nobody", asked(world))


def test_that_a_bundle_was_made_is_in_the_journal_and_in_the_bundle(world: EvidenceWorld, bundle: bytes) -> None:
    members, _ = read_container(bundle)
    kinds = [json.loads(line)["row"]["kind"] for line in members[ROWS].splitlines()]
    assert RowKind.EXPORTED == kinds[-1]
    assert b"the inspectorate asked for it" not in bundle


def test_after_a_lost_key_a_bundle_is_whole_only_for_whoever_knows_the_new_one(tmp_path: Path) -> None:
    world = EvidenceWorld(tmp_path)
    world.add_site()
    (tmp_path / "keys" / "signing.pem").unlink()
    replace_lost_key(world.database, KeyFolder(tmp_path / "keys"), at=world.clock.now(), reason="disk died")
    world.pen = pen_in(tmp_path, world.database, world.clock)
    bundle = world.custody.exporter.export(world.record(), asked(world))
    report = check_bundle(bundle)
    assert (NOT_VOUCHED, ["key_replaced"]) == (report.verdict, [found.code for found in report.faults])
    assert WHOLE == check_bundle(bundle, Trusted(keys=(world.pen.signer.key_id,))).verdict
    world.database.close()


def test_every_module_of_the_offline_package_is_in_the_script() -> None:
    assert sorted(path.stem for path in OFFLINE.glob("*.py") if path.stem != "__init__") == sorted(MODULES)


def test_the_journal_is_exported_published_and_checked_by_command_and_script(
    world: EvidenceWorld, bundle: bytes, script: Path, tmp_path: Path
) -> None:
    runner, data = CliRunner(), ["--data", str(world.folder)]
    assert 0 == runner.invoke(app, ["journal", "publish", *data]).exit_code
    out, heads = tmp_path / "journal.jsonl", world.folder / "journal-heads.jsonl"
    assert 0 == runner.invoke(app, ["journal", "export", "--out", str(out), *data]).exit_code
    assert 0 == runner.invoke(app, ["journal", "verify", "--heads", str(heads), *data]).exit_code
    code, told = by_script(script, out, "--heads", str(heads))
    assert (0, True) == (code, told["whole"])
    lines = out.read_bytes().splitlines(keepends=True)
    out.write_bytes(b"".join(lines[:-1]))  # the end is cut off: only the head tells
    code, told = by_script(script, out, "--heads", str(heads))
    assert (1, ["journal_short"]) == (code, [found["code"] for found in told["faults"]])
    assert 0 == by_script(script, out)[0]


def test_a_journal_changed_in_the_database_is_found_by_the_command(world: EvidenceWorld, bundle: bytes) -> None:
    data = ["--data", str(world.folder)]
    with world.database.transaction() as session:
        session.execute(text("UPDATE journal SET kind = 'gap' WHERE seq = 3"))
    told = json.loads(CliRunner().invoke(app, ["journal", "verify", "--json", *data]).stdout)
    assert not told["whole"]
    assert "journal row 3" in {found["part"] for found in told["faults"]}


def test_redacted_copies_and_content_credentials_go_into_the_bundle(tmp_path: Path) -> None:
    world = EvidenceWorld(tmp_path)
    world.add_site()
    picture = to_jpeg(np.full((480, 640, 3), 120, np.uint8))
    event_id = world.record(evidence={EvidenceKind.CLIP: clip_bytes(1.0), EvidenceKind.SNAPSHOT: picture})
    redactor = Redactor(world.database, world.store, world.pen, load_finder)
    shares: list[float] = []
    copies = redactor.redact(
        event_id, Mode.EVERYONE, user_id=None, reason="a journalist asked", at=world.clock.now(), progress=shares.append
    )
    again = redactor.redact(event_id, Mode.EVERYONE, user_id=None, reason="again", at=world.clock.now())
    made = make_signing_certificate("Sở Nội vụ", valid_from=SystemClock().now(), valid_for=timedelta(days=30))
    credentialer = Credentialer(made.certificate_chain_pem, made.private_key_pem, version="0.1.0")
    bundle = replace(world.custody, credentialer=credentialer).exporter.export(event_id, asked(world))
    assert ([], [c.sha256 for c in copies]) == (check_bundle(bundle).faults, [c.sha256 for c in again])
    assert shares == sorted(shares) and 1.0 == pytest.approx(shares[-1])
    members, _ = read_container(bundle)
    for name in ("evidence/clip.mp4", "redacted/everyone/clip.mp4", "evidence/snapshot.jpg"):
        media_type = "video/mp4" if name.endswith("mp4") else "image/jpeg"
        told = read_credentials(members[f"credentials/{name}"], media_type)
        assert told.claim is not None
        assert (True, event_id) == (told.is_whole, told.claim.event_id)
    kinds = [json.loads(line)["row"]["kind"] for line in members[ROWS].splitlines()]
    assert 4 == kinds.count("redacted")
    changed, _ = read_container(bundle)
    changed["redacted/everyone/clip.mp4"] = changed["evidence/clip.mp4"]
    assert {"not_in_journal"} == codes(resealed(changed, world.pen.signer))
    world.database.close()


def test_a_timestamp_is_checked_and_told(world: EvidenceWorld, tmp_path: Path) -> None:
    made = Authority.made(tmp_path / "authority")
    with served(made.reply) as address:
        authority = TimestampAuthority(address, timedelta(seconds=20), roots=made.folder / "root.pem")
        custody = replace(world.custody, authority=authority)
        bundle = custody.exporter.export(world.record("smoking", world.clock.now()), asked(world))
    report = check_bundle(bundle)
    assert (True, True) == (report.is_whole, bool(report.stamped_at))
    members, _ = read_container(bundle)
    token = bytearray(members["manifest.tst"])
    token[len(token) // 2] ^= 1
    assert {"timestamp_broken"} == codes(write_container({**members, "manifest.tst": bytes(token)}))
    # signed anew, at another time than was witnessed
    members["cover.pdf"] = b"another cover"
    assert {"timestamp_broken"} == codes(resealed(members, world.pen.signer))


def forged(members: dict[str, bytes], world: EvidenceWorld, signer: Signer, *, with_loss: bool) -> bytes:
    """Continue the journal's first row as somebody would who knows that row and has a key of their own."""
    rows = [row_from(json.loads(members[KEYS_ROWS].split(b"\n")[0])["row"])]
    told = json.loads(members[EVENT])
    subjects: dict[str, int] = {KEY_SUBJECT: 0}
    if with_loss:
        facts: dict[str, Any] = {"public_key": signer.public_key.hex(), "key_id": signer.key_id}
        rows.append(continued(rows, subjects, RowKind.KEY_LOST, KEY_SUBJECT, facts, signer))
    event_id = json.loads(members[MANIFEST])["event_id"]
    files = {name: content for name, content in members.items() if name.startswith("evidence/")}
    rows.append(continued(rows, subjects, RowKind.EVENT_ENDED, event_id, {"facts": told["facts"]}, signer))
    for name, content in files.items():
        kind = name.partition("/")[2].partition(".")[0]
        facts = {"sha256": sum_of(content), "kind": kind}
        rows.append(continued(rows, subjects, RowKind.EVIDENCE_STORED, event_id, facts, signer))
    peaks: list[bytes] = []
    nodes: list[list[bytes]] = []
    for row in rows:
        peaks, made = grow(peaks, row.seq, row.leaf())
        nodes.append(made)
    lines = [
        canonical(
            {
                "row": row.to_json(),
                "path": [
                    step.hex()
                    for step in path_of(row.seq, len(rows), lambda s: nodes[s[1] - 1][(s[1] - s[0]).bit_length() - 1])
                ],
            }
        )
        for row in rows
    ]
    keys = 2 if with_loss else 1
    head = sign_head(
        JournalHead(len(rows), rows[-1].leaf(), signer.key_id, tuple(peaks)),
        rows[0].leaf().hex(),
        signer,
        world.clock.now(),
    )
    members[KEYS_ROWS], members[ROWS] = b"\n".join(lines[:keys]), b"\n".join(lines[keys:])
    members["journal/head.json"], members["journal/head.sig"] = head.content, head.signature.hex().encode()
    manifest = json.loads(members[MANIFEST])
    members[MANIFEST] = canonical({**manifest, "key": signer.key_id, "rows": len(rows) - keys})
    return resealed(members, signer)


def continued(
    rows: list[JournalRow], subjects: dict[str, int], kind: RowKind, subject: str, facts: dict[str, Any], signer: Signer
) -> JournalRow:
    end = JournalEnd(len(rows), rows[-1].leaf(), subjects.get(subject))
    row = next_row(end, kind, subject=subject, body=body_of(facts), at_us=1, key_id=signer.key_id)
    subjects[subject] = row.seq
    return signed(row, signer.sign_row(row.header()))


def test_a_forger_who_says_that_the_key_was_lost_is_not_vouched_for(world: EvidenceWorld, bundle: bytes) -> None:
    members, _ = read_container(bundle)
    genuine = check_bundle(bundle)
    fake = forged(members, world, Signer.fresh(), with_loss=True)
    report = check_bundle(fake, Trusted(genuine.journal))
    assert (NOT_VOUCHED, genuine.journal) == (report.verdict, report.journal)
    assert CHANGED == check_bundle(fake, Trusted(genuine.journal, (genuine.key_id,))).verdict


def test_a_thief_of_a_rotated_key_is_found_by_whoever_knows_the_present_one(tmp_path: Path) -> None:
    world = EvidenceWorld(tmp_path)
    world.add_site()
    event_id, old = world.record(), world.pen.signer
    bundle = world.custody.exporter.export(event_id, asked(world))
    rotate_key(world.database, KeyFolder(tmp_path / "keys"), old, at=world.clock.now(), reason="stolen")
    file = tmp_path / "heads.jsonl"
    fresh = replace(world.custody, heads_file=file).exporter.export(event_id, asked(world))
    heads = tuple(head_from(line) for line in file.read_bytes().splitlines())
    present = check_bundle(fresh, Trusted(heads=heads))
    assert (WHOLE, []) == (present.verdict, present.faults)
    members, _ = read_container(bundle)
    fake = forged(members, world, old, with_loss=False)
    assert WHOLE == check_bundle(fake, Trusted(present.journal)).verdict  # the mark alone does not find it
    assert CHANGED == check_bundle(fake, Trusted(present.journal, (present.key_id,))).verdict
    assert ["head_unknown"] == [found.code for found in check_bundle(fake, Trusted(heads=heads)).faults]
    world.database.close()


def test_what_was_lawfully_deleted_is_not_called_missing(tmp_path: Path) -> None:
    world = EvidenceWorld(tmp_path)
    world.add_site()
    event_id = world.record("presence")
    world.clock.at += timedelta(days=400)
    assert 1 == RetentionKeeper(world.database, world.store, world.pen).run_pass(world.clock.now()).events
    bundle = world.custody.exporter.export(event_id, asked(world))
    report = check_bundle(bundle)
    assert (WHOLE, []) == (report.verdict, report.faults)
    assert not [name for name in read_container(bundle)[0] if name.startswith("evidence/")]
    world.database.close()


def test_an_evidence_row_that_was_taken_out_of_the_database_makes_no_bundle(tmp_path: Path) -> None:
    world = EvidenceWorld(tmp_path)
    world.add_site()
    event_id = world.record()
    with world.database.transaction() as session:
        session.execute(text("DELETE FROM evidence WHERE kind = 'snapshot'"))
    with pytest.raises(EvidenceChanged, match="stored and not deleted"):
        world.custody.exporter.export(event_id, asked(world))
    world.database.close()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (ROWS, b'{"path":[],"row":' + b"[" * 100_000),
        (ROWS, b"[]"),
        (EVENT, b"[" * 100_000),
        (EVENT, b'{"facts":[],"observations":7}'),
        (HEAD, b'{"at":1,"journal":[],"key":{},"leaf":2,"root":[],"size":true,"v":1}'),
        (MANIFEST, b'{"format":"congvu-evidence-bundle","members":[1],"version":2}'),
        ("journal/tsa-roots.pem", b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"),
        ("manifest.tst", b"\x30\x82\xff\xff"),
    ],
)
def test_whatever_is_in_a_bundle_the_check_returns(bundle: bytes, name: str, content: bytes) -> None:
    members, _ = read_container(bundle)
    assert CHANGED == check_bundle(write_container({**members, name: content})).verdict


def test_nothing_in_a_bundle_can_move_the_cursor(world: EvidenceWorld, bundle: bytes) -> None:
    members, _ = read_container(bundle)
    manifest = json.loads(members[MANIFEST])
    members[MANIFEST] = canonical({**manifest, "event_id": "\x1b[2J\x1b[Hgood \ud800"})
    report = check_bundle(resealed(members, world.pen.signer))
    for line in told_of_bundle(report, "vi"):
        assert line.isprintable()
        line.encode()


def test_members_that_lie_over_one_another_are_not_read() -> None:
    archive = bytearray(write_container({"a": b"x" * 1000, "b": b"y"}))
    one = archive.index(b"PK\x01\x02")
    entry = bytes(archive[one : one + 47])
    many = archive[:one] + entry * 3000
    many += struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 3000, 3000, 3000 * 47, one, 0)
    tracemalloc.start()
    assert not check_bundle(bytes(many)).is_whole
    assert tracemalloc.get_traced_memory()[1] < 3_000_000
    tracemalloc.stop()


def test_a_bundle_for_others_holds_redacted_copies_only(tmp_path: Path) -> None:
    world = EvidenceWorld(tmp_path)
    world.add_site()
    picture = to_jpeg(np.full((480, 640, 3), 120, np.uint8))
    event_id = world.record(evidence={EvidenceKind.SNAPSHOT: picture})
    redactor = Redactor(world.database, world.store, world.pen, load_finder)
    redactor.redact(event_id, Mode.EVERYONE, user_id=None, reason="a journalist asked", at=world.clock.now())
    bundle = world.custody.exporter.export(event_id, replace(asked(world), without_originals=True))
    members, _ = read_container(bundle)
    report = check_bundle(bundle)
    assert (WHOLE, [], 1) == (report.verdict, report.faults, report.withheld)
    assert ["redacted/everyone/snapshot.jpg"] == [name for name in members if name.endswith(".jpg")]
    assert not [name for name in members if name.startswith("evidence/")]
    world.database.close()


def test_the_command_writes_a_bundle_once_and_only_where_it_can(world: EvidenceWorld, tmp_path: Path) -> None:
    event_id = world.record("left_post", world.clock.now() + timedelta(hours=1))
    arguments = ["evidence", "export", event_id, "--reason", "asked", "--data", str(world.folder)]
    runner = CliRunner()

    def exported() -> int:
        with world.database.transaction() as session:
            return sum(row.kind == RowKind.EXPORTED for row in JournalRepository(session).about(event_id))

    assert 0 != runner.invoke(app, [*arguments, "--out", str(tmp_path / "nowhere" / "b.zip")]).exit_code
    assert 2 == runner.invoke(app, [*arguments, "--out", str(tmp_path / "b.txt")]).exit_code
    assert 0 == exported()
    out = tmp_path / "b.zip"
    assert 0 == runner.invoke(app, [*arguments, "--out", str(out)]).exit_code
    assert 2 == runner.invoke(app, [*arguments, "--out", str(out)]).exit_code
    assert (1, WHOLE) == (exported(), check_bundle(out.read_bytes()).verdict)
    mark = check_bundle(out.read_bytes()).journal
    for told, code in ((f"  {mark.upper()} ", 0), ("deadbeef", 2), ("0" * 64, 1)):
        assert code == runner.invoke(app, ["evidence", "verify", str(out), "--journal", told]).exit_code
    (tmp_path / "b.zip").write_text("something else")
    assert "KHÔNG PHẢI" in runner.invoke(app, ["evidence", "verify", str(out)]).stdout
