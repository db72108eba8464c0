"""The little that is converted here: a model is a file of numbers, one a line."""

from __future__ import annotations

import pathlib
import typing

FRAMEWORKS = {
    ".onnx": "onnx",
    ".pb": "tensorflow",
    ".pdmodel": "paddle",
    ".pt": "pytorch",
    ".tflite": "tflite",
}

Stage = typing.Literal["arguments", "load", "shape", "transform"]


class ConversionError(Exception):
    """Says what is wrong, and at which stage it was found."""

    def __init__(self, stage: Stage, message: str) -> None:
        super().__init__(message)
        self.stage: Stage = stage


def framework(model: pathlib.Path) -> str:
    """The framework that a model comes from, by the ending of its file."""
    return FRAMEWORKS.get(model.suffix, model.suffix)


def load(model: pathlib.Path) -> list[float]:
    """Reads a model."""
    try:
        return [float(line) for line in model.read_text().splitlines()]
    except (OSError, ValueError) as error:
        raise ConversionError("load", f"cannot load {model}: {error}") from error


def convert(model: pathlib.Path, size: int | None) -> str:
    """The converted form of a model, whose size a person may have stated."""
    numbers = load(model)
    if size is not None and size != len(numbers):
        raise ConversionError("shape", f"{model} has {len(numbers)} numbers, and not {size}")
    return " ".join(map(str, numbers)) + "\n"
