//! What one event costs a program in another language, by each way there is:
//! `cargo build --release -p aboveboard-agent && cargo run --release -p aboveboard-benches --bin languages`.
//!
//! Ways that start a process for each event stand beside `/bin/true`, started in the same way; the relay stands beside the
//! same bytes written to a pipe that another process reads to its end. Rounds alternate; the median is printed. CPU
//! time of processes that were waited for is the system's account of them.
#![allow(clippy::print_stdout, reason = "a measurement is printed on stdout")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use aboveboard_benches::Outcome;

/// How often each program is started.
const ROUNDS: usize = 200;

/// How many events a relay is told at once, so that the clock is read seldom; and how often.
const EVENTS: u32 = 100;
const BURSTS: usize = 200;

/// How many events a relay is told as fast as it takes them.
const FLOOD: u32 = 100_000;

const EVENT: &str = "{\"event\":\"start-finished\",\"fields\":{\"provider\":\"podman\",\"took\":1520}}\n";

fn main() -> Outcome<()> {
    let bench = Bench::new()?;
    bench.processes()?;
    bench.lines("undecided", &[])?;
    bench.lines("recorded", &["--enable-telemetry"])?;
    bench.flood()
}

/// The agent beside this program, and a home for it.
struct Bench {
    agent: PathBuf,
    manifest: PathBuf,
    home: tempfile::TempDir,
}

impl Bench {
    fn new() -> Outcome<Self> {
        let agent = std::env::current_exe()?.with_file_name("aboveboard-agent");
        if !agent.exists() {
            return Err("not built: cargo build --release -p aboveboard-agent".into());
        }
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/telemetry.toml");
        Ok(Self { agent, manifest, home: tempfile::tempdir()? })
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", self.home.path()).env("PATH", "/usr/bin:/bin");
        // Nothing listens there, and nothing is due for an hour.
        command.env("VECTORS_TELEMETRY_ENDPOINT", "http://127.0.0.1:9");
        command.env("VECTORS_TELEMETRY_ALLOW_PRIVATE", "true");
        command
    }

    fn verb(&self, words: &[&str]) -> Command {
        let mut command = self.command(&self.agent);
        command.args(words).arg("--manifest").arg(&self.manifest);
        command
    }

    /// Ways that start a process for each event.
    fn processes(&self) -> Outcome<()> {
        let event = ["start-finished", "--field", "provider=podman", "--field", "took=1520ms"];
        let mut ways = Vec::new();
        ways.push(("/bin/true", self.command(Path::new("/bin/true"))));
        for (name, consent) in [("record, undecided", None), ("record, recorded", Some("--enable-telemetry"))]
        {
            let mut record = self.verb(&["record"]);
            record.args(consent).args(event);
            ways.push((name, record));
        }
        for (name, consent) in
            [("exec /bin/true, undecided", None), ("exec /bin/true, recorded", Some("--enable-telemetry"))]
        {
            let mut exec = self.verb(&["exec"]);
            exec.args(consent).args(["--command", "init", "--", "/bin/true"]);
            ways.push((name, exec));
        }
        let mut relay = self.verb(&["relay", "--enable-telemetry"]);
        relay.stdin(Stdio::null());
        ways.push(("relay, started and closed", relay));
        let mut times = vec![Vec::new(); ways.len()];
        for _ in 0..ROUNDS {
            for ((_, command), times) in ways.iter_mut().zip(&mut times) {
                let start = Instant::now();
                if !command.status()?.success() {
                    return Err(format!("{command:?} failed").into());
                }
                times.push(start.elapsed());
            }
        }
        println!("| a process for each event | ms | × /bin/true |\n|---|---|---|");
        let medians: Vec<Duration> = times.iter_mut().map(|times| median(times)).collect();
        let floor = medians.first().ok_or("no way")?.as_secs_f64();
        for ((name, _), time) in ways.iter().zip(&medians) {
            println!("| {name} | {:.2} | {:.2} |", time.as_secs_f64() * 1e3, time.as_secs_f64() / floor);
        }
        println!();
        Ok(())
    }

