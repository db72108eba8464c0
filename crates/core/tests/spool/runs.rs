//! Commands: ended, unfinished, still running, told once.

use std::fs;

use aboveboard_core::inspect;
use aboveboard_testkit::sample::{self, NOW};
use aboveboard_types::declaration::Component;

use crate::sandbox::{Sandbox, deliver, told};

use aboveboard_types::event::Ending;
use aboveboard_types::outcome::DropReason;

fn commands(bodies: &[Vec<u8>]) -> Vec<(String, &'static str)> {
    let mut all = Vec::new();
    for body in bodies {
        let batch: aboveboard_wire::Batch<'_> = serde_json::from_slice(body).unwrap();
        for event in &batch.events {
            let ending = match (event.error, event.unfinished) {
                (Some(false), None) => "success",
                (Some(true), None) => "error",
                (None, Some(true)) => "unfinished",
                other => panic!("{other:?}"),
            };
            all.push((event.command.as_ref().unwrap().to_string(), ending));
        }
    }
    all.sort();
    all
}

/// The files of runs that hold one.
fn taken(sandbox: &Sandbox) -> Vec<String> {
    let mut names = sandbox.names("run-");
    names.retain(|name| fs::read(sandbox.path().join(name)).unwrap().iter().any(|byte| *byte != b'\n'));
    names
}

#[test]
fn a_command_is_told_by_its_ending_or_by_its_death_and_not_while_it_runs() {
    let sandbox = Sandbox::new();
    let recorder = sandbox.recorder();
    recorder.begin("init", NOW).unwrap().end(Ending::Success, None, None).unwrap();
    recorder.begin("init", NOW).unwrap().end(Ending::Error, None, None).unwrap();
    recorder.begin("metadata apply", NOW).unwrap().discard();
    let running = recorder.begin("metadata apply", NOW).unwrap();
    // As a dead process leaves it: the file is there, its lock is not.
    drop(recorder.begin("init", NOW).unwrap());
    assert_eq!(taken(&sandbox), ["run-0", "run-1"]);

    let permit = sample::permit(&sandbox.declaration, &sandbox.places);
    let header = sample::header(Component::Cli);
    let preview =
        inspect::preview(Some(&permit), &sandbox.declaration, Some(&sandbox.places), &header, &[], NOW);
    let spool = sandbox.spool();
    assert_eq!(spool.seal(NOW), 1);
    let bodies = deliver(&spool, NOW);
    assert_eq!(String::from_utf8_lossy(&bodies[0]), preview);
    let init = |ending| ("init".to_owned(), ending);
    assert_eq!(commands(&bodies), [init("error"), init("success"), init("unfinished")]);
    assert_eq!(taken(&sandbox), ["run-0"]);

    running.end(Ending::Success, None, None).unwrap();
    spool.seal(NOW);
    assert_eq!(commands(&deliver(&spool, NOW)), [("metadata apply".to_owned(), "success")]);
    assert_eq!(sandbox.names("run-"), ["run-0"]);
    assert!(taken(&sandbox).is_empty());
}

#[cfg(unix)]
#[test]
fn one_command_after_the_other_uses_the_same_file_and_many_at_once_have_each_their_own() {
    let sandbox = Sandbox::new();
    let recorder = sandbox.recorder();
    let inode = || std::os::unix::fs::MetadataExt::ino(&fs::metadata(sandbox.path().join("run-0")).unwrap());
    let long = recorder.begin("metadata apply", NOW).unwrap();
    let first = inode();
    long.end(Ending::Success, None, None).unwrap();
    recorder.begin("init", NOW).unwrap().end(Ending::Success, None, None).unwrap();
    assert_eq!((sandbox.names("run-"), inode()), (vec!["run-0".to_owned()], first));

    let mut many: Vec<_> = (0..7).map(|_| recorder.begin("init", NOW).unwrap()).collect();
    assert_eq!(taken(&sandbox).len(), 7);
    // Two die, one of them in a slot; the others end.
    drop(many.remove(6));
    drop(many.remove(0));
    for run in many {
        run.end(Ending::Error, None, None).unwrap();
    }
    assert_eq!(taken(&sandbox).len(), 2);
    let spool = sandbox.spool();
    spool.seal(NOW);
    let endings = commands(&deliver(&spool, NOW));
    let count = |ending| endings.iter().filter(|(_, known)| *known == ending).count();
    assert_eq!((count("success"), count("error"), count("unfinished")), (2, 5, 2));
    assert!(taken(&sandbox).is_empty());
}

#[cfg(unix)]
#[test]
fn a_slot_that_somebody_planted_is_passed_over() {
    let sandbox = Sandbox::new();
    sandbox.spool_after_first();
    let victim = sandbox.directory.path().join("victim");
    fs::write(&victim, "").unwrap();
    fs::hard_link(&victim, sandbox.path().join("run-0")).unwrap();
    std::os::unix::fs::symlink(&victim, sandbox.path().join("run-1")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, sandbox.path().join("run-2"), rustix::fs::Mode::RWXU).unwrap();
    fs::create_dir(sandbox.path().join("run-3")).unwrap();
    let recorder = sandbox.recorder();
    drop(recorder.begin("init", NOW).unwrap());
    recorder.begin("init", NOW).unwrap().end(Ending::Success, None, None).unwrap();
    assert_eq!(fs::read(&victim).unwrap(), b"");
    let spool = sandbox.spool();
    spool.seal(NOW);
    assert_eq!(commands(&deliver(&spool, NOW)).len(), 2);
    assert_eq!(fs::read(&victim).unwrap(), b"");
}

