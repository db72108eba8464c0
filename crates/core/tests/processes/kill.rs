//! Kills a process of ours before each of its system calls, and looks whether anything is lost or doubled.
//!
//! What a child confirmed before it died must come out of the spool exactly once; what it did not confirm may
//! come out once or not at all.
//!
//! `ABOVEBOARD_KILLS=<number>` bounds the kills of each act (default 40, spread evenly; 0 for every one).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use aboveboard_core::recorder::Recorder;
use aboveboard_types::declaration::Component;
use aboveboard_types::event::Ending;
use aboveboard_wire::Batch;

use crate::acts::{deliver, spool};
use aboveboard_testkit::sample::{self, NOW};

const ACTS: [&str; 5] = ["first", "record", "run", "seal", "deliver"];

/// The calls before which a kill can make a difference to the disk.
const CALLS: [&str; 15] = [
    "openat",
    "flock",
    "fstat",
    "newfstatat",
    "write",
    "pread64",
    "pwrite64",
    "getdents64",
    "renameat",
    "renameat2",
    "unlinkat",
    "mkdirat",
    "mkdir",
    "fdatasync",
    "close",
];

/// Everything that was confirmed is there once, wherever the kill fell.
pub(crate) fn nothing_is_lost_or_doubled_by_a_kill_before_any_call() {
    let strace = Command::new("strace").arg("-V").stdout(Stdio::null()).status();
    assert!(strace.is_ok_and(|status| status.success()), "strace is missing: apt-get install strace");
    let most = std::env::var("ABOVEBOARD_KILLS").ok().and_then(|most| most.parse().ok()).unwrap_or(40);
    for act in ACTS {
        let points = points(act);
        let step = if most == 0 { 1 } else { points.len().div_ceil(most) };
        let chosen: Vec<_> = points.iter().step_by(step).collect();
        for (call, number) in &chosen {
            let room = Room::prepared(act);
            let confirmed = room.killed(act, call, *number);
            room.judge(&confirmed, &format!("{act} killed before {call} number {number}"));
        }
        println!("  {act}: {} of {} points", chosen.len(), points.len());
    }
}

/// What a kill leaves in the sent log of a batch that expires then is gone with the next delivery.
pub(crate) fn the_sent_log_keeps_nothing_of_a_batch_that_was_never_moved_there() {
    let mut orphans = 0;
    for (call, number) in points("deliver") {
        let room = Room::prepared("deliver");
        room.killed("deliver", &call, number);
        for batch in fs::read_dir(room.path().join("telemetry/spool")).unwrap().map(Result::unwrap) {
            if batch.path().extension().is_some_and(|extension| extension == "json") {
                fs::remove_file(batch.path()).unwrap();
            }
        }
        let sent = room.path().join("telemetry/sent");
        let young = room.orphans(&sent);
        room.deliver_another();
        assert_eq!(room.orphans(&sent), young, "its body may still come: {call} number {number}");
        for file in young.iter().map(|name| fs::File::options().write(true).open(sent.join(name)).unwrap()) {
            file.set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
        }
        room.deliver_another();
        assert_eq!(room.orphans(&sent), Vec::<String>::new(), "{call} number {number}");
        orphans += young.len();
    }
    assert!(orphans > 2, "a kill fell between the receipt and the body: {orphans}");
}

struct Room {
    directory: tempfile::TempDir,
    prepared: bool,
}

