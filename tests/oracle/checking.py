"""Whether an event is what its manifest declares, and what of it is logged: docs/embed/manifest-reference.md."""

from __future__ import annotations

from admission import CHANNELS
from manifests import Manifest, edges_of

MAX_COUNT = 1_000_000_000
MAX_TIMES = 10_000
COUNTRIES = {"DE", "AT", "FR", "US", "JP", "BR"}
"""Those that the histories name; XX stands for none."""


class Refused(Exception):
    """The event is not taken, and why."""


def recorded(manifest: Manifest, component: str, event: dict) -> dict:
    """The event as it is logged. Raises where it is refused."""
    name = event["name"]
    if name == "command":
        wanted = "cli"
    elif name == "console":
        wanted = "console"
    elif name == "report":
        wanted = "server"
    elif name in manifest.events:
        wanted = manifest.events[name]["component"]
    else:
        raise Refused("unknown-event")
    if component != wanted:
        raise Refused("wrong-component")
    if name == "command":
        if event["command"] not in manifest.commands:
            raise Refused("unknown-command")
        return event
    if name == "console":
        if event.get("action") is not None and event["action"] not in manifest.actions:
            raise Refused("unknown-action")
        if event["route"] not in manifest.routes and event["route"] != "unknown":
            raise Refused("unknown-route")
        return event
    if name == "report":
        return {**event, "counts": {count: _count(manifest, count, of) for count, of in event["counts"].items()}}
    if "times" in event and ("fold" not in manifest.events[name] or not 2 <= event["times"] <= MAX_TIMES):
        raise Refused("wrong-value")
    for field, value in event["fields"].items():
        declared = manifest.field(name, field)
        if declared is None:
            raise Refused("unknown-field")
        if not _fits(declared, value):
            raise Refused("wrong-value")
    return event


def _count(manifest: Manifest, name: str, of: int | dict) -> int | dict:
    declared = manifest.counts.get(name)
    if declared is None:
        raise Refused("unknown-count")
    if "by" not in declared:
        return _lowered(declared, of)
    if any(entry not in declared["by"] for entry in of):
        raise Refused("unknown-count")
    return {entry: _lowered(declared, number) for entry, number in of.items()}


def _lowered(declared: dict, number: int) -> int:
    """At most a thousand million, and rounded down to an edge where the number itself is not to be known."""
    number = min(number, MAX_COUNT)
    if "edges" in declared and not declared.get("exact"):
        return max([edge for edge in declared["edges"] if edge <= number], default=0)
    return number


def _fits(declared: dict, value: object) -> bool:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if "flag" in declared:
        return isinstance(value, bool)
    if "count" in declared:
        return is_number and value <= declared["count"]
    if "bucket" in declared or "duration" in declared:
        return is_number and (value == 0 or value in edges_of(declared))
    if "code" in declared:
        return is_number and declared["code"][0] <= value <= declared["code"][1]
    if "choice" in declared:
        return value in declared["choice"] or value == "other"
    if "set" in declared:
        order = [*declared["set"], "other"]
        return isinstance(value, list) and value == [entry for entry in order if entry in value]
    if "version" in declared:
        _, _, channel = str(value).partition("-")
        return isinstance(value, str) and channel in CHANNELS
    if "country" in declared:
        return value in COUNTRIES
    return False