#[test]
fn a_run_whose_closing_line_stands_is_not_told_again() {
    let sandbox = Sandbox::new();
    let recorder = sandbox.recorder();
    let run = recorder.begin("init", NOW).unwrap();
    let name = taken(&sandbox)[0].clone();
    let opening = fs::read(sandbox.path().join(&name)).unwrap();
    run.end(Ending::Success, None, None).unwrap();
    // Killed between the closing line and the removal of the file.
    fs::write(sandbox.path().join(&name), &opening).unwrap();
    let spool = sandbox.spool();
    spool.seal(NOW);
    assert_eq!(commands(&deliver(&spool, NOW)).len(), 1);
    spool.seal(NOW);
    assert_eq!(deliver(&spool, NOW).len(), 0);

    // The same, and the process still lives while the batch is sealed and is killed then.
    let run = recorder.begin("init", NOW).unwrap();
    let alive = sandbox.path().join(&taken(&sandbox)[0]);
    let opening = fs::read(&alive).unwrap();
    run.end(Ending::Success, None, None).unwrap();
    fs::write(&alive, opening).unwrap();
    let lock = fs::File::open(&alive).unwrap();
    lock.lock().unwrap();
    spool.seal(NOW);
    assert_eq!(commands(&deliver(&spool, NOW)).len(), 1);
    drop(lock);
    spool.seal(NOW);
    assert_eq!(deliver(&spool, NOW).len(), 0, "its file went before the batch was sealed");
}

#[test]
fn an_opening_line_that_was_never_finished_is_swept_away() {
    let sandbox = Sandbox::new();
    let spool = sandbox.spool_after_first();
    let name = format!("run-{}", aboveboard_core::identity::run_id().unwrap());
    for (name, content, stays) in [
        (&*name, "", false),
        (&name, "00000000 {", false),
        (&name, "garbage\n", false),
        ("run-2", "00000000 {", false),
        ("run-2", "garbage\n\n\n", false),
        ("run-2", "", true),
        ("run-2", "\n\n\n", true),
    ] {
        fs::write(sandbox.path().join(name), content).unwrap();
        spool.seal(NOW);
        assert_eq!(sandbox.names(name).len(), usize::from(stays), "{name} {content:?}");
    }
    assert!(deliver(&spool, NOW).is_empty());
}

/// Writes the file of a run anew, with another second line, and the checksum that belongs to it.
fn with_origin(file: &std::path::Path, change: impl Fn(&str) -> String) {
    let text = fs::read_to_string(file).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let json = change(&lines[1][9..]);
    lines[1] = format!("{:08x} {json}", aboveboard_types::checksum::crc32(json.as_bytes()));
    fs::write(file, lines.join("\n") + "\n").unwrap();
}

#[test]
fn a_command_that_another_start_or_machine_left_is_counted_as_interrupted_and_not_told_as_unfinished() {
    type Change = fn(&str) -> String;
    let changes: [(&str, Change, DropReason, u64); 4] = [
        ("another start", |json| json.replacen("\"booted\":1", "\"booted\":", 1), DropReason::Interrupted, 1),
        (
            "another machine",
            |json| format!("{},\"node\":0}}", json.split(",\"node\"").next().unwrap()),
            DropReason::Interrupted,
            1,
        ),
        ("no origin", |_| "{}".to_owned(), DropReason::Interrupted, 1),
        ("this one", str::to_owned, DropReason::Interrupted, 0),
    ];
    for (what, change, reason, expected) in changes {
        let sandbox = Sandbox::new();
        let recorder = sandbox.recorder();
        recorder.begin("metadata apply", NOW).unwrap().end(Ending::Success, None, None).unwrap();
        drop(recorder.begin("init", NOW).unwrap());
        let file = sandbox.path().join(&taken(&sandbox)[0]);
        with_origin(&file, change);
        let permit = sample::permit(&sandbox.declaration, &sandbox.places);
        let header = sample::header(Component::Cli);
        let preview =
            inspect::preview(Some(&permit), &sandbox.declaration, Some(&sandbox.places), &header, &[], NOW);
        let spool = sandbox.spool();
        spool.seal(NOW);
        let bodies = deliver(&spool, NOW);
        assert_eq!(String::from_utf8_lossy(&bodies[0]), preview, "{what}: what is shown is sent");
        assert_eq!(told(&bodies[0], reason), expected, "{what}");
        assert_eq!(commands(&bodies).len(), if expected == 0 { 2 } else { 1 }, "{what}");
        assert!(taken(&sandbox).is_empty(), "{what}");
    }
}

#[test]
fn a_command_whose_file_is_older_than_a_spool_keeps_anything_is_counted_as_too_old() {
    let sandbox = Sandbox::new();
    let recorder = sandbox.recorder();
    recorder.begin("metadata apply", NOW).unwrap().end(Ending::Success, None, None).unwrap();
    drop(recorder.begin("init", NOW).unwrap());
    let file = sandbox.path().join(&taken(&sandbox)[0]);
    let fifteen_days = std::time::Duration::from_secs(15 * 86_400);
    let then = std::time::SystemTime::now() - fifteen_days;
    fs::File::options().write(true).open(file).unwrap().set_modified(then).unwrap();
    let spool = sandbox.spool();
    let now = aboveboard_types::clock::now();
    spool.seal(now);
    let bodies = deliver(&spool, now);
    assert_eq!(told(&bodies[0], DropReason::TooOld), 1);
    assert_eq!(commands(&bodies).len(), 1);
}