impl Room {
    /// A spool with events, an ended run, a dead one and counted drops; sealed where the act delivers.
    fn prepared(act: &str) -> Self {
        let room = Self { directory: tempfile::tempdir().unwrap(), prepared: act != "first" };
        fs::create_dir(room.path().join("arrivals")).unwrap();
        if act == "first" {
            return room;
        }
        let declaration = sample::declaration();
        let places = sample::places(room.path());
        let permit = sample::permit(&declaration, &places);
        let recorder = Recorder::open(permit, &declaration, &places, sample::header(Component::Cli));
        for number in [1, 2] {
            recorder.record(&sample::event(number)).unwrap();
        }
        recorder.begin("init", NOW).unwrap().end(Ending::Success, None, None).unwrap();
        drop(recorder.begin("metadata apply", NOW).unwrap());
        recorder.dropped(aboveboard_types::outcome::DropReason::Expired, 5);
        if act == "deliver" {
            spool(room.path()).seal(NOW);
        }
        room
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// One more batch is recorded, sealed and delivered.
    fn deliver_another(&self) {
        let declaration = sample::declaration();
        let places = sample::places(self.path());
        let permit = sample::permit(&declaration, &places);
        let recorder = Recorder::open(permit, &declaration, &places, sample::header(Component::Cli));
        recorder.record(&sample::event(99)).unwrap();
        assert!(spool(self.path()).seal(NOW) > 0);
        deliver(self.path(), NOW + 61);
    }

    /// The files in the sent log that belong to no body there.
    fn orphans(&self, sent: &Path) -> Vec<String> {
        let Ok(entries) = fs::read_dir(sent) else { return Vec::new() };
        let names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        let has_body = |name: &String| names.contains(&format!("{}.json", name.split('.').next().unwrap()));
        let mut orphans: Vec<_> = names.iter().filter(|name| !has_body(name)).cloned().collect();
        orphans.sort();
        orphans
    }

    fn killed(&self, act: &str, call: &str, number: u32) -> Vec<String> {
        let inject = format!("inject={call}:signal=KILL:when={number}");
        let output =
            child(act, self.path(), &["-e", &format!("trace={call}"), "-e", &inject, "-o", "/dev/null"]);
        String::from_utf8(output).unwrap().lines().map(str::to_owned).collect()
    }

    /// When the kills stop, everything confirmed is there, once, and a fresh event passes.
    fn judge(&self, confirmed: &[String], what: &str) {
        let declaration = sample::declaration();
        let places = sample::places(self.path());
        let permit = sample::permit(&declaration, &places);
        let recorder = Recorder::open(permit, &declaration, &places, sample::header(Component::Cli));
        recorder.record(&sample::event(99)).unwrap();
        for round in 1..3 {
            spool(self.path()).seal(NOW);
            deliver(self.path(), NOW + round * 61);
        }
        let arrived = Arrived::read(&self.path().join("arrivals"), what);
        let mut expected: BTreeSet<u64> = [99].into();
        if self.prepared {
            expected.extend([1, 2]);
            assert_eq!(arrived.expired, 5, "{what}: the drops were told once");
            let ended = arrived.runs.values().filter(|failed| **failed == Some(false)).count();
            assert_eq!(ended, 1, "{what}: the ended run was told once");
            assert!(arrived.runs.values().any(Option::is_none), "{what}: the dead run was told");
        }
        for line in confirmed {
            match line.split_once(' ').unwrap() {
                ("recorded", number) => {
                    expected.insert(number.parse().unwrap());
                }
                ("begun", run) => assert!(arrived.runs.contains_key(run), "{what}: run {run} is lost"),
                ("ended", run) => {
                    assert_eq!(arrived.runs[run], Some(true), "{what}: the end of {run} is lost")
                }
                _ => panic!("{line}"),
            }
        }
        assert!(expected.is_subset(&arrived.numbers), "{what}: {expected:?} of {:?}", arrived.numbers);
        assert!(arrived.numbers.iter().all(|number| [1, 2, 3, 4, 99].contains(number)), "{what}: foreign");
        let left = is_left(&self.path().join("telemetry/spool"));
        assert!(left.is_empty(), "{what}: {left:?} is left");
    }
}

/// What is in a spool from which everything has left, and should not be: no lock, counter, passing file, or file for
/// running commands that none has.
pub(crate) fn is_left(spool: &Path) -> Vec<String> {
    let is_free = |name: &str| fs::read(spool.join(name)).unwrap().iter().all(|byte| *byte == b'\n');
    let stays = |name: &str| {
        name == "seal.lock"
            || name.starts_with("sequence.")
            || name.ends_with(".tmp")
            || name.starts_with("new-")
            || (name.starts_with("run-") && is_free(name))
    };
    let names = fs::read_dir(spool).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !stays(name)).collect()
}

/// What the collector has, batches that came twice counted once.
pub(crate) struct Arrived {
    pub(crate) numbers: BTreeSet<u64>,
    /// Each run and whether it failed; `None` for unfinished.
    pub(crate) runs: BTreeMap<String, Option<bool>>,
    expired: u64,
}

impl Arrived {
    pub(crate) fn read(arrivals: &Path, what: &str) -> Self {
        let mut bodies: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for entry in fs::read_dir(arrivals).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name.ends_with(".passing") {
                continue;
            }
            let batch = name.split_once('-').unwrap().1.to_owned();
            let body = fs::read(&path).unwrap();
            let known = bodies.entry(batch).or_insert_with(|| body.clone());
            assert_eq!(*known, body, "{what}: two bodies under one id");
        }
        let mut arrived = Self { numbers: BTreeSet::new(), runs: BTreeMap::new(), expired: 0 };
        for body in bodies.values() {
            for number in sample::numbers(body) {
                assert!(arrived.numbers.insert(number), "{what}: {number} came twice");
            }
            let batch: Batch<'_> = serde_json::from_slice(body).unwrap();
            for event in batch.events.iter().filter(|event| event.run.is_some()) {
                let run = event.run.unwrap().to_string();
                assert!(arrived.runs.insert(run, event.error).is_none(), "{what}: a run came twice");
            }
            for (_, number) in batch.outcomes().unwrap() {
                arrived.expired += number;
            }
        }
        arrived
    }
}

/// Every call of the act, by its kind and its place among those of its kind.
pub(crate) fn points(act: &str) -> Vec<(String, u32)> {
    let room = Room::prepared(act);
    let trace = room.path().join("trace");
    child(
        act,
        room.path(),
        &[
            "-e",
            &format!("trace={}", CALLS.map(|call| format!("?{call}")).join(",")),
            "-o",
            trace.to_str().unwrap(),
        ],
    );
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut points = Vec::new();
    for line in fs::read_to_string(&trace).unwrap().lines() {
        let call = line.split_once('(').map(|(call, _)| call.rsplit(' ').next().unwrap());
        if let Some(call) = call.filter(|call| CALLS.contains(call)) {
            let number = counts.entry(call.to_owned()).or_default();
            *number += 1;
            // What comes before is the loader's.
            if line.contains("telemetry") || !points.is_empty() {
                points.push((call.to_owned(), *number));
            }
        }
    }
    assert!(points.len() > 10, "{act}: {points:?}");
    points
}

fn child(act: &str, directory: &Path, arguments: &[&str]) -> Vec<u8> {
    let mut command = strace(arguments);
    command.arg(std::env::current_exe().unwrap()).args(["act", act]).arg(directory);
    command.output().unwrap().stdout
}

/// strace with these arguments; the program to run comes after them.
pub(crate) fn strace(arguments: &[&str]) -> Command {
    let mut command = Command::new("strace");
    command.args(["-qq", "-f"]).args(arguments);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.stderr(Stdio::null()).stdin(Stdio::null());
    command
}
