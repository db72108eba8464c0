//! Many at once, and one that is stopped with a lock in its hand.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use aboveboard_core::consent::Choice;

use crate::acts::{deliver, spool};
use aboveboard_testkit::sample::{self, NOW};

/// A directory with a gate that its children wait at.
fn gated() -> (tempfile::TempDir, File) {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("arrivals")).unwrap();
    let gate = File::create(directory.path().join("gate")).unwrap();
    gate.lock().unwrap();
    (directory, gate)
}

fn start(act: &str, directory: &Path, arguments: &[String]) -> Child {
    let mut command = crate::child(act, directory);
    command.args(arguments).stdout(Stdio::piped()).stdin(Stdio::piped()).spawn().unwrap()
}

fn lines(child: Child) -> Vec<String> {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{:?}", output.status);
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

pub(crate) fn sixty_four_processes_agree_on_one_id() {
    let (directory, gate) = gated();
    let children: Vec<_> = (0..64).map(|_| start("id", directory.path(), &[])).collect();
    gate.unlock().unwrap();
    let ids: Vec<_> = children.into_iter().flat_map(lines).collect();
    assert_eq!(ids.len(), 64);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 1);
    let left: Vec<_> = fs::read_dir(directory.path().join("telemetry")).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

pub(crate) fn what_many_record_while_others_seal_and_send_arrives_once() {
    const WRITERS: u64 = 48;
    const EACH: u64 = 25;
    let (directory, gate) = gated();
    let couriers: Vec<_> = (0..16).map(|_| start("courier", directory.path(), &[])).collect();
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let arguments = [(writer * EACH).to_string(), EACH.to_string()];
            start("record-many", directory.path(), &arguments)
        })
        .collect();
    gate.unlock().unwrap();
    let confirmed: Vec<_> = writers.into_iter().flat_map(lines).collect();
    couriers.into_iter().for_each(|courier| drop(lines(courier)));
    spool(directory.path()).seal(NOW);
    deliver(directory.path(), NOW + 61);
    let arrived = arrived(directory.path());
    let recorded: BTreeSet<u64> =
        confirmed.iter().filter_map(|line| line.strip_prefix("recorded ")?.parse().ok()).collect();
    assert_eq!(arrived, recorded, "what arrived is what was confirmed");
    // Who found all segments locked dropped his event; with eight of them that is rare.
    assert!(recorded.len() as u64 > WRITERS * EACH / 2, "{} of {}", recorded.len(), WRITERS * EACH);
}

pub(crate) fn a_no_leaves_nothing_whoever_records_meanwhile() {
    let declaration = sample::declaration();
    for _ in 0..8 {
        let (directory, gate) = gated();
        let places = sample::places(directory.path());
        let children: Vec<_> = (0..8).map(|_| start("persist", directory.path(), &[])).collect();
        gate.unlock().unwrap();
        while !counts_a_drop(&places.state().join("spool")) {
            std::thread::yield_now();
        }
        sample::answer(&declaration, &places, Choice::No, NOW);
        children.into_iter().for_each(|child| drop(lines(child)));
        let left: BTreeSet<_> =
            fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["arrivals", "consent", "gate"].map(Into::into).into());
    }
}

/// Whether a drop was counted in the spool; there may be none yet.
fn counts_a_drop(spool: &Path) -> bool {
    let Ok(entries) = fs::read_dir(spool) else { return false };
    entries.filter_map(Result::ok).any(|entry| entry.file_name().as_encoded_bytes().starts_with(b"outcomes."))
}

/// The numbers that arrived, each once, counting a batch that came twice once.
pub(crate) fn arrived(directory: &Path) -> BTreeSet<u64> {
    let mut batches = BTreeSet::new();
    let mut numbers = BTreeSet::new();
    for entry in fs::read_dir(directory.join("arrivals")).unwrap() {
        let path = entry.unwrap().path();
        let batch = path.file_name().unwrap().to_str().unwrap().split_once('-').unwrap().1.to_owned();
        if batches.insert(batch) {
            for number in sample::numbers(&fs::read(&path).unwrap()) {
                assert!(numbers.insert(number), "{number} came twice");
            }
        }
    }
    numbers
}

pub(crate) fn a_stopped_process_stops_nobody() {
    let (directory, gate) = gated();
    drop(gate);
    lines(start("record", directory.path(), &[]));
    spool(directory.path()).seal(NOW + 1);
    lines(start("record-many", directory.path(), &["100".to_owned(), "1".to_owned()]));
    let segment = fs::read_dir(directory.path().join("telemetry/spool"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .find(|name| name.starts_with("open-"))
        .unwrap();

    let holders: Vec<_> = [&*segment, "seal.lock"]
        .map(|file| {
            let mut holder = start("hold", directory.path(), &[file.to_owned()]);
            let mut line = String::new();
            BufReader::new(holder.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
            signal(&holder, rustix::process::Signal::STOP);
            holder
        })
        .into();
    let recorded = lines(start("record-many", directory.path(), &["200".to_owned(), "5".to_owned()]));
    assert_eq!(recorded.len(), 5);
    assert!(recorded.iter().all(|line| line.starts_with("recorded")), "{recorded:?}");
    assert_eq!(spool(directory.path()).seal(NOW), 0, "who seals does not wait for the other");
    for mut holder in holders {
        signal(&holder, rustix::process::Signal::KILL);
        holder.wait().unwrap();
    }
    assert_eq!(spool(directory.path()).seal(NOW), 2);
    deliver(directory.path(), NOW);
    assert_eq!(arrived(directory.path()), [3, 4, 100, 200, 201, 202, 203, 204].into());
}

fn signal(child: &Child, signal: rustix::process::Signal) {
    let process = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(process, signal).unwrap();
}
