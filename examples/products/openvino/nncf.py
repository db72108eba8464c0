"""Built like NNCF: a library in somebody's program. It has no switch and no question: the answer that was given to the
tools of its family is the answer."""

from __future__ import annotations

import typing

import aboveboard
import product
from telemetry_gen import ModelCompressed, ModelCompressedFramework

_telemetry = product.telemetry()


def quantize(
    model: typing.Sequence[float],
    *,
    framework: ModelCompressedFramework,
    framework_version: str,
    preset: typing.Literal["performance", "mixed"] = "performance",
) -> list[int]:
    """Makes whole numbers of the model's."""
    failed = True
    try:
        quantized = [round(number) for number in model]
        failed = False
        return quantized
    finally:
        _telemetry.record(
            ModelCompressed(
                framework=framework,
                framework_version=aboveboard.version(framework_version),
                method="quantization",
                training=False,
                preset=preset,
                failed=failed,
            )
        )
