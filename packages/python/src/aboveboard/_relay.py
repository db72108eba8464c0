"""The agent's relay as a child of this process. Nothing here raises or prints, and nothing waits but `close`."""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import threading
import time
import typing
import weakref

MAX_LINE_BYTES = 16_384
"""The longest line: the relay drops a longer one."""
MAX_STARTS = 4
"""How often a relay is started in the life of a client: one that dies over and over is given up."""
PIPE_BYTES = 1 << 20
"""What the pipe may hold, where the system allows it: a burst of some ten thousand events."""

RETRY = 0.005
"""After how many seconds `close` looks again."""

_F_SETPIPE_SZ = 1031
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
            self._start_server()

    def _reset(self) -> None:
        self._lock = threading.RLock()
        self._is_writing = False
        self._pipe = -1
        self._starts = 0
        self._rest = b""
        self._is_cut = False
        self._dropped = 0
        self._children: set[int] = set()

    def event(self, value: object) -> bool:
        """Hands over what counts as an event; whether it did."""
        taken = value is not None and self.send(value)
        if not taken:
            with self._lock:
                self._dropped += 1
        return taken

    def send(self, value: object) -> bool:
        """Hands over anything else."""
        try:
            with self._lock:
                # A handler of signals may record while a line is being written.
                if self._is_writing or self._pipe < 0 and not self._start():
                    return False
                self._is_writing = True
                try:
                    return self._take(_encode(value).encode() + b"\n")
                finally:
                    self._is_writing = False
        except Exception:
            return False

    def _take(self, line: bytes) -> bool:
        if len(line) > MAX_LINE_BYTES or not self._flush():
            return False
        lines = self._debt() + line
        self._rest = lines
        if not self._flush() and self._rest == lines:
            self._rest = b""
            return False
        self._dropped = 0
        return True

    def _debt(self) -> bytes:
        """The number of events that were dropped before the next line."""
        return b'{"dropped":%d}\n' % self._dropped if self._dropped > 0 else b""

    def _flush(self) -> bool:
        """Writes what is left of the line before; whether the pipe took all of it."""
        while self._rest:
            try:
                written = _write(self._pipe, self._rest)
                self._is_cut = self._rest[written - 1] != 10
                self._rest = self._rest[written:]
            except BlockingIOError:
                return False
            except OSError:
                self._stop()
                if not self._start():
                    return False
        return True

    def _start(self) -> bool:
        """Starts a relay that holds nothing of this process but the pipe."""
        if self._command is None or self._starts >= MAX_STARTS:
            return False
        command = self._command()
        if command is None:
            self._command = None
            return False
        self._starts += 1
        self._reap()
        server = self._received is not None
        speaks = server or "--explain" in command
        theirs, pipe = os.pipe()
        try:
            pipe = _prepared(pipe)
            process = subprocess.Popen(
                command,
                stdin=theirs,
                stdout=subprocess.PIPE if server else subprocess.DEVNULL,
                stderr=None if speaks else subprocess.DEVNULL,
                start_new_session=True,
            )
        except BaseException as error:
            os.close(pipe)
            if isinstance(error, Exception):
                return False
            raise
        finally:
            os.close(theirs)
        # Its finalizer would complain that it still runs.
        process.returncode = 0
        self._children.add(process.pid)
        self._pipe = pipe
        # The one before took the beginning of a line with it.
        left = self._rest.split(b"\n", 1)[1] if self._is_cut else self._rest
        self._is_cut = False
        self._rest = b'{"relay":1}\n' + left
        if server:
            threading.Thread(target=self._read, args=(process, pipe), daemon=True).start()
        return self._flush()

    def _read(self, process: subprocess.Popen[bytes], pipe: int) -> None:
        if process.stdout is None or self._received is None:
            return
        with process.stdout as lines:
            for line in lines:
                try:
                    self._received(self, line.decode())
                except Exception:
                    # A line of a later protocol, or counts that could not be counted.
                    continue
        with self._lock:
            if self._pipe == pipe:
                self._stop()
                self._start_server()

    def _start_server(self) -> None:
        """A server has reports to make, so its relay is started before there is anything to hand over."""
        try:
            with self._lock:
                self._start()
        except Exception:
            return

    def _stop(self) -> None:
        if self._pipe >= 0:
            os.close(self._pipe)
        self._pipe = -1
        self.header = None
        self._reap()

    def named(self, header: str | None) -> None:
        """Takes the name of a server from its relay."""
        with self._lock:
            if header is not None and self._pipe >= 0:
                self.header = header

    def _reap(self) -> None:
        """Takes leave of relays that are gone."""
        for child in list(self._children):
            try:
                if os.waitpid(child, os.WNOHANG)[0] == child:
                    self._children.discard(child)
            except OSError:
                self._children.discard(child)

    def close(self, timeout: float = 0) -> bool:
        """Ends the relay as the end of this process does; whether it ended within so many seconds."""
        late = time.monotonic() + timeout
        while not self._finish(time.monotonic() >= late):
            time.sleep(RETRY)
        while True:
            with self._lock:
                self._reap()
                if not self._children or time.monotonic() >= late:
                    return not self._children
            time.sleep(RETRY)

    def _finish(self, is_late: bool) -> bool:
        """Closes the pipe if it has taken what waits, or if it is late; whether it is closed."""
        with self._lock:
            if self._pipe >= 0 and self._flush():
                self._rest = self._debt()
                self._flush()
            elif self._pipe >= 0 and not is_late:
                return False
            self._command = None
            self._stop()
            return True

    def forked(self) -> None:
        """In the child of a fork: the pipe is the parent's, who speaks for a server; a program gets its own relay."""
        if self._pipe >= 0:
            os.close(self._pipe)
        if self._received is not None:
            self._command = None
        self._reset()


def _prepared(pipe: int) -> int:
    """The pipe, wide and never waited for. Where the host's streams are closed, what it prints must not go there."""
    import fcntl

    os.set_blocking(pipe, False)
    try:
        fcntl.fcntl(pipe, _F_SETPIPE_SZ, PIPE_BYTES)
    except OSError:
        pass
    above = fcntl.fcntl(pipe, fcntl.F_DUPFD_CLOEXEC, 3)
    os.close(pipe)
    return above


def _write(pipe: int, data: bytes) -> int:
    """Writes what the pipe takes. A host that chose to die of SIGPIPE does not die of this one."""
    if signal.getsignal(signal.SIGPIPE) == signal.SIG_IGN:
        return os.write(pipe, data)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGPIPE])
    try:
        return os.write(pipe, data)
    except BrokenPipeError:
        if signal.SIGPIPE not in before:
            signal.sigtimedwait([signal.SIGPIPE], 0)
        raise
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _in_child() -> None:
    for relay in list(_relays):
        relay.forked()


def _close_all() -> None:
    for relay in list(_relays):
        relay.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
atexit.register(_close_all)
