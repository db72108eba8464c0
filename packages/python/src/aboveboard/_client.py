"""What a host calls."""

from __future__ import annotations

import itertools
import json
import os
import stat
import subprocess
import sys
import typing

from ._relay import Relay
from ._values import Counts, Event, Timing

_SYSTEM_FOLDERS = ["/usr/bin", "/usr/local/bin", "/usr/libexec/aboveboard"]
"""Where packages install the agent. The search path is never used: anybody may stand in it."""

Outcome = typing.Literal["success", "error", "unfinished"]
Returned = typing.TypeVar("Returned")


def _found(named: str | None) -> str | None:
    """The agent: the one that the host names, else one of the system's that nobody but root can write."""
    if named is not None:
        return named if os.path.isabs(named) else None
    for folder in _SYSTEM_FOLDERS:
        path = os.path.join(folder, "aboveboard-agent")
        try:
            file = os.stat(path)
        except OSError:
            continue
        if stat.S_ISREG(file.st_mode) and file.st_uid == 0 and not file.st_mode & 0o022:
            return path
    return None


def _fails(code: object) -> bool:
    """Whether a process ends with a status but 0 after `sys.exit(code)`."""
    return code is not None and not (isinstance(code, int) and code & 0xFF == 0)


class Run:
    """A command that runs; as a context it ends with what it contains, if nobody has said before how it ended."""

    def __init__(self, relay: Relay, number: int | None, ended: typing.Callable[[str], None]) -> None:
        self._relay = relay
        self._number = number
        self._ended = ended
        self._is_open = True

    def end(self, outcome: Outcome) -> None:
        """Says how it ended, once: the first counts. What never ends is unfinished."""
        if not self._is_open:
            return
        self._is_open = False
        if self._number is not None:
            self._relay.send({"end": self._number, "outcome": outcome})
        self._number = None
        self._ended(outcome)

    def link(self, header: str | None) -> None:
        """The server that answered this command, by its header `aboveboard-server`."""
        if header and self._number is not None:
            self._relay.send({"link": header, "run": self._number})

    def __enter__(self) -> Run:
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if error is None or isinstance(error, SystemExit) and not _fails(error.code):
            self.end("success")
        else:
            self.end("error" if isinstance(error, (Exception, SystemExit)) else "unfinished")


class Client:
    """Records what the manifest declares. Nothing raises or waits for the agent, except `telemetry` and `ask`."""

    header: str | None = None
    """The header `aboveboard-server` for answers, of a server that reports."""

    def __init__(
        self,
        manifest: str,
        *,
        version: str | None = None,
        agent: str | None = None,
        program: str | None = None,
        flag: str | None = None,
        config: str | None = None,
        config_key: str | None = None,
        wording: str | None = None,
        wording_file: str | None = None,
        directory: str | None = None,
        explain: bool = False,
    ) -> None:
        """Paths are absolute.

        `program` is how people call `telemetry` of this program, for hints; `flag` is what was given as
        `--enable-telemetry`; `directory` is where a server keeps the agent's state. With `explain` the agent says on
        stderr why something is not recorded.
        """
        about = [("--manifest", manifest), ("--program-version", version), ("--program", program)]
        about += [("--config", config), ("--config-key", config_key)]
        about += [("--wording", wording), ("--wording-file", wording_file)]
        self._about = [str(word) for pair in about if pair[1] is not None for word in pair]
        self._explain = ["--explain"] if explain else []
        self._flag = [] if flag is None else [f"--enable-telemetry={flag}"]
        self._directory = [] if directory is None else ["--directory", str(directory)]
        self._agent = _found(agent)
        self._runs = itertools.count(1)
        self._last: list[str] = []
        self._relay = Relay(self._command([]))

    def link(self, header: str | None) -> None:
        """The server that answered, for every command that is open or begins later."""
        if header:
            self._relay.send({"link": header})

    def telemetry(self, words: typing.Sequence[str]) -> int:
        """The verbs for users, on this terminal: `sys.exit(client.telemetry(sys.argv[2:]))`."""
        if self._agent is None:
            print("telemetry is off: aboveboard-agent is not installed", file=sys.stderr)
            return 1
        return self._call(self._agent, list(words))

    def ask(self) -> None:
        """The question, if it may be asked here and now. The last act of a program, after its command has ended."""
        if self._agent is not None:
            self._call(self._agent, ["ask", *self._last, *self._flag])

    def close(self) -> None:
        """Ends the agent as the end of the process does."""
        self._relay.close()

    def _record(self, event: Event) -> None:
        self._relay.event(event._line)

    def _time(self, timing: Timing) -> None:
        self._relay.send(timing._line)

    def _begin(self, command: str, declared: object) -> Run:
        number = next(self._runs)
        is_declared = command in typing.get_args(declared)
        line = {"begin": command, "run": number} if is_declared else None

        def ended(outcome: str) -> None:
            if is_declared:
                self._last = ["--command", command, *([] if outcome == "success" else ["--failed"])]

        return Run(self._relay, number if self._relay.event(line) else None, ended)

    def _run(
        self, command: str, declared: object, function: typing.Callable[..., Returned], words: tuple[typing.Any, ...]
    ) -> Returned:
        with self._begin(command, declared) as run:
            result = function(*words)
            if isinstance(result, int) and not isinstance(result, bool) and _fails(result):
                run.end("error")
            return result

    def _serve(self, counts: typing.Callable[[], Counts] | None) -> None:
        def received(relay: Relay, text: str) -> None:
            line = json.loads(text)
            self.header = line.get("link", self.header)
            if line.get("wants") == "counts" and counts is not None:
                relay.send({"counts": counts()._numbers})

        self._relay.close()
        self._relay = Relay(self._command(["--server", *self._directory]), received)

    def _command(self, words: list[str]) -> list[str] | None:
        return self._agent and [self._agent, *self._about, "relay", *self._flag, *self._explain, *words] or None

    def _call(self, agent: str, words: list[str]) -> int:
        """Runs a verb on the terminal of this process."""
        try:
            return subprocess.call([agent, *self._about, *words])
        except Exception:
            return 1
