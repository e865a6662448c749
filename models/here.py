"""Which graph of a net this computer is quickest with: for those who watch, not for those who compare nets.

The figures are in ``docs/nets.md``. Redaction looks with the float graph: a missed person costs more there than time.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from models.catalog import CATALOG, ModelEntry, load_catalog

CPU = Path("/proc/cpuinfo")
MULTIPLIES_BYTES = frozenset({"avx512_vnni", "avx_vnni", "amx_int8"})
"""Without one of these sums of INT8 products are made in 16 bits and may overflow, and little is gained. What OpenVINO
states of a CPU does not tell: it names INT8 for every one."""


@cache
def cpu_flags(path: Path = CPU) -> frozenset[str]:
    """What the CPU says it can do, by Linux's names; nothing where it is not told as on x86."""
    try:
        told = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return frozenset()
    line = re.search(r"^flags\s*:(.*)$", told, re.MULTILINE)
    return frozenset(line.group(1).split()) if line else frozenset()


def load_catalog_for(device: str) -> dict[str, ModelEntry]:
    """Read the catalogue with every net as it runs on a device: empty for this CPU, else torch's name for it.

    Raises:
        CatalogInvalid: As `load_catalog`.
    """
    if not device:
        return load_catalog_here()
    return {name: entry.in_checkpoint() for name, entry in load_catalog().items()}


def load_catalog_here(path: Path = CATALOG, *, flags: frozenset[str] | None = None) -> dict[str, ModelEntry]:
    """Read the catalogue with every net in the graph that this CPU is quickest with, and the sums of that graph.

    Whoever computes in one process and names the net in another finds the same, since both are on one computer.

    Args:
        flags: What the CPU can do; asked of it where not given.

    Raises:
        CatalogInvalid: As `load_catalog`.
    """
    catalog = load_catalog(path)
    if MULTIPLIES_BYTES.isdisjoint(cpu_flags() if flags is None else flags):
        return catalog
    return {name: entry.in_int8() for name, entry in catalog.items()}
