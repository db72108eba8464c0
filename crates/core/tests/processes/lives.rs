//! One spool through many lives: each process records, seals and delivers, and is killed somewhere on the way. The
//! next one finds what is left.
//!
//! A kill falls before a system call, chosen at random among all that such a life makes, or after a random time.
//! What was confirmed before it must arrive once. `ABOVEBOARD_TORTURE` asks for the full count,
//! `ABOVEBOARD_SEED=<number>` for the kills of an earlier run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use aboveboard_core::recorder::Recorder;
use aboveboard_delivery::jitter::Jitter;
use aboveboard_types::declaration::Component;

use crate::acts::{deliver, spool};
use crate::kill::{Arrived, is_left, points, strace};
use aboveboard_testkit::sample::{self, NOW};

/// Kills in the tests, and under torture.
const KILLS: (u64, u64) = (120, 9_000);

/// Lives of one spool. Each leaves at most a few batches, and the log of what was sent keeps twenty.
const LIVES: u64 = 12;

/// What came of all.
#[derive(Default)]
struct Tally {
    kills: u64,
    lives: u64,
    recorded: u64,
    arrived: u64,
    runs: u64,
    /// How many kills fell before which call; by time under "time".
    before: BTreeMap<String, u64>,
}

pub(crate) fn one_spool_outlives_one_kill_after_the_other() {
    let wanted = if std::env::var_os("ABOVEBOARD_TORTURE").is_some() { KILLS.1 } else { KILLS.0 };
    let given = std::env::var("ABOVEBOARD_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| Jitter::of_this_run().between(0, u64::MAX));
    println!("  ABOVEBOARD_SEED={seed}");
    let points = points("life");
    let length = length();
    let tally = Mutex::new(Tally::default());
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for hand in 0..2 {
            let points = &points;
            let tally = &tally;
            scope.spawn(move || {
                let mut dice = Jitter::seeded(seed ^ hand);
                while tally.lock().unwrap().kills < wanted {
                    let done = one_spool(&mut dice, points, length);
                    tally.lock().unwrap().add(done);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    assert!(tally.kills > tally.lives / 3, "most lives are to end by a kill");
    // The asserts on the way have found nothing lost and nothing twice.
    println!(
        "{{\"run\":\"spool kills\",\"seed\":{seed},\"seconds\":{},\"lives\":{},\"kills\":{},\"recorded\":{},\"arrived\":{},\
         \"runs\":{},\"lost\":0,\"doubled\":0,\"before\":{:?}}}",
        begun.elapsed().as_secs(),
        tally.lives,
        tally.kills,
        tally.recorded,
        tally.arrived,
        tally.runs,
        tally.before
    );
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.kills += other.kills;
        self.lives += other.lives;
        self.recorded += other.recorded;
        self.arrived += other.arrived;
        self.runs += other.runs;
        for (call, number) in other.before {
            *self.before.entry(call).or_default() += number;
        }
    }
}

/// How long a life lasts that nobody ends.
fn length() -> Duration {
    let directory = room();
    let begun = Instant::now();
    assert!(crate::child("life", directory.path()).output().unwrap().status.success());
    begun.elapsed()
}

fn room() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("arrivals")).unwrap();
    directory
}

fn one_spool(dice: &mut Jitter, points: &[(String, u32)], length: Duration) -> Tally {
    let directory = room();
    let mut tally = Tally::default();
    let mut confirmed = Vec::new();
    let mut story = Vec::new();
    for life in 0..LIVES {
        let (output, how) = one_life(dice, directory.path(), life, points, length);
        tally.lives += 1;
        if output.status.signal() == Some(9) {
            tally.kills += 1;
            *tally.before.entry(how.split(' ').next().unwrap().to_owned()).or_default() += 1;
        } else {
            assert!(output.status.success(), "{story:?}, then {how}: {output:?}");
        }
        story.push(how);
        confirmed.extend(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned));
    }
    judge(directory.path(), &confirmed, &format!("{story:?}"), &mut tally);
    tally
}

/// A life and how it was to end. Its number is the time as well: a minute later, so that what the dead had claimed is
/// taken over.
fn one_life(
    dice: &mut Jitter,
    directory: &Path,
    life: u64,
    points: &[(String, u32)],
    length: Duration,
) -> (Output, String) {
    let program = std::env::current_exe().unwrap();
    let arguments = ["act".as_ref(), "life".as_ref(), directory.as_os_str()];
    let number = life.to_string();
    // A quarter by time: it falls between the calls too, and where a count of calls does not reach.
    if dice.between(0, 3) == 0 {
        let micros = dice.between(0, u64::try_from(length.as_micros()).unwrap());
        let mut command = Command::new(program);
        command
            .args(arguments)
            .arg(number)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // The moment is the fault itself, and nothing is awaited.
        std::thread::sleep(Duration::from_micros(micros));
        child.kill().unwrap();
        return (child.wait_with_output().unwrap(), format!("time {micros} us"));
    }
    // First the kind of call, then which of its kind: a rename is as likely as one of many opens.
    let mut kinds: Vec<_> = points.iter().map(|(call, _)| call).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let kind = *pick(dice, &kinds);
    let of_kind: Vec<_> = points.iter().filter(|(call, _)| call == kind).collect();
    let (call, count) = *pick(dice, &of_kind);
    let inject = format!("inject={call}:signal=KILL:when={count}");
    let mut command = strace(&["-e", &format!("trace={call}"), "-e", &inject, "-o", "/dev/null"]);
    let output = command.arg(program).args(arguments).arg(number).output().unwrap();
    (output, format!("{call} {count}"))
}

fn pick<'a, T>(dice: &mut Jitter, all: &'a [T]) -> &'a T {
    &all[usize::try_from(dice.between(0, all.len() as u64 - 1)).unwrap()]
}

