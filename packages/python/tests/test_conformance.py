"""`tests/vectors/relay/clients.json`: what a client writes. The real agent reads it."""

from __future__ import annotations

import datetime
import errno
import json
import threading
import typing
import unittest
from unittest import mock

import aboveboard
from aboveboard import _relay
from home import VECTORS, Home

Json = typing.Dict[str, typing.Any]


def camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))


def milliseconds(number: float | None) -> datetime.timedelta | None:
    return None if number is None else datetime.timedelta(milliseconds=number)


def full(pipe: object, data: bytes, written: list[int]) -> None:
    raise BlockingIOError(errno.EAGAIN, "full")


class Conformance(Home):
    def test_every_vector(self) -> None:
        cases = json.loads((VECTORS / "relay/clients.json").read_text())["cases"]
        for case in cases:
            with self.subTest(case["why"]):
                self.setUp()
                self.assertEqual(self.written(case), case["lines"])

    def written(self, case: Json) -> list[Json]:
        """The lines that the calls of a case make."""
        module = self.telemetry()
        counted = [call["counts"] for call in case["calls"] if call.get("call") == "counts"]
        telemetry = module.Telemetry(str(self.manifest), agent=self.watched(len(counted)), directory=str(self.folder))
        if case.get("mode") == "server":
            self.serve(telemetry, counted)
        runs: list[aboveboard.Run] = []
        patch = mock.patch.object(_relay, "_write", full)
        for call in case["calls"]:
            if call.get("pipe") == "full":
                patch.start()
            elif call.get("pipe") == "free":
                patch.stop()
            elif call["call"] == "record":
                telemetry.record(event(module, call))
            elif call["call"] == "begin":
                runs.append(telemetry.begin(call["command"]))
            elif call["call"] == "end":
                runs[call["run"] - 1].end(call["outcome"])
            elif call["call"] == "link":
                (runs[call["run"] - 1] if "run" in call else telemetry).link(call["value"])
            elif call["call"] == "timing":
                telemetry.time(timing(module, call))
        telemetry.close()
        return self.lines() if case["lines"] else []

    def serve(self, telemetry: typing.Any, counted: list[Json]) -> None:
        """Serves, and answers once for each of these counts."""
        answered = threading.Event()

        def counts() -> object:
            # The counts of the vectors need not be complete, as those of the typed module must.
            return aboveboard.Counts(counted.pop(0))

        send = _relay.Relay.send

        def sent(relay: _relay.Relay, value: object) -> bool:
            taken = send(relay, value)
            if not counted:
                answered.set()
            return taken

        with mock.patch.object(_relay.Relay, "send", sent):
            wanted = bool(counted)
            telemetry.serve(counts)
            if wanted:
                answered.wait()

    def test_what_a_field_cannot_hold_is_left_out(self) -> None:
        module = self.telemetry()
        telemetry = module.Telemetry(str(self.manifest), agent=self.watched())
        wrong = {"ok": 1, "retries": 21, "memory": -1, "took": 5, "status": True, "region": "Germany"}
        telemetry.record(module.StartFinished(**wrong, engine="latest", provider="/home/secret"))
        telemetry.record(module.StartFinished(extensions={"lima", "compose", "x", "y"}))
        telemetry.record(module.StartFinished(extensions="compose"))
        telemetry.begin("metadata drop").end("success")
        telemetry.close()
        lines = [
            {"relay": 1},
            {"event": "start-finished", "fields": {"provider": "other"}},
            {"event": "start-finished", "fields": {"extensions": ["compose", "lima", "other"]}},
            {"event": "start-finished", "fields": {"extensions": ["compose"]}},
            {"begin": "metadata drop", "run": 1},
        ]
        self.assertEqual(self.lines(), lines)

    def test_texts_from_outside_become_entries_versions_and_countries(self) -> None:
        module = self.telemetry()
        self.assertEqual(module.StartFinished.provider_from("podman"), "podman")
        self.assertEqual(module.StartFinished.provider_from("/home/secret"), "other")
        for text in ["2.1.0", "v5", "1.2-rc.1+build"]:
            self.assertEqual(aboveboard.version(text), text)
        for text in ["", "latest", "1.2.3.4", "1..2"]:
            self.assertIsNone(aboveboard.version(text))
        countries = {"DE": "DE", "de_AT.UTF-8": "AT", "pt-BR": "BR", "zh-Hans-CN": "CN", "C": None, "en": None}
        for text, code in countries.items():
            self.assertEqual(aboveboard.country(text), code)


def event(module: typing.Any, call: Json) -> object:
    fields = dict(call.get("fields", {}))
    if "took" in fields:
        fields["took"] = milliseconds(fields["took"])
    return getattr(module, camel(call["event"]))(**fields)


def timing(module: typing.Any, call: Json) -> object:
    parts = {name: milliseconds(took) for name, took in call.get("parts", {}).items()}
    return module.RequestsTiming(milliseconds(call["took"]), **call["kind"], **parts)


if __name__ == "__main__":
    unittest.main()
