"""The host notices nothing: real programs with the real agent."""

from __future__ import annotations

import json
import os
import pathlib
import pty
import signal
import subprocess
import sys
import unittest

from home import BINARIES, RELAYS, Home

SILENT = (0, "", "")


def children() -> list[int]:
    """The children of this process."""
    return [int(pid) for pid in pathlib.Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


class Host(Home):
    def test_a_command_is_recorded_with_its_outcome_once_the_user_has_said_yes(self) -> None:
        program = """
import datetime, sys
telemetry.record(telemetry_gen.StartFinished(provider="podman", took=datetime.timedelta(seconds=1.52)))
with telemetry.begin("init"):
    pass
try:
    with telemetry.begin("metadata apply"):
        raise ValueError("no such table")
except ValueError:
    pass
telemetry.begin("init")
"""
        self.assertEqual(self.run_host(program), SILENT)
        self.ended()
        files = {path.name for path in self.folder.iterdir()} - {"__pycache__"}
        self.assertEqual(files, {"host.py", "telemetry_gen.py"}, "nobody has decided, so nothing is made")
        self.verb("on")
        self.assertEqual(self.run_host(program), SILENT)
        self.ended()
        expected = [
            {"name": "command", "command": "init", "error": False},
            {"name": "command", "command": "init", "unfinished": True},
            {"name": "command", "command": "metadata apply", "error": True},
            {"name": "start-finished", "fields": {"took": 1000, "provider": "podman"}},
        ]
        self.assertEqual(self.events(), expected)
        self.verb("off")
        self.assertEqual(self.run_host(program), SILENT)
        self.ended()
        self.assertFalse((self.folder / ".local/state/vectors/telemetry/spool").exists())

    def test_how_a_context_ends_is_the_outcome(self) -> None:
        self.verb("on")
        for statement, status in [("sys.exit(0)", 0), ("sys.exit(3)", 3), ("os.kill(os.getpid(), 2)", -2)]:
            program = f"import os, sys\nwith telemetry.begin('init'):\n    {statement}"
            self.assertEqual(self.run_host(program)[0], status)
        self.ended()
        self.assertEqual(self.outcomes(), [(False, None), (True, None), (None, True)])

    def outcomes(self) -> list[tuple[object, object]]:
        return [(event.get("error"), event.get("unfinished")) for event in self.events()]

    def test_the_exit_code_of_the_process_is_the_outcome_whatever_is_given_for_it(self) -> None:
        self.verb("on")
        codes = [("None", 0), ("0", 0), ("False", 0), ("256", 0), ("''", 1), ("0.0", 1), ("'no'", 1), ("True", 1)]
        for code, status in codes:
            program = f"with telemetry.begin('init'):\n    sys.exit({code})"
            self.assertEqual(self.run_host(program)[0], status, code)
        self.ended()
        errors = [error for error, _ in self.outcomes()]
        self.assertEqual((errors.count(False), errors.count(True)), (4, 4))

    def test_a_function_that_returns_its_exit_code_is_run_as_a_command(self) -> None:
        self.verb("on")
        for code, status in [("None", 0), ("0", 0), ("3", 3), ("True", 1)]:
            program = f"sys.exit(telemetry.run('init', lambda *words: words[1], 'x', {code}))"
            self.assertEqual(self.run_host(program)[0], status, code)
        self.assertEqual(self.run_host("telemetry.run('init', sys.exit, 'no')")[0], 1)
        self.ended()
        errors = [error for error, _ in self.outcomes()]
        self.assertEqual((errors.count(False), errors.count(True)), (3, 2), "a truth is no exit code")

    def test_the_first_end_counts_and_nobody_is_asked_after_a_command_that_failed(self) -> None:
        agent = self.folder / "agent"
        agent.write_text('#!/bin/sh\necho "$@"\n')
        agent.chmod(0o755)
        self.agent = agent
        for outcome, word in [("error", " --failed"), ("unfinished", " --failed"), ("success", "")]:
            program = f"with telemetry.begin('init') as run:\n    run.end({outcome!r})\ntelemetry.ask()"
            self.assertRegex(self.run_typed(program), f" ask --command init{word}\n$")
            self.assertNotIn("ask", self.run_host(program)[1], "nobody is there without a terminal")

    def test_a_sealed_manifest_is_that_of_a_release(self) -> None:
        sealed = self.folder / "telemetry.sealed"
        program = self.host("telemetry.record(telemetry_gen.PageShown(page='home'))")
        text = (self.folder / "host.py").read_text().replace(str(self.manifest), str(sealed))
        (self.folder / "host.py").write_text(text)
        words = ["manifest", "seal", self.manifest, "--release", "--output", sealed]
        subprocess.run([BINARIES / "aboveboard", *words], check=True, capture_output=True)
        self.manifest = sealed
        self.verb("on")
        subprocess.run(program, env=self.env, check=True)
        self.ended()
        [batch] = self.batches()
        self.assertEqual(batch["version"], "2.1.0")
        self.assertNotIn("dev", str(batch["marks"]))

    def test_where_there_is_no_agent_nothing_happens_and_the_verbs_say_so(self) -> None:
        program = """
for event in range(10):
    telemetry.record(telemetry_gen.PageShown())
telemetry.begin("init").end("success")
telemetry.ask()
telemetry.close()
"""
        for agent in ["/nowhere/agent", "aboveboard-agent", str(self.manifest), str(self.folder)]:
            self.agent = agent
            self.assertEqual(self.run_host(program), SILENT, agent)
        for agent, why in [
            ("relative", "the path of the agent has to be absolute: relative"),
            ("/nowhere/agent", "there is no executable aboveboard-agent at /nowhere/agent"),
            (str(self.manifest), f"there is no executable aboveboard-agent at {self.manifest}"),
        ]:
            self.agent = agent
            said = f"telemetry is off: {why}\n"
            self.assertEqual(self.run_host("sys.exit(telemetry.telemetry(['status']))"), (1, "", said))
            words = f"{str(self.manifest)!r}, agent={agent!r}, explain=True"
            program = f"telemetry_gen.Telemetry({words}).record(telemetry_gen.PageShown())"
            self.assertEqual(self.run_host(program), (0, "", said))

    def test_what_was_recorded_is_on_the_disk_once_the_client_is_closed(self) -> None:
        self.verb("on")
        program = "telemetry.record(telemetry_gen.PageShown())\nsys.exit(0 if telemetry.close() else 3)"
        # Nothing is awaited here: the host has.
        self.assertEqual(self.run_host(program), SILENT)
        self.assertEqual(len(self.events()), 1)

    def test_closing_waits_for_an_agent_that_is_slow_and_so_long_at_most(self) -> None:
        self.agent = self.folder / "slow"
        self.agent.write_text(
            '#!/bin/sh\nexec 3<&0\n(cat <&3 >"$0.read"; sleep 0.3; : >"$0.ended") >/dev/null &\necho $!\n'
        )
        self.agent.chmod(0o755)
        program = "telemetry.record(telemetry_gen.PageShown())\nprint(telemetry.close({}))"
        self.assertEqual(self.run_host(program.format("timeout=0.01")), (0, "False\n", ""))
        self.ended()
        (self.folder / "slow.ended").unlink()
        self.assertEqual(self.run_host(program.format("")), (0, "True\n", ""))
        self.assertTrue((self.folder / "slow.ended").exists())

    def test_a_server_has_no_name_any_more_once_its_agent_is_gone(self) -> None:
        program = f"""
import signal
def named():
    telemetry = telemetry_gen.Telemetry({str(self.manifest)!r}, agent={str(self.agent)!r}, directory={str(self.folder)!r})
    telemetry.serve(lambda: None)
    while not telemetry.header:
        os.sched_yield()
    return telemetry
telemetry = named()
while telemetry.header:
    for relay in relays():
        os.kill(relay, signal.SIGKILL)
telemetry = named()
telemetry.close()
print(telemetry.header)
"""
        self.assertEqual(self.run_host(RELAYS + program)[:2], (0, "None\n"))

    def test_the_verbs_run_on_the_terminal_of_the_host(self) -> None:
        status, stdout, _ = self.run_host("sys.exit(telemetry.telemetry(['status', '--check']))")
        self.assertEqual(status, 5, stdout)

    def test_a_server_reports_what_it_counts_and_measures_and_names_itself(self) -> None:
        self.env["VECTORS_TELEMETRY_FIRST_DELAY"] = "0"
        program = f"""
import datetime, os
telemetry = telemetry_gen.Telemetry({str(self.manifest)!r}, agent={str(self.agent)!r}, directory={str(self.folder)!r})
split = telemetry_gen.RelationshipsCount(manual=1, automatic=2)
sources = telemetry_gen.SourcesCount(postgres=0, mssql=0)
telemetry.serve(lambda: telemetry_gen.Counts(tables=3, relationships=split, roles=7, sources=sources, functions=9))
took = datetime.timedelta(milliseconds=7)
telemetry.time(telemetry_gen.RequestsTiming(took, operation="query", transport="http"))
if os.fork() == 0:
    telemetry.time(telemetry_gen.RequestsTiming(took, operation="query", transport="http"))
    os._exit(0)
os.wait()
while not telemetry.header or ";" not in telemetry.header:
    os.sched_yield()
print("named", flush=True)
sys.stdin.read()
"""
        # A process with threads that forks is warned by Python itself, from 3.12 on.
        command = [word for word in self.host(program) if word not in ("-W", "error", "-X", "dev")]
        host = subprocess.Popen(
            command, env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        while '"tables":3' not in self.verb("preview", "--directory", str(self.folder)):
            os.sched_yield()
        stdout, stderr = host.communicate()
        self.assertEqual((host.returncode, stdout), (0, "named\n"))
        self.assertRegex(stderr, "^Vectors sends usage data")
        self.ended()
        [report] = json.loads(self.verb("preview", "--directory", str(self.folder)))["events"]
        expected = {"tables": 3, "relationships": {"manual": 1, "automatic": 2}, "roles": 5, "functions": 9}
        self.assertEqual(report["counts"], {**expected, "sources": {"postgres": 0, "mssql": 0}})

    def test_counts_that_raise_are_named_by_their_type_alone_where_that_was_asked_for(self) -> None:
        program = f"""
import os, time
def counts():
    print("counted", flush=True)
    raise ValueError("secret")
options = dict(agent={{agent!r}}, directory={str(self.folder)!r}, explain={{explain}})
telemetry = telemetry_gen.Telemetry({str(self.manifest)!r}, **options)
telemetry.serve(counts)
sys.stdin.read()
"""
        agent = self.watched(1)
        command = self.host(program.format(agent=agent, explain=True))
        host = subprocess.Popen(
            command, env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert host.stdin is not None and host.stdout is not None and host.stderr is not None
        said = ""
        while "left out" not in said:
            said = host.stderr.readline()
        self.assertIn("a report is left out: the counts failed with ValueError", said)
        _, rest = host.communicate()
        self.assertNotIn("secret", said + rest)
        (self.folder / "ended").read_text()

    def test_a_person_at_a_prompt_is_asked_after_the_command(self) -> None:
        program = """
with telemetry.begin("init"):
    print("done")
telemetry.ask()
sys.exit(3)
"""
        command = " ".join(self.host(program))
        shell, terminal = pty.fork()
        if shell == 0:
            os.execve("/bin/bash", ["bash", "--norc", "-i"], {**self.env, "TERM": "dumb", "PS1": "prompt> "})
        self.addCleanup(os.close, terminal)
        self.read_to(terminal, "prompt> ")
        os.write(terminal, f"{command}\n".encode())
        said = self.read_to(terminal, "[y/N/show] ")
        self.assertIn("done", said)
        os.write(terminal, b"y\n")
        self.read_to(terminal, "Thank you")
        self.read_to(terminal, "prompt> ")
        os.write(terminal, b"exit $?\n")
        _, status = os.waitpid(shell, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 3)
        self.assertEqual(
            subprocess.run(
                [self.agent, "--manifest", self.manifest, "status", "--check"], env=self.env, stdout=subprocess.DEVNULL
            ).returncode,
            0,
        )

    def read_to(self, terminal: int, end: str) -> str:
        """What the terminal shows, up to this."""
        said = ""
        while end not in said:
            said += os.read(terminal, 4096).decode(errors="replace")
        return said

    def test_a_full_pipe_blocks_nothing_and_every_event_is_counted_once(self) -> None:
        module = self.telemetry()
        telemetry = module.Telemetry(str(self.manifest), agent=self.watched())
        lines = self.folder / "lines"
        telemetry.record(module.StartFinished())
        while not (lines.exists() and lines.read_text()):
            os.sched_yield()
        names = {pid: pathlib.Path(f"/proc/{pid}/comm").read_text() for pid in self.processes()}
        [reader] = [pid for pid, name in names.items() if name == "tee\n"]
        os.kill(reader, signal.SIGSTOP)
        recorded = 60_000
        for number in range(1, recorded):
            telemetry.record(module.StartFinished(retries=number % 20))
        os.kill(reader, signal.SIGCONT)
        while "page-shown" not in lines.read_text():
            telemetry.record(module.PageShown())
            recorded += 1
            os.sched_yield()
        telemetry.close()
        everything = self.lines()
        events = sum("event" in line for line in everything)
        dropped = sum(int(str(line.get("dropped", 0))) for line in everything)
        self.assertGreater(dropped, 0)
        self.assertEqual(events + dropped, recorded)

    def test_a_killed_relay_is_started_again_a_few_times_and_leaves_no_zombie(self) -> None:
        self.verb("on")
        program = """
import signal
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
starts = 0
for kill in range(10):
    telemetry.record(telemetry_gen.StartFinished(retries=kill))
    for relay in relays():
        starts += 1
        os.kill(relay, signal.SIGKILL)
    while relays():
        os.sched_yield()
print(starts, pathlib.Path(f"/proc/self/task/{os.getpid()}/children").read_text())
"""
        self.assertEqual(self.run_host(RELAYS + program), (0, "4 \n", ""))

    def test_the_child_of_a_fork_has_a_relay_of_its_own(self) -> None:
        self.verb("on")
        program = """
telemetry.record(telemetry_gen.StartFinished(ok=True))
if os.fork() == 0:
    telemetry.record(telemetry_gen.StartFinished(ok=False))
    sys.exit(len(relays()) - 1)
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]) + len(relays()) - 1)
"""
        # The child's end of the pipe is closed, so nobody waits for it.
        self.assertEqual(self.run_host(RELAYS + program), SILENT)
        self.ended()
        self.assertEqual(sorted(event["fields"]["ok"] for event in self.events()), [False, True])  # type: ignore[index]

    def test_what_a_host_prints_with_its_streams_closed_goes_to_no_relay(self) -> None:
        self.verb("on")
        program = """
import os
telemetry.record(telemetry_gen.PageShown())
for stream in range(3):
    try:
        os.write(stream, b"mine\\n")
    except OSError:
        pass
telemetry.record(telemetry_gen.PageShown())
"""
        words = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *self.host(program)]
        self.assertEqual(subprocess.run(words, env=self.env).returncode, 0)
        self.ended()
        [batch] = self.batches()
        self.assertEqual(batch["outcomes"], {})

    def test_a_host_without_descriptors_loses_none_to_the_client(self) -> None:
        program = """
import os, resource
held = lambda: len(os.listdir("/proc/self/fd"))
before = held()
for most in range(before - 1, before + 5):
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    other = telemetry_gen.Telemetry(sys.argv[1], agent=sys.argv[2])
    for event in range(5):
        other.record(telemetry_gen.PageShown())
    other.close()
resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
print(held() - before)
"""
        words = [*self.host(program), str(self.manifest), str(self.agent)]
        done = subprocess.run(words, env=self.env, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "0\n", ""))

    def test_threads_and_handlers_of_signals_record_as_well(self) -> None:
        self.verb("on")
        program = """
import signal, threading
depth = 0
def record():
    telemetry.record(telemetry_gen.StartFinished(retries=1))
def alarm():
    signal.setitimer(signal.ITIMER_REAL, 0.0001)
def handler(*_):
    # It is interrupted by itself, and not without end where the machine is slower than the timer.
    global depth
    depth += 1
    if depth < 4:
        alarm()
    record()
    depth -= 1
    if depth == 0:
        alarm()
signal.signal(signal.SIGALRM, handler)
alarm()
threads = [threading.Thread(target=lambda: [record() for _ in range(500)]) for _ in range(4)]
[thread.start() for thread in threads]
while any(thread.is_alive() for thread in threads):
    record()
signal.signal(signal.SIGALRM, signal.SIG_IGN)
"""
        self.assertEqual(self.run_host(program), SILENT)
        self.ended()
        total = 0
        for batch in self.batches():
            outcomes = batch["outcomes"]
            assert isinstance(outcomes, dict) and isinstance(batch["events"], list)
            self.assertNotIn("damaged", outcomes, "no line is written into another")
            total += len(batch["events"]) + sum(outcomes.values())
        self.assertGreaterEqual(total, 2000)

    def test_values_that_cannot_be_recorded_are_dropped_and_nothing_is_raised(self) -> None:
        self.verb("on")
        program = """
class Odd(str):
    def __eq__(self, other): raise ValueError
    __hash__ = str.__hash__
telemetry.begin("metadata drop").end("success")
telemetry.begin(object()).end("success")
telemetry.record(aboveboard.Event("page-shown", {"page": object()}))
telemetry.record(aboveboard.Event("page-shown", {"page": "x" * 20000}))
telemetry.record(aboveboard.Event("no-such-event", {}))
telemetry.record(telemetry_gen.PageShown())
"""
        self.assertEqual(self.run_host(program), SILENT)
        self.ended()
        [batch] = self.batches()
        self.assertEqual(len(json.loads(json.dumps(batch["events"]))), 1)
        self.assertEqual(batch["outcomes"], {"write-failed": 3, "undeclared": 2})


if __name__ == "__main__":
    sys.exit(unittest.main())
