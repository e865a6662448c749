"""Bundles: whole ones pass, and whatever was changed in one is found and named by both verifiers."""

from __future__ import annotations

import json
import random
import subprocess
import sys
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
from service.db.records import EvidenceKind
from service.errors import EvidenceChanged, EvidenceMissing, NotFound
from service.evidence.assembling import MODULES, OFFLINE, verifier_script
from service.evidence.credentials import Credentialer, make_signing_certificate, read_credentials
from service.evidence.cutter import to_jpeg
from service.evidence.exporting import Asked
from service.evidence.journal import RowKind
from service.evidence.offline import bundle as offline_bundle
from service.evidence.offline.bundle import (
    BUNDLE_DOMAIN,
    EVENT,
    KEYS_ROWS,
    MANIFEST,
    MANIFEST_SIGNATURE,
    ROWS,
    check_bundle,
)
from service.evidence.offline.container import read_container, write_container
from service.evidence.offline.journal_rows import canonical, sum_of
from service.evidence.signing import Signer
from service.evidence.timestamps import TimestampAuthority
from service.redaction.finding import load_finder
from service.redaction.keeping import Redactor
from service.redaction.modes import Mode
from tests.evidence_world import EvidenceWorld
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
        if name not in (MANIFEST, MANIFEST_SIGNATURE)
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
    report = check_bundle(bundle, journal="0" * 64)
    assert ["other_journal"] == [found.code for found in report.faults]
    assert check_bundle(bundle, journal=report.journal).is_whole


@pytest.mark.parametrize("path", sorted(OLD_BUNDLES.glob("*.zip")), ids=lambda path: path.stem)
def test_bundles_of_earlier_versions_still_pass(path: Path) -> None:
    report = check_bundle(path.read_bytes())
    assert ([], 5) == (report.faults, report.rows)


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


def test_a_key_that_was_lost_shows_as_a_warning_and_the_bundle_still_holds(tmp_path: Path) -> None:
    from service.custody import replace_lost_key
    from service.evidence.signing import KeyFolder
    from tests.pens import pen_in

    world = EvidenceWorld(tmp_path)
    world.add_site()
    (tmp_path / "keys" / "signing.pem").unlink()
    replace_lost_key(world.database, KeyFolder(tmp_path / "keys"), at=world.clock.now(), reason="disk died")
    world.pen = pen_in(tmp_path, world.database, world.clock)
    report = check_bundle(world.custody.exporter.export(world.record(), asked(world)))
    assert (True, ["key_replaced"]) == (report.is_whole, [found.code for found in report.faults])
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
    token = bytearray(members["journal/head.tst"])
    token[len(token) // 2] ^= 1
    members["journal/head.tst"] = bytes(token)
    assert {"timestamp_broken"} == codes(resealed(members, world.pen.signer))
