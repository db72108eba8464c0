//! A home that is restored, a machine that is cloned, copies that other programs leave: with a real collector, nothing counts
//! twice.

use std::path::Path;
use std::process::{Command, Stdio};

use harness::home::Home;
use harness::{machine, mounts};

use crate::world::World;

/// The system calls by which a batch goes from one step to the next: sealed, claimed, sent, moved to the log.
const STEPS: &str = "?rename,?renameat,renameat2,?unlink,?unlinkat,fdatasync,sendto";

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp");
    assert!(status.success());
}

/// Puts back what was kept of a home.
fn restore(kept: &Path, home: &Home) {
    std::fs::remove_dir_all(home.path()).expect("to remove it");
    copy(kept, &home.path());
}

/// `telemetry send` under strace with these arguments.
fn send(home: &Home, strace: &[&str]) {
    let mut command = home.program("strace");
    command.args(["-qq", "-f"]).args(strace).arg(harness::binary("quarry")).args(["telemetry", "send"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("strace runs");
}

/// Every step of a delivery: the name of a call and its number among those of that name.
fn steps(world: &World) -> Vec<(String, u32)> {
    let trace = world.user.data().join("trace");
    send(&world.user, &["-e", &format!("trace={STEPS}"), "-o", trace.to_str().expect("a path")]);
    let text = std::fs::read_to_string(&trace).expect("a trace");
    let mut counts = std::collections::BTreeMap::new();
    let mut steps = Vec::new();
    for call in text.lines().filter_map(|line| line.split('(').next()?.rsplit(' ').next()) {
        let count = counts.entry(call.to_owned()).or_insert(0);
        *count += 1;
        steps.push((call.to_owned(), *count));
    }
    assert!(steps.len() > 8, "{text}");
    steps
}

fn record(world: &World, projects: &[&str]) {
    for project in projects {
        world.quarry_ok(&["init", project]);
    }
}

#[test]
fn a_home_that_is_restored_from_any_step_of_a_delivery_counts_nothing_twice() {
    let mut world = World::new();
    world.quarry_ok(&["telemetry", "on"]);
    record(&world, &["a", "b", "c"]);
    let steps = steps(&world);
    let mut expected = 3;
    for (call, number) in &steps {
        let _ = world.next_user();
        world.quarry_ok(&["telemetry", "on"]);
        record(&world, &["a", "b", "c"]);
        // The backup is made at this moment; the machine goes on from it.
        let inject = format!("inject={call}:signal=KILL:when={number}");
        send(&world.user, &["-e", &format!("trace={call}"), "-e", &inject, "-o", "/dev/null"]);
        age_claims(&world.user);
        let kept = world.user.data().join("kept");
        copy(&world.user.path(), &kept);
        world.send_all();
        record(&world, &["d"]);
        world.send_all();
        expected += 4;
        assert_eq!(world.collector.await_counted("cli", expected), expected, "{call} {number}");
        restore(&kept, &world.user);
        world.send_all();
        record(&world, &["e"]);
        world.send_all();
        expected += 1;
        assert_eq!(world.collector.await_counted("cli", expected), expected, "restored at {call} {number}");
    }
    world.send_all();
    assert_eq!(world.collector.counted("cli"), expected);
}

/// A process may take over a claim that is a minute old. This makes every claim that old.
fn age_claims(home: &Home) {
    let spool = home.state().join("spool");
    for entry in std::fs::read_dir(&spool).into_iter().flatten().flatten() {
        let name = entry.file_name().into_string().expect("a name of ours");
        if let Some((batch, _)) = name.split_once(".claim-") {
            std::fs::rename(entry.path(), spool.join(format!("{batch}.claim-1.json"))).expect("it is dead");
        }
    }
}

/// Runs quarry in a home as the machine of this name does; false where no name can be given.
fn runs_on(machine: &str, home: &Home, arguments: &[&str]) -> bool {
    let output = machine::named(home, machine, &home.quarry(arguments)).output().expect("a shell");
    if mounts::is_refused(&output) {
        return false;
    }
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    true
}

#[test]
fn a_clone_with_events_that_wait_and_a_command_that_died_counts_both_once_and_its_own_beside_them() {
    let world = World::new();
    world.quarry_ok(&["telemetry", "on"]);
    // The image is made while a console runs, which dies with the machine.
    let mut console = world.user.quarry(&["--endpoint", "http://127.0.0.1:1", "console", "--port", "0"]);
    let mut console = harness::process::Process::start(&mut console);
    console.await_line("");
    console.kill();
    record(&world, &["a", "b"]);
    let kept = world.user.data().join("image");
    copy(&world.user.path(), &kept);

    // The original goes on with the segment that the image has too.
    record(&world, &["on-the-original"]);
    world.send_all();
    // Two came before the image, one after it, and one died.
    assert_eq!(world.collector.await_counted("cli", 4), 4);

    restore(&kept, &world.user);
    if !runs_on("clone", &world.user, &["init", "on-the-clone"]) {
        return;
    }
    assert!(runs_on("clone", &world.user, &["telemetry", "send"]));
    // A machine of another name has segments of its own, so only what came with the image is told again.
    assert_eq!(world.collector.await_counted("cli", 5), 5);
    let sent = world.quarry_ok(&["telemetry", "sent"]);
    assert!(sent.contains("\"interrupted\":1"), "nobody here knows how the console ended: {sent}");
    let again = world.quarry(&["telemetry", "send"]);
    assert!(again.status.success(), "{again:?}");
    assert_eq!(world.collector.counted("cli"), 5);
}

#[test]
fn what_sync_tools_and_editors_leave_is_passed_over_and_named_by_doctor() {
    let world = World::new();
    world.quarry_ok(&["telemetry", "on"]);
    record(&world, &["a", "b", "c"]);
    let spool = world.user.state().join("spool");
    let names = || -> Vec<String> {
        let entries = std::fs::read_dir(&spool).expect("a spool").flatten();
        entries.map(|entry| entry.file_name().into_string().expect("a name")).collect()
    };
    let open = names().into_iter().find(|name| name.starts_with("open-")).expect("a segment");
    let (stem, number) = open.rsplit_once('.').expect("a number");
    let copies = [
        format!("{stem}.sync-conflict-20261128-101010-ABCDEFG.{number}"),
        format!("{open} (1)"),
        format!("{open} (conflicted copy 2026-11-28)"),
        format!("{open}~"),
        format!(".{open}.swp"),
        format!("{open}.orig"),
        format!("{open}.bak"),
        format!("Copy of {open}"),
        format!("{stem}.{number}{number}"),
        format!("{stem}.A"),
        "run-0~".to_owned(),
        "run-0.sync-conflict-20261128-101010-ABCDEFG".to_owned(),
    ];
    for copy in &copies {
        std::fs::copy(spool.join(&open), spool.join(copy)).expect("a copy");
    }
    // One with a name that the spool itself could have given: it is the same batch.
    std::fs::copy(spool.join(&open), spool.join(format!("{stem}.5"))).expect("a copy");
    let doctor = world.quarry(&["telemetry", "doctor"]);
    let said =
        format!("{}{}", String::from_utf8_lossy(&doctor.stdout), String::from_utf8_lossy(&doctor.stderr));
    assert!(said.contains(&format!("{} files", copies.len())), "{said}");
    for _ in 0..3 {
        world.send_all();
    }
    assert_eq!(world.collector.await_counted("cli", 3), 3);
    record(&world, &["d"]);
    world.send_all();
    assert_eq!(world.collector.await_counted("cli", 4), 4, "what was sent last is no copy");
    assert!(copies.iter().all(|copy| names().contains(copy)), "what is not ours stays");
}
