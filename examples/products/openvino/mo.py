"""Built like the Model Optimizer, which OpenVINO had before `ovc`: it calls `openvino_telemetry` as ever, and tells it more
than the manifest declares."""

from __future__ import annotations

import pathlib
import sys
import traceback

import aboveboard_backend  # noqa: F401  It takes the place of Google's backend.
import openvino_telemetry
from conversion import ConversionError, convert, framework


def main() -> int:
    telemetry = openvino_telemetry.Telemetry(
        "Model Optimizer", "2023.3.0", "G-W5E9RNLD4H", backend="ga4", enable_opt_in_dialog=False
    )
    model = pathlib.Path(sys.argv[1])
    telemetry.start_session("mo")
    telemetry.send_event("mo", "version", "2023.3.0")
    telemetry.send_event("mo", "cli_parameters", f"input_model:{model}")
    telemetry.send_event("mo", "cli_parameters", "compress_to_fp16:True")
    telemetry.send_event("mo", "framework", framework(model))
    result = "success"
    try:
        model.with_suffix(".xml").write_text(convert(model, None))
    except ConversionError as error:
        result = "fail"
        telemetry.send_error("mo", str(error))
        telemetry.send_stack_trace("mo", traceback.format_exc())
        telemetry.send_event("mo", "error_info", f"{error}", event_value=13)
        print(f"mo: {error}", file=sys.stderr)
    telemetry.send_event("mo", "conversion_result", result)
    telemetry.end_session("mo")
    telemetry.force_shutdown(1.0)
    return 1 if result == "fail" else 0


if __name__ == "__main__":
    sys.exit(main())
