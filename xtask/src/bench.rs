//! Whole programs side by side: what recording one event costs a CLI, ours and its peers', in one run.
//!
//! Every round runs every program once, in an order drawn anew, so that a machine that drifts drifts for all and no
//! program always follows the same other. Figures are medians and fastest tenths, given as ratios to
//! the floor of the same run. Instructions are counted by callgrind, in this process only: what a started helper does
//! afterwards is not the user's time. `benches/peers/README.md` says how to read them.

use std::collections::BTreeMap;
use std::hash::BuildHasher as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::run::{cargo, output, root, step};

/// Rounds of each program, unless `xtask bench <rounds>` says otherwise. The median of so many is steady to about one
/// per cent on a quiet machine.
const ROUNDS: usize = 200;

/// Rounds of the peers that wait for a network.
const ROUNDS_OF_NETWORK: usize = 5;

/// A program in one circumstance.
#[derive(Clone)]
struct Case {
    name: &'static str,
    program: &'static str,
    floor: &'static str,
    arguments: &'static [&'static str],
    variables: Vec<(&'static str, String)>,
    /// Where data would go: empty for the manifest's endpoint, as in a release that users run. Each endpoint has a
    /// home of its own, since an answer holds for one.
    endpoint: String,
    /// How many rounds: the peers that wait for a dead network get few.
    rounds: usize,
}

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let rounds = arguments.first().map_or(Ok(ROUNDS), |number| number.parse()).context("rounds")?;
    let bin = build()?;
    let hole = BlackHole::new()?;
    let cases = cases(&hole.address(), &slow_server()?, rounds);
    prepare(&bin, &cases)?;
    let times = measure(&bin, &cases, rounds)?;
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("\n{rounds} rounds; load {}\n", load.split(' ').next().unwrap_or_default());
    println!("| program | circumstance | × its floor | fastest tenth | ms | instructions added |");
    println!("|---|---|---|---|---|---|");
    for case in &cases {
        let (time, fast) = times[case.name];
        let (floor, fast_floor) = times[case.floor];
        let added = instructions(&bin, case, &cases)?;
        println!(
            "| {} | {} | {:.3} | {:.3} | {:.3} | {added} |",
            case.program,
            case.name,
            time.as_secs_f64() / floor.as_secs_f64(),
            fast.as_secs_f64() / fast_floor.as_secs_f64(),
            time.as_secs_f64() * 1e3,
        );
    }
    println!("\n| program | bytes, stripped | beyond its floor |\n|---|---|---|");
    for (program, floor) in [
        ("recorder", "empty"),
        ("cli", "cli-bare"),
        ("glean", "empty"),
        ("segment", "empty"),
        ("posthog", "empty"),
    ] {
        let size = stripped(&bin, program)?;
        let floor = stripped(&bin, floor)?;
        println!("| {program} | {size} | {} |", size.saturating_sub(floor));
    }
    Ok(())
}

fn build() -> Result<PathBuf> {
    let folder = root().join("benches/peers");
    let mut build = cargo();
    step("peers", build.args(["build", "--release", "--quiet", "--bins"]).current_dir(&folder))?;
    let metadata =
        output(cargo().args(["metadata", "--format-version=1", "--no-deps"]).current_dir(&folder))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata).context("cargo metadata")?;
    let target = metadata["target_directory"].as_str().context("cargo metadata without target_directory")?;
    Ok(Path::new(target).join("release"))
}

/// The size of a program without its symbols.
fn stripped(bin: &Path, program: &str) -> Result<u64> {
    let copy = root().join("target/bench-home/stripped");
    let mut strip = Command::new("strip");
    ensure!(strip.arg("-o").arg(&copy).arg(bin.join(program)).status()?.success(), "strip fails");
    Ok(std::fs::metadata(copy)?.len())
}

fn cases(hole: &str, slow: &str, rounds: usize) -> Vec<Case> {
    let quiet = || vec![("PEER_PERIOD", "86400".to_owned())];
    let due = || vec![("PEER_PERIOD", "0".to_owned())];
    let off = || vec![("PEER_ENABLE_TELEMETRY", "false".to_owned())];
    let closed = "http://127.0.0.1:9";
    let case = |name, program, floor, variables, endpoint: &str| Case {
        name,
        program,
        floor,
        arguments: if program == "cli" || program == "cli-bare" { &["metadata", "apply"] } else { &[] },
        variables,
        endpoint: endpoint.to_owned(),
        rounds,
    };
    let mut cases = vec![
        case("floor", "empty", "floor", vec![], ""),
        case("record", "recorder", "floor", quiet(), ""),
        case("opted out", "recorder", "floor", off(), ""),
        case("floor with clap", "cli-bare", "floor with clap", vec![], ""),
        case("cli, nothing due", "cli", "floor with clap", quiet(), ""),
        case("cli, opted out", "cli", "floor with clap", off(), ""),
        case("cli, due, closed port", "cli", "floor with clap", due(), closed),
        case("cli, due, 200 ms server", "cli", "floor with clap", due(), slow),
        case("cli, due, black hole", "cli", "floor with clap", due(), hole),
        case("glean, record only", "glean", "floor", vec![], ""),
    ];
    for (program, name) in [("segment", "segment, 200 ms server"), ("posthog", "posthog, 200 ms server")] {
        cases.push(Case { rounds: ROUNDS_OF_NETWORK, ..case(name, program, "floor", vec![], slow) });
    }
    cases
}

