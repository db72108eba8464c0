"""Where an opt-out is plain without the agent, so that none is started. Everything else is for the agent to judge."""

from __future__ import annotations

import os

POLICIES = ["/etc/aboveboard/off.d", "/usr/lib/aboveboard/off.d"]
"""Where policy files of the machine lie."""

_YES = ["true", "1", "yes", "on", "enabled"]


def is_off(product: str, flag: str | None, directory: str | None) -> bool:
    """Whether the flag, the environment or a policy file says no. `directory` is the state's, of a server."""
    given = os.environ.get
    variable = product.upper().replace("-", "_") + "_ENABLE_TELEMETRY"
    switches = [flag, given("ENABLE_TELEMETRY"), given(variable)]
    if any(text is not None and _word(text) not in _YES for text in switches):
        return True
    if _word(given("DO_NOT_TRACK", "")) not in ["", "0", "false"]:
        return True
    if _is_named(given("ABOVEBOARD_OFF_D", ""), product):
        return True
    # A policy of the machine also deletes what was recorded, which takes the agent.
    return any(_is_named(folder, product) for folder in POLICIES) and not _has_state(product, directory)


def _word(text: object) -> str:
    return str(text).strip(" \t\n\f\r").lower()


def _is_named(folder: str, product: str) -> bool:
    names = [name for name in ["all", product] if folder and name]
    return any(os.path.lexists(os.path.join(folder, name)) for name in names)


def _has_state(product: str, directory: str | None) -> bool:
    bases = [os.environ.get("XDG_STATE_HOME", ""), os.path.expanduser("~/.local/state")]
    places = [directory or os.environ.get("STATE_DIRECTORY", ""), *(os.path.join(base, product) for base in bases)]
    return any(os.path.lexists(os.path.join(place, "telemetry")) for place in places)
