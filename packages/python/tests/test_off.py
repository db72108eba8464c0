"""An opt-out that is plain without the agent starts none, and nothing else keeps it from being started."""

from __future__ import annotations

import json
import os
import pathlib
import unittest
from unittest import mock

from aboveboard import _off
from home import RELAYS, VECTORS, Home

PLAIN = ["flag", "do-not-track", "generic-variable", "variable", "policy"]


def flag(arguments: list[str]) -> str | None:
    """The last value of the flag."""
    given = [word.partition("=") for word in arguments if word.split("=")[0] == "--enable-telemetry"]
    return (given[-1][2] if given[-1][1] else "true") if given else None


class Off(Home):
    def test_every_row_of_the_vectors(self) -> None:
        rows = json.loads((VECTORS / "agent-consent.json").read_text())["rows"]
        for row in rows:
            with self.subTest(row["why"]):
                self.setUp()
                for name in row["files"]:
                    path = self.folder / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.touch()
                given = {name: value for name, value in row["environment"].items() if value is not None}
                env = {"HOME": str(self.folder), "ABOVEBOARD_OFF_D": str(self.folder / "off.d"), **given}
                with mock.patch.dict(os.environ, env, clear=True):
                    found = _off.is_off("kiln", flag(row["arguments"]), None)
                if row["because"] in PLAIN and row["mode"] == "off":
                    self.assertTrue(found)
                if found:
                    self.assertEqual(row["mode"], "off")

    def test_a_policy_of_the_machine_starts_no_agent_unless_there_is_something_to_delete(self) -> None:
        policies = self.folder / "policies"
        policies.mkdir()
        state = self.folder / ".local/state/vectors/telemetry"
        server = self.folder / "server/telemetry"

        def found(directory: pathlib.Path | None = None) -> bool:
            env = {"HOME": str(self.folder)}
            with mock.patch.object(_off, "POLICIES", [str(policies)]), mock.patch.dict(os.environ, env, clear=True):
                return _off.is_off("vectors", None, str(directory) if directory else None)

        for name, is_named in [("all", True), ("vectors", True), ("quarry", False)]:
            (policies / name).symlink_to("/nowhere")
            self.assertEqual(found(), is_named, name)
            (policies / name).unlink()
        (policies / "all").touch()
        server.mkdir(parents=True)
        self.assertEqual((found(), found(server.parent)), (True, False))
        state.mkdir(parents=True)
        self.assertFalse(found())

    def test_where_an_opt_out_is_plain_there_is_no_relay(self) -> None:
        policies = self.folder / "off.d"
        policies.mkdir()
        (policies / "vectors").touch()
        calls = """
telemetry.record(telemetry_gen.PageShown())
telemetry.begin("init").end("success")
telemetry.ask()
if relays():
    print("a relay")
"""
        program = RELAYS + calls
        base = dict(self.env)
        opt_outs = {
            "DO_NOT_TRACK": "1",
            "ENABLE_TELEMETRY": "",
            "VECTORS_ENABLE_TELEMETRY": "nonsense",
            "ABOVEBOARD_OFF_D": str(policies),
        }
        for name, value in opt_outs.items():
            self.env = {**base, name: value}
            self.assertEqual(self.run_host(program), (0, "", ""), name)
        self.env = base
        words = f"{str(self.manifest)!r}, agent={str(self.agent)!r}, flag='no'"
        flagged = f"telemetry = telemetry_gen.Telemetry({words})\n{program}"
        self.assertEqual(self.run_host(flagged), (0, "", ""))
        self.assertEqual(self.run_host(program)[1], "a relay\n")
        self.ended()

    def test_a_server_that_starts_no_agent_says_that_it_is_off(self) -> None:
        program = f"{RELAYS}telemetry.serve(lambda: None)\nprint(telemetry.header, bool(relays()))\n"
        self.env = {**self.env, "DO_NOT_TRACK": "1"}
        self.assertEqual(self.run_host(program), (0, "off False\n", ""))


if __name__ == "__main__":
    unittest.main()