/// When the kills stop, everything confirmed is there, once, and a fresh event passes.
fn judge(directory: &Path, confirmed: &[String], what: &str, tally: &mut Tally) {
    const FRESH: u64 = 1_000_000;
    let declaration = sample::declaration();
    let places = sample::places(directory);
    let permit = sample::permit(&declaration, &places);
    let recorder = Recorder::open(permit, &declaration, &places, sample::header(Component::Cli));
    recorder.record(&sample::event(FRESH)).unwrap();
    for round in 1..3 {
        spool(directory).seal(NOW);
        deliver(directory, NOW + (LIVES + round) * 61);
    }
    // Reads what came twice as once, and fails where an event is in two batches.
    let arrived = Arrived::read(&directory.join("arrivals"), what);
    let mut recorded = BTreeSet::from([FRESH]);
    for line in confirmed {
        match line.split_once(' ').unwrap() {
            ("recorded", number) => {
                recorded.insert(number.parse().unwrap());
            }
            ("begun", run) => assert!(arrived.runs.contains_key(run), "{what}: run {run} is lost"),
            ("ended", run) => assert_eq!(arrived.runs[run], Some(true), "{what}: the end of {run} is lost"),
            _ => panic!("{line}"),
        }
    }
    assert!(recorded.is_subset(&arrived.numbers), "{what}: {recorded:?} of {:?}", arrived.numbers);
    let foreign = arrived.numbers.iter().find(|number| **number != FRESH && **number >= 2 * LIVES);
    assert!(foreign.is_none() && arrived.runs.len() as u64 <= LIVES, "{what}: foreign {foreign:?}");
    let left: Vec<_> = is_left(&directory.join("telemetry/spool"));
    assert!(left.is_empty(), "{what}: {left:?} is left");
    tally.recorded += recorded.len() as u64;
    tally.arrived += arrived.numbers.len() as u64;
    tally.runs += arrived.runs.len() as u64;
}
