"""Run the nets on the CPU with OpenVINO."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from models.catalog import CatalogInvalid, ModelEntry
from vision.detection.net import check_input
from vision.detection.wholeframe import NetDetector
from vision.errors import WeightsInvalid
from vision.types import FloatArray, Image

if TYPE_CHECKING:
    import openvino as ov


class Precision(StrEnum):
    """What a net computes with, by OpenVINO's names for its modes of execution."""

    FASTEST = "PERFORMANCE"
    """What the CPU is fastest with by itself: bf16 with AVX-512 BF16, f32 elsewhere. Asked for bf16 by name, OpenVINO
    would imitate it on CPUs that have none."""
    EXACT = "ACCURACY"
    """f32."""


PRECISION = Precision.FASTEST
"""Of all nets that are not asked for otherwise. Measured on a CPU with AVX-512 BF16 and without AMX, the net for
persons takes 31 ms of CPU time at 384 x 640 px, with f32 57 ms."""


_FIRST_TENSOR = threading.Lock()
"""OpenVINO's bindings set up their view of numpy at the first tensor whose data are asked for. Of two threads that do
so at once one keeps the interpreter's lock while it waits for the other, which wants that lock: both hang for ever."""


class OpenVinoNet:
    """One compiled net. Safe to call from several threads.

    Args:
        threads: How many threads it may use; 0 for as many as there are cores.
        streams: How many calls are worked on at once, sharing the threads; more callers wait for their turn.

    Raises:
        WeightsInvalid: The files are missing or are not the ones the catalogue names.
    """

    def __init__(
        self,
        entry: ModelEntry,
        *,
        input_px: tuple[int, int] | None = None,
        threads: int = 0,
        streams: int = 1,
        precision: Precision = PRECISION,
    ) -> None:
        try:
            entry.verify()
        except CatalogInvalid as error:
            raise WeightsInvalid(str(error)) from None
        self.entry = entry
        self.input_px = input_px or entry.input_px
        config = {
            "NUM_STREAMS": streams,
            "INFERENCE_NUM_THREADS": threads,
            "EXECUTION_MODE_HINT": str(precision),
            # several nets work at once, and beside other programs: pinned, their threads would wait for the same core
            "ENABLE_CPU_PINNING": False,
        }
        compiled = _compile(entry, self.input_px, config)
        self._free = [compiled.create_infer_request() for _ in range(streams)]
        with _FIRST_TENSOR:
            _ = self._free[0].get_input_tensor().data
        self._turn = threading.Semaphore(streams)

    def infer(self, image: Image) -> FloatArray:
        """Run one picture of exactly the input's size; returns the raw output (channels, N)."""
        check_input(image, self.input_px)
        with self._request() as request:
            # copied: a request that is shown somebody else's memory keeps hold of it until it is used again
            request.get_input_tensor().data[0] = image
            request.infer()
            raw: FloatArray = np.array(request.get_output_tensor(0).data[0], dtype=np.float32)
        return raw

    @contextmanager
    def _request(self) -> Iterator[Any]:
        with self._turn:
            request = self._free.pop()
            try:
                yield request
            finally:
                self._free.append(request)


def _compile(entry: ModelEntry, input_px: tuple[int, int], config: Mapping[str, Any]) -> ov.CompiledModel:
    # imported late: a program whose nets run elsewhere must not pay for the library
    import openvino as ov

    core = ov.Core()
    model = core.read_model(str(entry.graph), str(entry.weights))
    model.reshape([1, 3, *input_px])
    steps = ov.preprocess.PrePostProcessor(model)
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input().model().set_layout(ov.Layout("NCHW"))
    steps.input().preprocess().convert_element_type(ov.Type.f32).reverse_channels().scale(255.0)
    return core.compile_model(steps.build(), "CPU", dict(config))


class OpenVinoDetector(NetDetector):
    """Finds things in whole frames, on the CPU of this process."""

    def __init__(
        self,
        entry: ModelEntry,
        *,
        score_min: float = 0.1,
        iou_max: float = 0.6,
        input_px: tuple[int, int] | None = None,
        keep_classes: Sequence[str] | None = None,
        threads: int = 0,
        long_px: int | None = None,
    ) -> None:
        super().__init__(
            entry,
            lambda size: OpenVinoNet(entry, input_px=size, threads=threads),
            score_min=score_min,
            iou_max=iou_max,
            input_px=input_px,
            keep_classes=keep_classes,
            long_px=long_px,
        )
