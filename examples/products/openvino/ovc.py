"""Built like `ovc` of OpenVINO: a tool that asks, after a command that succeeded."""

from __future__ import annotations

import argparse
import datetime
import pathlib
import sys
import time

import product
from conversion import ConversionError, convert, framework
from telemetry_gen import ModelConverted


def main() -> int:
    telemetry = product.telemetry()
    if sys.argv[1:2] == ["telemetry"]:
        return telemetry.telemetry(sys.argv[2:])
    parser = argparse.ArgumentParser("ovc", description="Converts a model.")
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--size", type=int, help="how many numbers the model has")
    parser.add_argument("--compress-to-fp16", action="store_true")
    with telemetry.begin("ovc"):
        words = parser.parse_args()
        began = time.monotonic()
        failure = None
        try:
            words.model.with_suffix(".xml").write_text(convert(words.model, words.size))
        except ConversionError as error:
            failure = error
        telemetry.record(
            ModelConverted(
                framework=ModelConverted.framework_from(framework(words.model)),
                failed=failure is not None,
                stage=failure.stage if failure else None,
                took=datetime.timedelta(seconds=time.monotonic() - began),
                compressed=words.compress_to_fp16,
            )
        )
        if failure:
            sys.exit(f"ovc: {failure}")
    print(f"wrote {words.model.with_suffix('.xml')}", flush=True)
    telemetry.ask()
    return 0


if __name__ == "__main__":
    sys.exit(main())
