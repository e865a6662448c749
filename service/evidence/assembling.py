"""Put the verifier into one file, so that it can be handed to a court, read, and run with nothing else of ours."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

OFFLINE = Path(__file__).with_name("offline")
PACKAGE = "service.evidence.offline"
MODULES = (
    "faults",
    "der",
    "signatures",
    "certificate_chain",
    "timestamps",
    "journal_rows",
    "journal_heads",
    "journal_file",
    "container",
    "bundle_report",
    "bundle_journal",
    "bundle",
    "script",
)
"""In the order in which each needs only those before it."""
HEAD = '''#!/usr/bin/env python3
"""Kiểm tra gói bằng chứng và sổ nhật ký của Công Vụ. / Check evidence bundles and journals of Công Vụ.

Cần Python 3.10 trở lên và thư viện cryptography 42 trở lên.
Needs Python 3.10 or newer and the library cryptography 42 or newer.
Giấy phép / Licence: AGPL-3.0-or-later.
"""

from __future__ import annotations

try:
    import cryptography.x509
except ImportError:
    print("Cần thư viện cryptography / needs the library cryptography:  pip install cryptography")
    raise SystemExit(2) from None
'''
TAIL = """

if __name__ == "__main__":
    raise SystemExit(main())
"""


@cache
def verifier_script() -> str:
    """Return the verifier as one Python file: the modules one after another, their imports on top."""
    imports: set[str] = set()
    bodies = []
    for name in MODULES:
        source = (OFFLINE / f"{name}.py").read_text(encoding="utf-8")
        found, body = _parted(source)
        imports |= found
        bodies.append(f"# {name}\n\n{body.strip()}\n")
    return HEAD + "\n" + "\n".join(sorted(imports)) + "\n\n\n" + "\n\n".join(bodies) + TAIL


def _parted(source: str) -> tuple[set[str], str]:
    """Return the imports of a module that are not ours, and the module without any import."""
    lines = source.splitlines()
    imports: set[str] = set()
    for node in reversed(ast.parse(source).body):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            if module != "__future__" and not module.startswith(PACKAGE):
                imports.add(ast.unparse(node))
            del lines[node.lineno - 1 : node.end_lineno]
    return imports, "\n".join(lines)
