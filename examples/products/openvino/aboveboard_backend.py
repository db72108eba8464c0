"""A backend for the package `openvino_telemetry`, which tools and libraries of OpenVINO call. Import it before they start:

    import aboveboard_backend
    telemetry = openvino_telemetry.Telemetry("OVC", "2025.2.0", "-", backend="aboveboard", enable_opt_in_dialog=False)

It is also what those get that name Google's backend. Their calls become what the manifest declares, at once and in their
order. A label is looked up and never passed on, so a path or the text of an error ends here. What the package's own
file of consent forbids does not get this far; what it allows, the agent still decides. Ids are the agent's.

The package itself counts in `~/intel/stats` how often it was used. That number is not taken.
"""

from __future__ import annotations

import datetime
import pathlib
import sys
import time
import typing

import aboveboard
import product
from openvino_telemetry.backend.backend import BackendRegistry, TelemetryBackend
from telemetry_gen import (
    Command,
    ConversionCalled,
    ConversionCalledFramework,
    ModelCompressed,
    ModelCompressedFramework,
    ModelCompressedMethod,
    ModelCompressedPreset,
    ModelConverted,
)

_FRAMEWORKS: dict[str, ConversionCalledFramework] = {
    **{framework: framework for framework in typing.get_args(ConversionCalledFramework)},
    "tf": "tensorflow",
}
_COMPRESSED: dict[str, ModelCompressedFramework] = {
    "nncf_onnx": "onnx",
    "nncf_ov": "openvino",
    "nncf_pt": "pytorch",
    "nncf_tf": "tensorflow",
}
_METHODS: dict[str, ModelCompressedMethod] = {
    "quantize_api": "quantization",
    "quantize_with_accuracy_control_api": "quantization",
    "compress_weights_api": "weight-compression",
    "pruning_api": "pruning",
}
_PRESETS: dict[str, ModelCompressedPreset] = {"mixed": "mixed", "performance": "performance"}
_RESULTS = {"success": False, "fail": True}


class _Session:
    """What is known of a conversion or a compression that is under way."""

    def __init__(self, run: aboveboard.Run | None) -> None:
        self.run = run
        self.began = time.monotonic()
        self.framework: ConversionCalledFramework | None = None
        self.compressed: bool | None = None
        self.failed: bool | None = None
        self.method: ModelCompressedMethod | None = None
        self.preset: ModelCompressedPreset | None = None


class AboveboardBackend(TelemetryBackend):  # type: ignore[misc]
    """What `openvino_telemetry` calls."""

    id = "aboveboard"

    def __init__(self, tid: str | None = None, app_name: str | None = None, app_version: str | None = None) -> None:
        self.app_name = app_name
        self._telemetry = product.telemetry()
        self._sessions: dict[str, _Session] = {}
        self._tool = pathlib.Path(sys.argv[0]).stem

    def build_session_start_message(self, category: str, **_: object) -> None:
        is_tool = category == self._tool and category in typing.get_args(Command)
        run = self._telemetry.begin(typing.cast(Command, category)) if is_tool else None
        self._sessions[category] = _Session(run)

    def build_session_end_message(self, category: str, **_: object) -> None:
        session = self._sessions.pop(category, None)
        if session is None:
            return
        took = datetime.timedelta(seconds=time.monotonic() - session.began)
        if category in _COMPRESSED:
            compressed = ModelCompressed(
                framework=_COMPRESSED[category], method=session.method, preset=session.preset, failed=False
            )
            self._telemetry.record(compressed)
        elif session.run is None:
            called = ConversionCalled(framework=session.framework, failed=session.failed, took=took)
            self._telemetry.record(called)
        else:
            converted = ModelConverted(
                framework=session.framework, failed=session.failed, took=took, compressed=session.compressed
            )
            self._telemetry.record(converted)
            session.run.end("error" if session.failed else "success")

    def build_event_message(
        self, event_category: str, event_action: str, event_label: str, *_: object, **__: object
    ) -> None:
        session = self._sessions.get(event_category)
        if session is None:
            return
        label = str(event_label)
        if event_action == "framework":
            session.framework = _FRAMEWORKS.get(label, "other")
        elif event_action == "conversion_method":
            session.framework = _FRAMEWORKS.get(label.removesuffix("_frontend"), "other")
        elif event_action == "cli_parameters" and label.startswith("compress_to_fp16:"):
            session.compressed = label == "compress_to_fp16:True"
        elif event_action == "conversion_result":
            session.failed = _RESULTS.get(label)
        elif event_action == "compression_started":
            session.method = _METHODS.get(label, "other")
        elif event_action == "preset":
            session.preset = _PRESETS.get(label, "other")

    def build_error_message(self, *_: object, **__: object) -> None:
        """A text: it is not taken."""

    def build_stack_trace_message(self, *_: object, **__: object) -> None:
        """A text: it is not taken."""

    def send(self, message: None) -> None:
        """All was recorded when the message was to be built."""

    def set_stats(self, data: object) -> None:
        """Numbers that nobody declared."""

    def cid_file_initialized(self) -> bool:
        return True

    def generate_new_cid_file(self) -> None:
        """The agent has the id."""

    def remove_cid_file(self) -> None:
        """The agent removes the id with an opt-out of its own."""


for _name in ("ga", "ga4"):
    BackendRegistry.register_backend(_name, AboveboardBackend)
