"""What a host hands over to the agent's relay. Nothing here prints, nothing waits but `close`, and nothing raises.

A handler of signals may raise anywhere; that is the host's, who gets it. The state is right after it: a line and its
debt are one assignment, and so are what was written and how much.
"""

from __future__ import annotations

import atexit
import errno
import json
import os
import signal
import threading
import time
import typing
import weakref

from ._process import Pipe, ended, mask, start, until

MAX_LINE_BYTES = 16_384
"""The longest line: the relay drops a longer one."""
MAX_STARTS = 4
"""How often a relay is started in the life of a client: one that dies over and over is given up."""

_encode = json.JSONEncoder(separators=(",", ":")).encode
_relays: weakref.WeakSet[Relay] = weakref.WeakSet()


class Relay:
    """One pipe, from any thread. `command` is what starts it, or none; `received`, of a server, takes what comes back."""

    def __init__(
        self,
        command: typing.Callable[[], list[str] | None],
        received: typing.Callable[[Relay, str], None] | None = None,
    ) -> None:
        self._command: typing.Callable[[], list[str] | None] | None = command
        self._received = received
        self.header: str | None = None
        """What the relay calls a server."""
        self._reset()
        _relays.add(self)
        if received is not None:
            # A server has reports to make before there is anything to hand over.
            with self._lock:
                self._start()

    def _reset(self) -> None:
        self._lock = threading.RLock()
        self._is_writing = False
        self._pipe: Pipe | None = None
        self._starts = 0
        self._lines = b""
        self._written: list[int] = []
        """How much of the lines the pipe has taken, by writes."""
        self._dropped = 0
        self._started: list[int | threading.Thread] = []

    def event(self, value: object) -> bool:
        """Hands over what counts as an event; whether it did."""
        taken = value is not None and self.send(value)
        if not taken:
            with self._lock:
                self._dropped += 1
        return taken

    def send(self, value: object) -> bool:
        """Hands over anything else."""
        line = _line(value)
        with self._lock:
            # A handler of signals may record while a line is being written.
            if not line or self._is_writing or self._pipe is None and not self._start():
                return False
            self._is_writing = True
            try:
                return self._take(line)
            finally:
                self._is_writing = False

    def _take(self, line: bytes) -> bool:
        if not self._flush():
            return False
        owed = self._dropped
        lines = _debt(owed) + line
        self._lines, self._written, self._dropped = lines, [], self._dropped - owed
        if not self._flush() and self._lines is lines and not self._written:
            self._lines, self._dropped = b"", self._dropped + owed
            return False
        return True

    def _flush(self) -> bool:
        """Writes what is left of the lines; whether the pipe took all of it."""
        while left := self._lines[sum(self._written) :]:
            if self._pipe is None:
                return False
            try:
                _write(self._pipe, left, self._written)
            except OSError as error:
                if error.errno in [errno.EPIPE, errno.EBADF]:
                    self._stop()
                    return self._start()
                if error.errno != errno.EAGAIN:
                    raise
                return False
        return True

    def _start(self) -> bool:
        command = self._command() if self._command and self._starts < MAX_STARTS else None
        if command is None:
            self._command = None
            return False
        self._starts += 1
        before = mask(signal.SIG_BLOCK, [])
        try:
            mask(signal.SIG_BLOCK, signal.valid_signals())
            pipe, said = start(command, self._received is not None, before)
            reader = threading.Thread(target=self._read, args=(said, pipe), daemon=True)
            self._started.append(said if isinstance(said, int) else reader)
            done = sum(self._written)
            left = self._lines[done:]
            if done and self._lines[done - 1] != 10:
                # The one before took the beginning of a line with it.
                left = left.split(b"\n", 1)[-1]
            self._pipe, self._lines, self._written = pipe, b'{"relay":1}\n' + left, []
        except (OSError, ValueError, NotImplementedError, ImportError) as error:
            if isinstance(error, TimeoutError):
                self._command = None
            return False
        finally:
            mask(signal.SIG_SETMASK, before)
        if self._received is not None:
            reader.start()
        return self._flush()

    def _read(self, said: Pipe, pipe: Pipe) -> None:
        """Takes what a server's relay says, in a thread, and starts another one where it ended."""
        begun = b""
        while data := said.read():
            *lines, begun = (begun + data).split(b"\n")
            for line in lines:
                try:
                    self._received and self._received(self, line.decode())
                except Exception:
                    # A line of a later protocol, or counts that could not be counted.
                    continue
        said.close()
        with self._lock:
            if self._pipe is pipe:
                self._stop()
                self._start()

    def _stop(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        self._pipe = None
        self.header = None

    def named(self, header: str | None) -> None:
        """Takes the name of a server from its relay."""
        with self._lock:
            if header is not None and self._pipe is not None:
                self.header = header

    def close(self, timeout: float = 0) -> bool:
        """Ends the relay as the end of this process does; whether it ended within so many seconds."""
        late = time.monotonic() + timeout
        if not until(self._finish, timeout):
            self._finish(is_late=True)
        return all([_has_ended(relay, late - time.monotonic()) for relay in list(self._started)])

    def _finish(self, is_late: bool = False) -> bool:
        """Closes the pipe if it has taken what waits, or if it is late; whether it is closed."""
        with self._lock:
            if self._pipe is not None and self._flush():
                self._lines, self._written, self._dropped = _debt(self._dropped), [], 0
            if self._pipe is not None and not self._flush() and not is_late:
                return False
            self._command = None
            self._stop()
            return True

    def forked(self) -> None:
        """In the child of a fork: the pipe is the parent's, who speaks for a server; a program gets its own relay."""
        if self._pipe is not None:
            self._pipe.close()
        if self._received is not None:
            self._command = None
        self._reset()

    def __del__(self) -> None:
        _quietly(self.close)


def _line(value: object) -> bytes:
    """The line, or nothing where the value cannot be one. What a handler of signals raises here is of other types."""
    try:
        line = _encode(value).encode() + b"\n"
    except Exception as error:
        if type(error) not in [TypeError, ValueError, RecursionError]:
            raise
        return b""
    return line if len(line) <= MAX_LINE_BYTES else b""


def _debt(dropped: int) -> bytes:
    """The number of events that were dropped before the next line."""
    return b'{"dropped":%d}\n' % dropped if dropped > 0 else b""


def _write(pipe: Pipe, data: bytes, written: list[int]) -> None:
    pipe.write(data, written)


def _has_ended(relay: int | threading.Thread, seconds: float) -> bool:
    if isinstance(relay, int):
        return ended(relay, seconds)
    if relay is not threading.current_thread():
        relay.join(max(0.0, seconds))
    return not relay.is_alive()


def _quietly(function: typing.Callable[[], object]) -> None:
    try:
        function()
    except Exception:
        return


def _in_child() -> None:
    for relay in list(_relays):
        _quietly(relay.forked)


def _close_all() -> None:
    for relay in list(_relays):
        _quietly(relay.close)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
atexit.register(_close_all)
