"""A user's home with an agent in it: the real one, behind a script that notes the lines to a relay and when it ended."""

from __future__ import annotations

import importlib.util
import json
import os
import pathlib
import shutil
import shlex
import subprocess
import sys
import tempfile
import types
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
BINARIES = pathlib.Path(os.environ.get("ABOVEBOARD_BINARIES", ROOT / "target/debug"))
SOURCE = ROOT / "packages/python/src"
VECTORS = ROOT / "tests/vectors"

RELAYS = """
import os, pathlib
def relays():
    found = []
    for words in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if f"--host-process={os.getpid()}" in words.read_text().split("\\0"):
                found.append(int(words.parent.name))
        except OSError:
            pass
    return found
"""
"""The relays of a host, which are no children of it."""


def generate(manifest: pathlib.Path, output: pathlib.Path) -> None:
    """Writes the typed module of a manifest."""
    words = ["manifest", "types", manifest, "--language", "python", "--output", output]
    subprocess.run([BINARIES / "aboveboard", *words], check=True)


class Home(unittest.TestCase):
    """A test with a home of its own."""

    def setUp(self) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="aboveboard-python-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.manifest = VECTORS / "telemetry.toml"
        self.agent: str | pathlib.Path = BINARIES / "aboveboard-agent"
        self.env = {
            "HOME": str(self.folder),
            "PATH": os.environ["PATH"],
            "VECTORS_TELEMETRY_ENDPOINT": "http://127.0.0.1:9",
            "VECTORS_TELEMETRY_ALLOW_PRIVATE": "true",
        }

    def telemetry(self) -> types.ModuleType:
        """The typed module of the manifest."""
        path = self.folder / "telemetry_gen.py"
        generate(self.manifest, path)
        spec = importlib.util.spec_from_file_location("telemetry_gen", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def watched(self, wants: int = 0) -> str:
        """The agent behind a script, which first asks a server for its counts so many times."""
        script = self.folder / "agent"
        exports = "\n".join(f"export {name}='{value}'" for name, value in self.env.items())
        asks = 'echo \'{"wants":"counts"}\'; ' * wants
        script.write_text(f"""#!/bin/sh
{exports}
case " $* " in
*" relay "*)
    for word; do shift; [ "$word" = --detach ] || set -- "$@" "$word"; done
    exec 3<&0
    ({asks}tee "$HOME/lines" | "{self.agent}" "$@"; : >"$HOME/ended") <&3 &
    echo $! ;;
*) exec "{self.agent}" "$@" ;;
esac
""")
        script.chmod(0o755)
        return str(script)

    def lines(self) -> list[dict[str, object]]:
        """The lines that came out, once the watched relay has ended."""
        while not (self.folder / "ended").exists():
            os.sched_yield()
        text = (self.folder / "lines").read_text()
        return [json.loads(line) for line in text.splitlines()]

    def verb(self, *words: str) -> str:
        command = [self.agent, "--manifest", self.manifest, *words]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def batches(self) -> list[dict[str, object]]:
        """Every batch that would be sent."""
        self.verb("export", str(self.folder / "batches"))
        lines = (self.folder / "batches").read_text().splitlines()
        bodies = [json.loads(line)["body"] for line in lines]
        return [json.loads(body) if isinstance(body, str) else body for body in bodies]

    def events(self) -> list[dict[str, object]]:
        """What was recorded, without times and the ids of runs, in an order of its own."""
        events = [event for batch in self.batches() for event in batch["events"]]  # type: ignore[attr-defined]
        for event in events:
            event.pop("time")
            event.pop("run", None)
        return sorted(events, key=json.dumps)

    def host(self, program: str) -> list[str]:
        """The command line of a program in this home."""
        generate(self.manifest, self.folder / "telemetry_gen.py")
        agent = str(self.agent)
        (self.folder / "host.py").write_text(f"""import sys
sys.path[:0] = [{str(SOURCE)!r}]
import aboveboard
import telemetry_gen
telemetry = telemetry_gen.Telemetry({str(self.manifest)!r}, agent={agent!r}, version="2.1.0")
{program}
""")
        return [sys.executable, "-X", "dev", "-W", "error", str(self.folder / "host.py")]

    def run_host(self, program: str) -> tuple[int, str, str]:
        """Its status, stdout and stderr, once every end of them is closed."""
        done = subprocess.run(self.host(program), env=self.env, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    def run_typed(self, program: str) -> str:
        """What is printed on a terminal."""
        line = shlex.join(self.host(program))
        command = ["script", "--quiet", "--command", f"exec {line}", "/dev/null"]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        return done.stdout

    def ended(self) -> None:
        """Waits until no process of the home is left."""
        while self.processes():
            os.sched_yield()

    def processes(self) -> list[int]:
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                environment = (process / "environ").read_text(errors="replace")
                # A program that is just being executed has no environment yet.
                is_starting = environment == "" and os.readlink(process / "exe").endswith("/aboveboard-agent")
            except OSError:
                continue
            if is_starting or f"HOME={self.folder}\0" in environment:
                found.append(int(process.name))
        return found