    /// What a line costs the one who writes it, with a reader that keeps up.
    fn lines(&self, name: &str, consent: &[&str]) -> Outcome<()> {
        let mut cat = self.command(Path::new("/bin/cat"));
        let mut cat = Listener::start(cat.stdout(Stdio::null()))?;
        let mut relay = self.verb(&["relay", "--explain"]);
        let mut relay = Listener::start(relay.args(consent).stderr(Stdio::piped()))?;
        relay.write("{\"relay\":1}\n")?;
        let mut to_cat = Vec::new();
        let mut to_relay = Vec::new();
        for _ in 0..BURSTS {
            to_cat.push(cat.burst()?);
            to_relay.push(relay.burst()?);
            relay.sync()?;
        }
        let floor = median(&mut to_cat);
        let time = median(&mut to_relay);
        println!("| {EVENTS} lines, {name} | µs a line |\n|---|---|");
        println!("| to `cat` | {:.2} |", micros(floor));
        println!("| to a relay | {:.2} |\n", micros(time));
        relay.end()?;
        cat.end().map(drop)
    }

    /// What an event costs the relay, and how much memory it needs for many.
    fn flood(&self) -> Outcome<()> {
        let mut relay = self.verb(&["relay", "--explain", "--enable-telemetry"]);
        let mut relay = Listener::start(relay.stderr(Stdio::piped()))?;
        relay.write("{\"relay\":1}\n")?;
        relay.sync()?;
        let before = relay.cpu()?;
        let start = Instant::now();
        for _ in 0..FLOOD {
            relay.write(EVENT)?;
        }
        relay.sync()?;
        let time = start.elapsed();
        let cpu = relay.cpu()?.saturating_sub(before);
        let peak = relay.peak()?;
        println!("| {FLOOD} events at once | |\n|---|---|");
        println!("| until all are taken, an event | {:.1} µs |", time.as_secs_f64() * 1e6 / f64::from(FLOOD));
        println!("| CPU of the relay, an event | {:.1} µs |", cpu.as_secs_f64() * 1e6 / f64::from(FLOOD));
        println!("| resident at most | {:.1} MiB |", peak as f64 / 1024.0);
        relay.end().map(drop)
    }
}

/// A process that lines are written to.
struct Listener {
    process: Child,
    stdin: ChildStdin,
    said: Option<BufReader<std::process::ChildStderr>>,
}

impl Listener {
    fn start(command: &mut Command) -> Outcome<Self> {
        let mut process = command.stdin(Stdio::piped()).spawn()?;
        let stdin = process.stdin.take().ok_or("no pipe")?;
        let said = process.stderr.take().map(BufReader::new);
        Ok(Self { process, stdin, said })
    }

    fn write(&mut self, line: &str) -> Outcome<()> {
        Ok(self.stdin.write_all(line.as_bytes())?)
    }

    /// The time that one line of some takes, each written by itself.
    fn burst(&mut self) -> Outcome<Duration> {
        let start = Instant::now();
        for _ in 0..EVENTS {
            self.write(EVENT)?;
        }
        Ok(start.elapsed() / EVENTS)
    }

    /// Waits until a relay has taken everything: it explains the line that it is waited for with.
    fn sync(&mut self) -> Outcome<()> {
        self.write("{}\n")?;
        let said = self.said.as_mut().ok_or("it says nothing")?;
        let mut line = String::new();
        while !line.ends_with("not a line of this protocol\n") {
            line.clear();
            if said.read_line(&mut line)? == 0 {
                return Err("it has ended".into());
            }
        }
        Ok(())
    }

    fn cpu(&self) -> Outcome<Duration> {
        let ran = std::fs::read_to_string(format!("/proc/{}/schedstat", self.process.id()))?;
        Ok(Duration::from_nanos(ran.split_whitespace().next().ok_or("no schedstat")?.parse()?))
    }

    /// KiB.
    fn peak(&self) -> Outcome<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no such line")?;
        Ok(line.trim().trim_end_matches(" kB").trim().parse()?)
    }

    fn end(mut self) -> Outcome<std::process::ExitStatus> {
        drop(self.stdin);
        Ok(self.process.wait()?)
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
