//! Paths that are swapped for links while somebody records: what a link points to is never touched.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use aboveboard_core::recorder::Recorder;
use aboveboard_types::declaration::Component;
use rustix::fs::{CWD, RenameFlags, renameat_with};

use aboveboard_testkit::sample;

/// Rounds of swaps in the tests; under torture they go on for a minute.
const ROUNDS: u32 = 300;

/// State, spool and the files in it change places with links to a directory and a file of the same user, as fast as
/// that goes. Nothing appears in the one, nothing changes in the other, and the writer lives.
pub(crate) fn what_is_swapped_for_a_link_is_not_followed() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    fs::create_dir(at("victim")).unwrap();
    fs::write(at("victim/file"), "untouched").unwrap();
    symlink(at("victim"), at("to-directory")).unwrap();
    symlink(at("victim/file"), at("to-file")).unwrap();
    let declaration = sample::declaration();
    let places = sample::places(directory.path());
    sample::permit(&declaration, &places);
    let mut persist = crate::child("persist", directory.path());
    let mut writer = Writer(persist.stdout(Stdio::null()).spawn().unwrap());
    let begun = Instant::now();
    while !at("telemetry/spool/run-0").exists() {
        assert!(begun.elapsed() < Duration::from_secs(60), "nobody records");
        std::thread::yield_now();
    }
    let before = recorded(&at("telemetry/spool"));
    let begun = Instant::now();
    let mut rounds = 0;
    let is_long = std::env::var_os("ABOVEBOARD_TORTURE").is_some();
    while rounds < ROUNDS || is_long && begun.elapsed() < Duration::from_secs(60) {
        rounds += 1;
        there_and_back(&at("telemetry"), &at("to-directory"), &at("victim"));
        there_and_back(&at("telemetry/spool"), &at("to-directory"), &at("victim"));
        for entry in fs::read_dir(at("telemetry/spool")).unwrap().flatten() {
            there_and_back(&entry.path(), &at("to-file"), &at("victim/file"));
        }
    }
    assert!(writer.0.try_wait().unwrap().is_none(), "the writer lives");
    drop(writer);
    let names: Vec<_> = fs::read_dir(at("victim")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["file"]);
    assert_eq!(fs::read(at("victim/file")).unwrap(), b"untouched");
    assert!(recorded(&at("telemetry/spool")) > before, "it recorded meanwhile");
    println!("  {rounds} rounds of swaps");
    let permit = sample::permit(&declaration, &places);
    let recorder = Recorder::open(permit, &declaration, &places, sample::header(Component::Cli));
    recorder.record(&sample::event(99)).unwrap();
}

/// Two names change places, in one step each way. A file may have gone meanwhile; so may the link that stood in its
/// place, which whoever tidies up takes away without a look at what it points to, and another file may have its name.
fn there_and_back(ours: &Path, link: &Path, target: &Path) {
    let swap = || renameat_with(CWD, ours, CWD, link, RenameFlags::EXCHANGE);
    if swap().is_err() {
        return;
    }
    std::thread::yield_now();
    if swap().is_err() {
        fs::rename(link, ours).unwrap();
    }
    if fs::read_link(link).is_err() {
        let _ = fs::remove_file(link);
        symlink(target, link).unwrap();
    }
}

/// Ended also where an assertion fails.
struct Writer(Child);

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Bytes in the open segments.
fn recorded(spool: &Path) -> u64 {
    let files = fs::read_dir(spool).unwrap().flatten();
    files
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("open-"))
        .map(|entry| entry.metadata().map_or(0, |metadata| metadata.len()))
        .sum()
}
