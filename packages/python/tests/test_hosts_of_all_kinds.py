"""Hosts whose handlers raise, that wait for every child, close every descriptor, or give anything for anything."""

from __future__ import annotations

import unittest

from home import RELAYS, Home


class Hosts(Home):
    def test_what_a_handler_of_signals_raises_reaches_the_host_and_leaves_every_event_once(self) -> None:
        program = """
import signal
signal.signal(signal.SIGPIPE, signal.{pipe})
raised = caught = number = 0
class Late(Exception): pass
def late(*_):
    global raised
    raised += 1
    raise [Late, TimeoutError, KeyboardInterrupt][raised % 3]
telemetry.record(aboveboard.Event("numbered", {{"number": 0}}))
signal.signal(signal.SIGALRM, late)
while raised < 300:
    before = raised
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0005)
        while raised == before:
            number += 1
            telemetry.record(aboveboard.Event("numbered", {{"number": number}}))
    except (Late, TimeoutError, KeyboardInterrupt):
        caught += 1
telemetry.close()
print(caught, signal.pthread_sigmask(signal.SIG_BLOCK, []))
"""
        for pipe in ["SIG_DFL", "SIG_IGN"]:
            self.setUp()
            self.agent = self.watched()
            self.assertEqual(self.run_host(program.format(pipe=pipe)), (0, "300 set()\n", ""))
            numbers = [line["fields"]["number"] for line in self.lines() if "event" in line]  # type: ignore[index]
            self.assertGreater(len(numbers), 300)
            self.assertEqual(len(numbers), len(set(numbers)))

    def test_a_host_that_waits_for_all_of_its_children_is_handed_its_own_alone(self) -> None:
        program = """
import signal
handed = []
def wait(*_):
    try:
        while True:
            child = os.waitpid(-1, os.WNOHANG)[0]
            if not child:
                return
            handed.append(child)
    except ChildProcessError:
        return
signal.signal(signal.SIGCHLD, wait)
telemetry.record(telemetry_gen.PageShown())
signal.signal(signal.SIGCHLD, signal.SIG_DFL)
own = os.fork()
if own == 0:
    os._exit(0)
try:
    while True:
        handed.append(os.wait()[0])
except ChildProcessError:
    print(handed == [own], len(relays()))
"""
        self.assertEqual(self.run_host(RELAYS + program), (0, "True 1\n", ""))

    def test_a_host_that_closes_every_descriptor_finds_nothing_in_its_files_and_all_of_them_open(self) -> None:
        self.verb("on")
        program = f"""
os.chdir({str(self.folder)!r})
def reopened():
    telemetry.record(telemetry_gen.StartFinished(ok=True))
    os.closerange(3, 64)
    files = [os.open(f"file{{number}}", os.O_RDWR | os.O_CREAT) for number in range(6)]
    return files
files = reopened()
telemetry.record(telemetry_gen.StartFinished(ok=True))
telemetry.close()
print([os.fstat(file).st_size for file in files], flush=True)
telemetry = telemetry_gen.Telemetry({str(self.manifest)!r}, agent={str(self.agent)!r})
files = reopened()
if os.fork() == 0:
    telemetry.record(telemetry_gen.StartFinished(ok=True))
    print([os.fstat(file).st_size for file in files], flush=True)
    os._exit(0)
os.wait()
print([os.fstat(file).st_size for file in files])
"""
        self.assertEqual(self.run_host(RELAYS + program), (0, "[0, 0, 0, 0, 0, 0]\n" * 3, ""))
        self.ended()
        self.assertEqual(len(self.events()), 4)

    def test_a_client_that_is_dropped_leaves_neither_relay_nor_descriptor(self) -> None:
        program = f"""
import gc
held = lambda: len(os.listdir("/proc/self/fd"))
before = held()
for client in range(5):
    other = telemetry_gen.Telemetry({str(self.manifest)!r}, agent={str(self.agent)!r})
    other.record(telemetry_gen.PageShown())
del other
gc.collect()
while relays():
    os.sched_yield()
print(held() - before)
"""
        self.assertEqual(self.run_host(RELAYS + program), (0, "0\n", ""))

    def test_the_agent_holds_nothing_of_its_host_but_the_pipe(self) -> None:
        program = """
inherited = os.dup(1)
os.set_inheritable(inherited, True)
telemetry.record(telemetry_gen.PageShown())
[relay] = relays()
own = os.readlink("/proc/self/fd/1")
held = [os.readlink(path) for path in pathlib.Path(f"/proc/{relay}/fd").iterdir()]
blocked = pathlib.Path(f"/proc/{relay}/status").read_text().split("SigBlk:")[1].split()[0]
print(own in held, blocked)
"""
        status, stdout, stderr = self.run_host(RELAYS + program)
        self.assertEqual((status, stdout.split(), stderr), (0, ["False", "0" * 16], ""))

    def test_an_agent_that_never_puts_its_relay_aside_is_waited_for_once_and_not_for_long(self) -> None:
        self.agent = self.folder / "agent"
        self.agent.write_text("#!/bin/sh\nexec cat\n")
        self.agent.chmod(0o755)
        program = """
import time
for event in range(4):
    telemetry.record(telemetry_gen.PageShown())
print(time.monotonic() - begun < 3, pathlib.Path(f"/proc/self/task/{os.getpid()}/children").read_text())
"""
        self.assertEqual(self.run_host("import time\nbegun = time.monotonic()" + RELAYS + program), (0, "True \n", ""))

    def test_nothing_raises_for_a_wrong_type(self) -> None:
        program = f"""
for wrong in [None, 5, b"x", object(), [], {{}}]:
    telemetry.record(wrong)
    telemetry.time(wrong)
    telemetry.link(wrong)
    run = telemetry.begin(wrong)
    run.link(wrong)
    run.end(wrong)
    telemetry_gen.Telemetry(wrong, agent={str(self.agent)!r}).record(telemetry_gen.PageShown())
    for name in ["agent", "version", "program", "flag", "config", "wording", "wording_file", "directory"]:
        options = {{"agent": {str(self.agent)!r}, name: wrong}}
        other = telemetry_gen.Telemetry({str(self.manifest)!r}, **options)
        other.record(telemetry_gen.PageShown())
        other.close(wrong)
"""
        self.assertEqual(self.run_host(program), (0, "", ""))


if __name__ == "__main__":
    unittest.main()
