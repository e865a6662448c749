"""What ultralytics' `track()` takes for a recording: in a process of its own, so that nothing of it mixes with ours.

python -m models.evaluate.rival VIDEO CHECKPOINT torch|openvino

Each line on stdin is a pass over the recording, answered by a line of JSON: computing seconds and frames. The first
answer, ``{}``, says that the net is loaded and warm. Exit code 3 where a library is missing.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import av

if TYPE_CHECKING:
    from ultralytics import YOLO

WARM_UP_FRAMES = 5
MISSING = 3


def serve(video: Path, model: YOLO, asked: TextIO, told: TextIO) -> None:
    """Answer each line with what one pass took."""
    _warm_up(video, model)
    _tell(told, {})
    for _ in asked:
        began_s = _cpu_s()
        frames = sum(1 for _ in model.track(str(video), stream=True, persist=True, verbose=False))
        _tell(told, {"cpu_s": _cpu_s() - began_s, "frames": frames})


def load(checkpoint: Path, backend: str, folder: Path) -> YOLO:
    """Load the net as ultralytics does by itself; ``openvino`` is its own export, made into ``folder``.

    Raises:
        ImportError: ultralytics, or what it tracks with, is not installed.
    """
    # it would install packages by itself, unpickle whatever a checkpoint holds, and report its use to its makers
    os.environ.update(YOLO_AUTOINSTALL="false", ULTRALYTICS_SAFE_LOAD="1", YOLO_OFFLINE="true")
    import lap  # noqa: F401 - what its tracker assigns with: missed here, and not after the net is exported
    from ultralytics import YOLO

    copy = Path(shutil.copy(checkpoint, folder / "rival.pt"))  # the export is written beside the checkpoint
    model = YOLO(str(copy), task="detect")
    return YOLO(model.export(format="openvino", verbose=False), task="detect") if backend == "openvino" else model


def _warm_up(video: Path, model: YOLO) -> None:
    with av.open(str(video)) as container:
        for i, picture in enumerate(container.decode(video=0)):
            if i == WARM_UP_FRAMES:
                break
            model.track(picture.to_ndarray(format="bgr24"), persist=True, verbose=False)


def _cpu_s() -> float:
    """Computing time of this process and of those it started and that have ended, seconds."""
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def _tell(told: TextIO, answer: dict[str, Any]) -> None:
    print(json.dumps(answer), file=told, flush=True)


def main() -> None:
    """Serve on stdin and stdout; whatever ultralytics prints goes to stderr."""
    video, checkpoint, backend = sys.argv[1:]
    told, sys.stdout = sys.stdout, sys.stderr
    with tempfile.TemporaryDirectory(prefix="congvu-rival-") as folder:
        try:
            model = load(Path(checkpoint), backend, Path(folder))
        except ImportError as error:
            print(error, file=sys.stderr)
            sys.exit(MISSING)
        serve(Path(video), model, sys.stdin, told)


if __name__ == "__main__":
    main()
