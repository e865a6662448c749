"""The archive of a bundle: a ZIP in which every byte has one right value, so that no flipped bit hides.

Members are stored without compression, dated 1980-01-01, with ASCII names and nothing else. Reading takes the names
from wherever they are still whole, writes the archive anew and compares.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

from service.evidence.offline.faults import Fault, fault

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_LOCAL_BYTES, _CENTRAL_BYTES, _END_BYTES = 30, 46, 22
_DOS_DATE = 0x21
"""1980-01-01."""
_MODE = 0o100644 << 16
ARCHIVE = "archive"
MAX_BYTES = 2**32 - 1


def write_container(members: Mapping[str, bytes]) -> bytes:
    """Return the one archive that holds these members in this order.

    Raises:
        ValueError: A name is not ASCII, or it all is larger than such an archive may be (4 GiB).
    """
    out, central, offset = io.BytesIO(), [], 0
    for name, content in members.items():
        if not name.isascii() or not name:
            raise ValueError(f"wanted an ASCII name, got {name!r}")
        sums = (zlib.crc32(content), len(content), len(content))
        if offset + len(content) > MAX_BYTES - 2**20:
            raise ValueError("the members are larger than 4 GiB in all")
        encoded = name.encode("ascii")
        head = struct.pack("<4s5H3L2H", _LOCAL, 20, 0, 0, 0, _DOS_DATE, *sums, len(encoded), 0)
        out.write(head + encoded + content)
        entry = struct.pack(
            "<4s6H3L5H2L", _CENTRAL, 788, 20, 0, 0, 0, _DOS_DATE, *sums, len(encoded), 0, 0, 0, 0, _MODE, offset
        )
        central.append(entry + encoded)
        offset += len(head) + len(encoded) + len(content)
    directory = b"".join(central)
    out.write(directory)
    out.write(struct.pack("<4s4H2LH", _END, 0, 0, len(central), len(central), len(directory), offset, 0))
    return out.getvalue()


def read_container(archive: bytes) -> tuple[dict[str, bytes], list[Fault]]:
    """Return the members of an archive, as far as they can be read, and where its own bytes are not as they were made.

    The sums in the headers are of the content as it came, so a changed content shows here as well.
    """
    members = _by_directory(archive)
    if members is None:
        members = _by_walking(archive)
    if not members:
        return {}, [fault(ARCHIVE, "not_a_bundle", why="no member can be read")]
    return members, _differences(archive, members)


def _by_directory(archive: bytes) -> dict[str, bytes] | None:
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            members = {}
            if sum(entry.file_size for entry in opened.infolist()) > len(archive):
                return None  # members that lie over one another
            for entry in opened.infolist():
                start = entry.header_offset + _LOCAL_BYTES + len(entry.orig_filename.encode("utf-8"))
                members[entry.orig_filename] = archive[start : start + entry.file_size]
                if entry.compress_size != entry.file_size or entry.compress_type != zipfile.ZIP_STORED:
                    return None
    except (zipfile.BadZipFile, struct.error, ValueError, OverflowError, NotImplementedError):
        return None
    return members if len(container_or_nothing(members)) == len(archive) else None


def container_or_nothing(members: Mapping[str, bytes]) -> bytes:
    """Return the archive of these members; empty where no such archive can be."""
    try:
        return write_container(members)
    except ValueError:
        return b""


def _by_walking(archive: bytes) -> dict[str, bytes]:
    members: dict[str, bytes] = {}
    at = 0
    while at + _LOCAL_BYTES <= len(archive):
        size, name_bytes = struct.unpack_from("<L", archive, at + 22)[0], struct.unpack_from("<H", archive, at + 26)[0]
        if archive[at : at + 4] in (_CENTRAL, _END):
            break
        start = at + _LOCAL_BYTES + name_bytes
        if start + size > len(archive):
            break
        members[archive[at + _LOCAL_BYTES : start].decode("ascii", "replace")] = archive[start : start + size]
        at = start + size
    return members


def _differences(archive: bytes, members: Mapping[str, bytes]) -> list[Fault]:
    found: list[Fault] = []
    offset, entries = 0, []
    for name, content in members.items():
        alone = container_or_nothing({name: content})
        if not alone:
            return [fault(ARCHIVE, "not_a_bundle", why=f"the name {name!r} is not ASCII")]
        size = _LOCAL_BYTES + len(name) + len(content)
        entries.append((name, offset, alone[size : len(alone) - _END_BYTES]))
        if archive[offset : offset + _LOCAL_BYTES + len(name)] != alone[: _LOCAL_BYTES + len(name)]:
            found.append(fault(name, "container_changed"))
        offset += size
    end_at = offset + sum(len(entry) for _, _, entry in entries)
    end = struct.pack("<4s4H2LH", _END, 0, 0, len(entries), len(entries), end_at - offset, offset, 0)
    for name, starts_at, entry in entries:
        whole = entry[:42] + struct.pack("<L", starts_at) + entry[46:]
        if archive[offset : offset + len(whole)] != whole:
            found.append(fault(name, "container_changed"))
        offset += len(whole)
    if archive[offset : offset + _END_BYTES] != end:
        found.append(fault(ARCHIVE, "container_changed"))
    if len(archive) > offset + _END_BYTES:
        found.append(fault(ARCHIVE, "container_extra", count=len(archive) - offset - _END_BYTES))
    return found
