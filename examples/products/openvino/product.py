"""What every part of the product shares: its telemetry, which lies beside it."""

from __future__ import annotations

import pathlib

from telemetry_gen import Telemetry

VERSION = "2025.2.0"

_HERE = pathlib.Path(__file__).resolve().parent


def telemetry() -> Telemetry:
    """The client. Its agent is started with the first thing that is recorded."""
    return Telemetry(
        str(_HERE / "telemetry.sealed"),
        agent=str(_HERE / "aboveboard-agent"),
        version=VERSION,
        program="ovc telemetry",
    )
