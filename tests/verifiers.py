"""The verifier as others get it: one file, with nothing else of ours."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from functools import cache
from pathlib import Path
from types import ModuleType

from service.evidence.assembling import verifier_script


@cache
def the_script() -> ModuleType:
    """Load the assembled script as a module of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "verify_congvu.py"
        path.write_text(verifier_script(), encoding="utf-8")
        spec = importlib.util.spec_from_file_location("verify_congvu", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # dataclasses look for the module of their class
        spec.loader.exec_module(module)
    return module
