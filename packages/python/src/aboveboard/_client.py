"""What a host calls."""

from __future__ import annotations

import itertools
import json
import os
import stat
import subprocess
import sys
import typing

from ._off import is_off
from ._relay import Relay
from ._values import Counts, Event, Timing

_SYSTEM_FOLDERS = ["/usr/bin", "/usr/local/bin", "/usr/libexec/aboveboard"]
"""Where packages install the agent. The search path is never used: anybody may stand in it."""

Outcome = typing.Literal["success", "error", "unfinished"]
Returned = typing.TypeVar("Returned")


_MAX_CLOSE = 2.0
"""How many seconds `close` waits at most, if nothing else is said."""


def _found(named: str | None) -> tuple[str | None, str]:
    """The agent: the one that the host names, else one of the system's that nobody but root can write; or why not."""
    if named is not None and not os.path.isabs(str(named)):
        return None, f"the path of the agent has to be absolute: {named}"
    tried = [f"{folder}/aboveboard-agent" for folder in _SYSTEM_FOLDERS] if named is None else [str(named)]
    for path in tried:
        try:
            file = os.stat(path)
        except (OSError, ValueError):
            continue
        is_safe = named is not None or file.st_uid == 0 and not file.st_mode & 0o022
        if stat.S_ISREG(file.st_mode) and file.st_mode & 0o111 and is_safe:
            return path, ""
    kind = "aboveboard-agent that belongs to root alone" if named is None else "executable aboveboard-agent"
    return None, f"there is no {kind} at {', '.join(tried)}"


def _say(why: object, what: str = "telemetry is off") -> None:
    try:
        print(f"{what}: {why}", file=sys.stderr)
    except Exception:
        return


def _absolute(path: str | None) -> str | None:
    """The path for a host that changes its working directory later."""
    try:
        return path and os.path.abspath(str(path))
    except OSError:
        return path


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
    """Records what the manifest declares. Nothing raises, and nothing waits but `telemetry`, `ask` and `close`."""

    _product = ""

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
        """The path of the agent is absolute; others are, or start from the working directory of now.

        Where the flag, the environment or a policy file says no, no agent is started.

        `program` is how people call `telemetry` of this program, for hints; `flag` is what was given as
        `--enable-telemetry`; `directory` is where a server keeps the agent's state. With `explain` the agent says on
        stderr why something is not recorded.
        """
        about = [("--manifest", _absolute(manifest)), ("--program-version", version), ("--program", program)]
        about += [("--config", _absolute(config)), ("--config-key", config_key)]
        about += [("--wording", wording), ("--wording-file", _absolute(wording_file))]
        self._about = [str(word) for pair in about if pair[1] is not None for word in pair]
        self._explain = ["--explain"] if explain else []
        self._flag = [] if flag is None else [f"--enable-telemetry={flag}"]
        self._directory = [] if directory is None else ["--directory", str(_absolute(directory))]
        self._off = (flag, directory and str(directory))
        self._agent, self._absent = _found(agent)
        if self._agent is None and explain:
            _say(self._absent)
        self._runs = itertools.count(1)
        self._last: list[str] = []
        self._serves_off = False
        self._relay = Relay(self._command)

    @property
    def header(self) -> str | None:
        """The header `aboveboard-server` for answers, of a server that reports; none once its agent is gone, and `off`
        where no agent is started."""
        return self._relay.header or ("off" if self._serves_off else None)

    def link(self, header: str | None) -> None:
        """The server that answered, for every command that is open or begins later."""
        if header:
            self._relay.send({"link": header})

    def telemetry(self, words: typing.Sequence[str]) -> int:
        """The verbs for users, on this terminal: `sys.exit(client.telemetry(sys.argv[2:]))`."""
        if self._agent is None:
            _say(self._absent)
            return 1
        return self._call(self._agent, words)

    def ask(self) -> None:
        """The question, if it may be asked here and now. The last act of a program, after its command has ended.

        It starts the agent a second time, and waits for it, where stdin, stdout and stderr are a terminal.
        """
        has_terminal = all(os.isatty(stream) for stream in range(3))
        if has_terminal and self._agent is not None and not self._is_off():
            self._call(self._agent, ["ask", *self._last, *self._flag])

    def close(self, timeout: float = _MAX_CLOSE) -> bool:
        """Ends the agent as the end of the process does, and waits until it has: what was recorded is on the disk then.

        It waits so many seconds at most, and says whether that was enough. For tests and for servers that shut down; a
        program need not call it. What is recorded later is dropped.
        """
        return self._relay.close(timeout if isinstance(timeout, (int, float)) else 0)

    def _record(self, event: Event) -> None:
        self._relay.event(getattr(event, "_line", None))

    def _time(self, timing: Timing) -> None:
        if isinstance(timing, Timing):
            self._relay.send(timing._line)

    def _begin(self, command: str, declared: object) -> Run:
        number = next(self._runs)
        is_declared = command in typing.get_args(declared)
        # The relay judges, counts and explains a command that is not declared; such a run is never open.
        taken = self._relay.event({"begin": command, "run": number})

        def ended(outcome: str) -> None:
            if is_declared:
                self._last = ["--command", command, *([] if outcome == "success" else ["--failed"])]

        return Run(self._relay, number if taken and is_declared else None, ended)

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
            relay.named(line.get("link"))
            if line.get("wants") == "counts" and counts is not None:
                try:
                    relay.send({"counts": counts()._numbers})
                except Exception as error:
                    # The report is left out. A text of an error may hold anything.
                    if self._explain:
                        _say(f"the counts failed with {type(error).__name__}", "a report is left out")

        def command() -> list[str] | None:
            words = self._command(["--server", *self._directory])
            self._serves_off = words is None and self._agent is not None
            return words

        self._relay.close()
        self._relay = Relay(command, received)

    def _is_off(self) -> bool:
        return is_off(self._product, *self._off)

    def _command(self, words: typing.Sequence[str] = ()) -> list[str] | None:
        """What starts a relay, if there is anything to start. With `explain` the agent says itself that it is off."""
        if self._agent is None or not self._explain and self._is_off():
            return None
        return [self._agent, *self._about, "relay", *self._flag, *self._explain, *words]

    def _call(self, agent: str, words: typing.Sequence[str]) -> int:
        """Runs a verb on the terminal of this process."""
        try:
            return subprocess.call([agent, *self._about, *words])
        except Exception as error:
            _say(error)
            return 1
