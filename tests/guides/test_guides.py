"""Runs `docs/embed/node.md`, `python.md` and `go.md` as a reader would, from the first block to the last.

A block after a line that ends with a file's name and a colon is that file. `sh` blocks are run; of `console` blocks the
lines after `$` are, and print what stands below them, where `…` is anything. What ends with `&` runs until the end of its
block, and is awaited until it prints; what is exported is for all blocks that follow.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARIES = pathlib.Path(os.environ.get("ABOVEBOARD_BINARIES", ROOT / "target/debug"))
TOOLS = os.environ.get("ABOVEBOARD_PYTHON_TOOLS", str(ROOT / "target/python"))
BLOCK = re.compile(r"(?:^.*`([\w./-]+)`:\n\n)?^```(\w+)\n((?:.*\n)*?)```$", re.MULTILINE)


class Guide(unittest.TestCase):
    """A project in a home of its own."""

    def setUp(self) -> None:
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="aboveboard-guide-"))
        self.addCleanup(shutil.rmtree, self.home)
        self.addCleanup(self.ended)
        self.project = self.home / "project"
        self.project.mkdir()
        self.env = {
            "HOME": str(self.home),
            "PATH": f"{BINARIES}:{os.environ['PATH']}",
            "LANG": "C.UTF-8",
            "LARDER_TELEMETRY_ENDPOINT": "http://127.0.0.1:9",
            "LARDER_TELEMETRY_ALLOW_PRIVATE": "true",
        }
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = str(server.getsockname()[1])
            with socket.create_server(("127.0.0.1", 0)) as collector:
                self.collector = str(collector.getsockname()[1])
        self.env["ABOVEBOARD_COLLECTOR_LISTEN"] = f"127.0.0.1:{self.collector}"

    def follow(self, page: str) -> None:
        """Does what the page says."""
        text = (ROOT / "docs/embed" / page).read_text().replace("8080", self.port).replace("8480", self.collector)
        blocks = BLOCK.findall(text)
        self.assertEqual(len(blocks), text.count("\n```") // 2, "a block that nobody reads")
        for file, language, block in blocks:
            if file:
                path = self.project / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block)
            elif language == "sh":
                self.run_shell(block)
            elif language == "console":
                self.converse(block)
            else:
                self.fail(f"nobody runs this block:\n{block}")

    def run_shell(self, block: str) -> None:
        command = ["sh", "-ec", block]
        done = subprocess.run(command, cwd=self.project, env=self.env, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, f"{block}\n{done.stdout}{done.stderr}")

    def converse(self, block: str) -> None:
        """Runs each command, which must print what stands below it."""
        background: list[subprocess.Popen[str]] = []
        try:
            self.exchange(block, background)
        finally:
            for process in background:
                process.send_signal(signal.SIGTERM)
                process.communicate()

    def exchange(self, block: str, background: list[subprocess.Popen[str]]) -> None:
        for exchange in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, expected = exchange.split("\n", 1)
            if line.startswith("export "):
                name, value = line[len("export ") :].split("=", 1)
                self.env[name] = value
                continue
            if line.endswith(" &"):
                self.start(line[:-2], expected, background)
                continue
            command = ["sh", "-c", f"exec 2>&1; {line}"]
            done = subprocess.run(command, cwd=self.project, env=self.env, stdout=subprocess.PIPE, text=True)
            self.assert_printed(line, done.stdout, expected)
            if not background:
                self.ended()

    def start(self, line: str, expected: str, background: list[subprocess.Popen[str]]) -> None:
        command = ["sh", "-c", f"exec env {line}"]
        process = subprocess.Popen(
            command, cwd=self.project, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        background.append(process)
        assert process.stdout is not None
        self.assert_printed(line, process.stdout.readline(), expected)

    def assert_printed(self, line: str, printed: str, expected: str) -> None:
        pattern = ".*".join(re.escape(part) for part in expected.split("…"))
        self.assertTrue(re.fullmatch(pattern, printed, re.DOTALL), f"$ {line}\n{printed}\ninstead of\n{expected}")

    def ended(self) -> None:
        """Waits until no process of the home is left: what was recorded is then there."""
        while any(runs_in(process, self.home) for process in pathlib.Path("/proc").glob("[0-9]*")):
            os.sched_yield()

    def test_node(self) -> None:
        modules = self.project / "node_modules"
        (modules / "@aboveboard").mkdir(parents=True)
        (modules / "@aboveboard/node").symlink_to(ROOT / "packages/node")
        for module in (ROOT / "packages/node/node_modules").iterdir():
            (modules / module.name).symlink_to(module)
        self.env["PATH"] = f"{modules}/.bin:{self.env['PATH']}"
        self.follow("node.md")

    def test_python(self) -> None:
        self.env["PYTHONPATH"] = f"{ROOT / 'packages/python/src'}:{TOOLS}"
        self.env["MYPYPATH"] = str(ROOT / "packages/python/src")
        self.follow("python.md")

    def test_go(self) -> None:
        cache = subprocess.run(["go", "env", "GOCACHE"], stdout=subprocess.PIPE, text=True, check=True).stdout
        self.env.update(GOCACHE=cache.strip(), GOPROXY="off", GOPATH=str(self.home / "go"), CGO_ENABLED="0")
        (self.home / "aboveboard").symlink_to(ROOT)
        self.follow("go.md")


def runs_in(process: pathlib.Path, home: pathlib.Path) -> bool:
    try:
        environment = (process / "environ").read_text(errors="replace")
        # A program that is just being executed has no environment yet.
        is_starting = environment == "" and os.readlink(process / "exe").endswith("/aboveboard-agent")
    except OSError:
        return False
    return is_starting or f"HOME={home}" in environment


if __name__ == "__main__":
    unittest.main()
