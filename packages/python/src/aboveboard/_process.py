"""What the relay takes of the system: a process that is no child of this one, and a pipe that nobody waits for."""

from __future__ import annotations

import errno
import os
import select
import signal
import sys
import time
import typing

PIPE_BYTES = 1 << 20
"""What the pipe may hold, where the system allows it: a burst of some ten thousand events."""
MAX_START = 1.0
"""How many seconds an agent may take to put its relay aside: a few milliseconds are usual."""
RETRY = 0.001
"""After how many seconds a wait looks again."""

_F_SETPIPE_SZ = 1031


# The system's functions below those of `signal`, in which a handler could raise before the call is made.
_signal: typing.Any = sys.modules["_signal"]
mask: typing.Callable[..., set[int]] = getattr(_signal, "pthread_sigmask", lambda how, signals: set())


class Pipe:
    """One end of a pipe. A host may close its descriptors and open other files, which then have this number."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._file = _file(number)

    def _is_ours(self) -> bool:
        try:
            return _file(self._number) == self._file
        except OSError as error:
            if error.errno != errno.EBADF:
                raise
            return False

    def read(self) -> bytes:
        """What comes next; nothing at the end."""
        return os.read(self._number, 4096) if self._is_ours() else b""

    def write(self, data: bytes, written: list[int]) -> None:
        """Writes what the pipe takes, and adds to `written` how much that was, with nothing between the two.

        A host that chose to die of SIGPIPE does not die of this one.
        """
        if not self._is_ours():
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        if _signal.getsignal(signal.SIGPIPE) == signal.SIG_IGN:
            written.extend(map(os.write, [self._number], [data]))
            return
        # Handlers run, and may raise, once the mask has changed.
        before = mask(signal.SIG_BLOCK, [])
        try:
            mask(signal.SIG_BLOCK, [signal.SIGPIPE])
            written.extend(map(os.write, [self._number], [data]))
        except BrokenPipeError:
            if signal.SIGPIPE not in before and signal.SIGPIPE in _signal.sigpending():
                _signal.sigwait([signal.SIGPIPE])
            raise
        finally:
            mask(signal.SIG_SETMASK, before)

    def close(self) -> None:
        if self._is_ours():
            os.close(self._number)


def _file(number: int) -> tuple[int, int]:
    status = os.fstat(number)
    return status.st_dev, status.st_ino


def start(command: list[str], is_server: bool, signals: typing.Iterable[int]) -> tuple[Pipe, int | Pipe]:
    """Starts a relay that holds nothing of this process but the pipe: the pipe, and its process or what a server's says.

    The relay blocks these signals, and the caller all: no handler disturbs this. The child is gone when this returns.
    """
    ends: list[int] = []
    kept: list[int] = []
    try:
        _open_pipe(ends)
        _open_pipe(ends)
        stdin, pipe, said, stdout = ends
        os.set_blocking(pipe, False)
        os.set_blocking(said, is_server)
        streams = [(os.POSIX_SPAWN_DUP2, stdin, 0), (os.POSIX_SPAWN_DUP2, stdout, 1)]
        silence = (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)
        speaks = is_server or "--explain" in command
        child = os.posix_spawn(
            command[0],
            [*command, "--detach"],
            os.environ,
            file_actions=[*_inherited(), *streams, *([] if speaks else [silence])],
            setsid=True,
            setsigmask=signals,
            setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],
        )
        if not until(lambda: _is_reaped(child, os.WNOHANG), MAX_START):
            os.kill(child, signal.SIGKILL)
            _is_reaped(child, 0)
            raise TimeoutError
        relay = Pipe(said) if is_server else int(os.read(said, 32))
        kept = [pipe, said] if is_server else [pipe]
        return Pipe(pipe), relay
    finally:
        for end in ends:
            if end not in kept:
                os.close(end)


def _open_pipe(ends: list[int]) -> None:
    """Adds the ends of a wide pipe. Where the host's streams are closed, what it prints must not go there."""
    import fcntl

    low = os.pipe()
    try:
        for end in low:
            ends.append(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 3))
    finally:
        for end in low:
            os.close(end)
    try:
        fcntl.fcntl(ends[-1], _F_SETPIPE_SZ, PIPE_BYTES)
    except OSError:
        pass


def _inherited() -> list[tuple[int, int]]:
    """Closes what a child would inherit of the host."""
    found = []
    for name in os.listdir("/dev/fd"):
        try:
            if int(name) > 2 and os.get_inheritable(int(name)):
                found.append((os.POSIX_SPAWN_CLOSE, int(name)))
        except OSError:
            continue
    return found


def _is_reaped(child: int, options: int) -> bool:
    try:
        return os.waitpid(child, options)[0] == child
    except ChildProcessError:
        return True


def until(holds: typing.Callable[[], bool], seconds: float) -> bool:
    """Waits until it holds; whether it did within so many seconds."""
    late = time.monotonic() + seconds
    while not holds():
        if not time.monotonic() < late:
            return False
        time.sleep(RETRY)
    return True


def ended(process: int, seconds: float) -> bool:
    """Waits until a process that is no child has ended; whether it did within so many seconds."""
    try:
        held = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    except (AttributeError, OSError):
        return until(lambda: not _is_alive(process), seconds)
    try:
        poll = select.poll()
        poll.register(held, select.POLLIN)
        return bool(poll.poll(max(0.0, seconds) * 1000))
    finally:
        os.close(held)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