/// An empty home for each endpoint, in which the user consented.
fn prepare(bin: &Path, cases: &[Case]) -> Result<()> {
    let homes = root().join("target/bench-home");
    if homes.exists() {
        std::fs::remove_dir_all(&homes)?;
    }
    for case in cases {
        if !case.home().exists() {
            std::fs::create_dir_all(case.home())?;
            let answer =
                Case { program: "cli", variables: vec![], arguments: &["telemetry", "on"], ..case.clone() };
            ensure!(answer.command(bin).status()?.success(), "cannot store the consent");
        }
    }
    Ok(())
}

impl Case {
    fn home(&self) -> PathBuf {
        let endpoint = self.endpoint.rsplit(':').next().filter(|port| !port.is_empty()).unwrap_or("manifest");
        root().join("target/bench-home").join(endpoint)
    }

    fn command(&self, bin: &Path) -> Command {
        let mut command = Command::new(bin.join(self.program));
        command.args(self.arguments).env_clear().env("HOME", self.home()).env("PATH", "/usr/bin:/bin");
        command.current_dir(self.home());
        if !self.endpoint.is_empty() {
            command.env("PEER_ENDPOINT", &self.endpoint).env("PEER_TELEMETRY_ENDPOINT", &self.endpoint);
            command.env("PEER_TELEMETRY_ALLOW_PRIVATE", "true");
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

/// The median and the fastest tenth of each case.
fn measure(
    bin: &Path,
    cases: &[Case],
    rounds: usize,
) -> Result<BTreeMap<&'static str, (Duration, Duration)>> {
    let mut times: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    // The order of std's hash keys, which the system draws: as random as is needed here.
    let dice = std::hash::RandomState::new();
    for round in 0..=rounds {
        // Another order every round; round 0 warms up.
        let mut order: Vec<&Case> = cases.iter().collect();
        order.sort_by_key(|case| dice.hash_one((round, case.name)));
        for case in order {
            if round > case.rounds {
                continue;
            }
            let mut command = case.command(bin);
            let start = Instant::now();
            command.status().with_context(|| format!("cannot start {}", case.program))?;
            if round > 0 {
                times.entry(case.name).or_default().push(start.elapsed());
            }
        }
    }
    Ok(times
        .into_iter()
        .map(|(name, mut times)| {
            times.sort_unstable();
            (name, (times[times.len() / 2], times[times.len() / 10]))
        })
        .collect())
}

/// Instructions that a case executes in its own process beyond those of its floor.
fn instructions(bin: &Path, case: &Case, cases: &[Case]) -> Result<i64> {
    let count = |case: &Case| -> Result<i64> {
        let out = case.home().join("callgrind.out");
        let measured = case.command(bin);
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--trace-children=no"]);
        valgrind.arg(format!("--callgrind-out-file={}", out.display()));
        valgrind.arg(measured.get_program()).args(measured.get_args()).env_clear();
        valgrind.envs(measured.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let output = valgrind.current_dir(case.home()).stdin(Stdio::null()).output();
        let output = output.context("valgrind is not installed")?;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let line = text.lines().find_map(|line| line.split("Collected :").nth(1));
        line.and_then(|number| number.trim().parse().ok()).context("callgrind printed no count")
    };
    let floor = cases.iter().find(|floor| floor.name == case.floor).context("a case without a floor")?;
    Ok(count(case)? - count(floor)?)
}

/// A listener that never accepts and whose queue is full: a connection to it hangs.
struct BlackHole {
    listener: TcpListener,
    _queue: Vec<TcpStream>,
}

impl BlackHole {
    fn new() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let mut queue = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
            queue.push(stream);
            ensure!(queue.len() < 10_000, "the queue of a listener does not fill up");
        }
        Ok(Self { listener, _queue: queue })
    }

    fn address(&self) -> String {
        self.listener.local_addr().map(|address| format!("http://{address}")).unwrap_or_default()
    }
}

/// A server that answers every request after 200 ms with an empty 200.
fn slow_server() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}", listener.local_addr()?);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                use std::io::{Read as _, Write as _};
                let mut stream = stream;
                let _ = stream.read(&mut [0; 4096]);
                std::thread::sleep(Duration::from_millis(200));
                let _ =
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
            });
        }
    });
    Ok(address)
}
