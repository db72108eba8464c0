//! `kill -9` of `publish run` before any of its system calls, erasures and restored copies in between: figures are drawn once,
//! and what is published is what was drawn.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;

use aboveboard_delivery::jitter::Jitter;
use harness::rounds;
use serde_json::Value;

use crate::publishing::maker::{Maker, files};

/// The system calls before which a kill can make a difference to the disk.
const CALLS: &str = "openat,flock,write,pwrite64,fsync,fdatasync,?rename,?renameat,renameat2,?unlink,?unlinkat,?rmdir,?mkdir,\
                     ?mkdirat,?link,?linkat,?chmod,?fchmodat,close,?copy_file_range,?symlink";

/// Copies of a directory are made by the system, which keeps everything as it is.
fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp runs").success());
}

/// A maker with something to publish, and a copy of its data directory.
fn ready() -> Maker {
    let maker = Maker::new("[\"commands\"]");
    maker.receive(0..300, "2026-06-20");
    maker.receive(0..300, "2026-06-26");
    maker.receive(0..300, "2026-07-14");
    maker.apply();
    maker.today("2026-07-16");
    save(&maker);
    maker
}

/// Keeps copies of the data directory and the site.
fn save(maker: &Maker) {
    copy(&maker.data(), &maker.path("before"));
    if maker.site().exists() {
        copy(&maker.site(), &maker.path("site-before"));
    }
}

/// Everything is as in the copies.
fn begin_anew(maker: &Maker) {
    copy(&maker.path("before"), &maker.data());
    for name in ["site", ".site.aboveboard-new", ".site.aboveboard-old"] {
        let _ = fs::remove_dir_all(maker.path(name));
    }
    if maker.path("site-before").exists() {
        copy(&maker.path("site-before"), &maker.site());
    }
}

/// What was drawn: the figures in every file that a draw is kept in.
fn kept(maker: &Maker) -> BTreeMap<String, [Value; 2]> {
    let draws =
        files(&maker.data().join("publications")).into_iter().filter(|(name, _)| name.ends_with(".draw"));
    let figures = |bytes: Vec<u8>| {
        let end = bytes.iter().position(|byte| *byte == b'\n').expect("a first line");
        let draw: Value = serde_json::from_slice(&bytes[end..]).expect("a draw");
        [draw["raw"].clone(), draw["publication"]["groups"].clone()]
    };
    draws.map(|(name, bytes)| (name, figures(bytes))).collect()
}

/// The figures of a site, of which there must be one for each publication in the ledger.
fn shown(site: &Path) -> BTreeSet<Vec<u8>> {
    let all = files(site).into_iter();
    all.filter(|(name, _)| name.ends_with("/publication.json")).map(|(_, bytes)| bytes).collect()
}

/// The calls of a verb from the first that touches what is published: by name, with the numbers at which they come.
fn points(maker: &Maker, verb: &[&str]) -> Vec<(String, u32)> {
    begin_anew(maker);
    let trace = maker.path("trace");
    let trace = trace.to_str().expect("a path");
    let run = maker.verb(verb);
    let run: Vec<&str> = run.iter().map(String::as_str).collect();
    let output =
        maker.traced(&["-e", &format!("trace={CALLS}"), "-o", trace], &run).output().expect("strace runs");
    assert!(output.status.success(), "{output:?}");
    let text = fs::read_to_string(trace).expect("a trace");
    let main = text.split(' ').next().expect("a process").to_owned();
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut points = Vec::new();
    let mut is_ours = false;
    for line in text.lines().filter(|line| line.starts_with(&main) && line.contains('(')) {
        let Some(call) = line.split('(').next().and_then(|call| call.rsplit(' ').next()) else { continue };
        let count = counts.entry(call.to_owned()).or_insert(0);
        *count += 1;
        is_ours |= line.contains("publications") || line.contains("/site");
        if is_ours {
            points.push((call.to_owned(), *count));
        }
    }
    assert!(points.len() > 100, "{points:?}");
    points
}

fn killed(maker: &Maker, verb: &[&str], (call, count): &(String, u32)) -> bool {
    let run = maker.verb(verb);
    let run: Vec<&str> = run.iter().map(String::as_str).collect();
    let inject = format!("inject={call}:signal=KILL:when={count}");
    let strace = ["-e", &format!("trace={call}"), "-e", &inject, "-o", "/dev/null"];
    let output = maker.traced(&strace, &run).output().expect("strace runs");
    output.status.signal() == Some(9)
}

/// That of the environment, or another one each time.
fn seed() -> u64 {
    let given = std::env::var("ABOVEBOARD_SEED").ok().and_then(|seed| seed.parse().ok());
    given.unwrap_or_else(|| Jitter::of_this_run().between(0, u64::MAX))
}

/// So many of the points, or all of them.
fn some(mut points: Vec<(String, u32)>, slice: usize, dice: &mut Jitter) -> Vec<(String, u32)> {
    let wanted = rounds(slice, points.len());
    while points.len() > wanted {
        let out = usize::try_from(dice.between(0, points.len() as u64 - 1)).expect("a place");
        points.swap_remove(out);
    }
    points
}

#[test]
fn torture_a_run_that_is_killed_before_any_call_goes_on_with_what_was_drawn() {
    let seed = seed();
    println!("ABOVEBOARD_SEED={seed}");
    let maker = ready();
    let points = some(points(&maker, &["run"]), 12, &mut Jitter::seeded(seed));
    let mut kills = 0;
    let mut drawn_before = 0;
    for point in &points {
        begin_anew(&maker);
        kills += u64::from(killed(&maker, &["run"], point));
        let first = kept(&maker);
        let seen = shown(&maker.site());
        drawn_before += usize::from(!first.is_empty());
        let run = maker.publish(&["run"]);
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        let is_published = said.contains("2026-10-15");
        assert!(run.status.success() || is_published, "{point:?}: {said}");
        let after = kept(&maker);
        for (name, figures) in &first {
            assert!(after.get(name) == Some(figures), "{point:?}: {name} was drawn again");
        }
        let site = shown(&maker.site());
        assert_eq!(site.len(), 1, "{point:?}");
        assert!(seen.is_subset(&site), "{point:?}: something else was to be seen");
        let is_left = |name: &str| maker.path(name).exists();
        assert!(!is_left(".site.aboveboard-new") && !is_left(".site.aboveboard-old"), "{point:?}");
        let before = files(&maker.site());
        assert!(maker.refusal(&["run"]).contains("2026-10-15"), "{point:?}");
        assert!(files(&maker.site()) == before, "{point:?}");
    }
    println!(
        "{{\"run\":\"publish kills\",\"points\":{},\"kills\":{kills},\"drawn\":{drawn_before}}}",
        points.len()
    );
    assert!(kills * 10 >= points.len() as u64 * 9, "{kills} of {}", points.len());
}

#[test]
fn neither_an_erasure_nor_a_copy_from_before_makes_anything_be_drawn_again() {
    let maker = ready();
    let config = maker.path("collector.toml");
    let config = config.to_str().expect("a path");
    let backup =
        maker.aboveboard(&["collector", "backup", "--config", config, "copy"]).output().expect("a copy");
    assert!(backup.status.success(), "{backup:?}");
    maker.publish_ok(&["run"]);
    let published = files(&maker.site());
    // An installation is erased after it was counted.
    let id = harness::crowd::Member(7).id("acorn").to_string();
    let erase = ["collector", "erase", "--config", config, "--product", "acorn", &id];
    let erased = maker.aboveboard(&erase).output().expect("the program runs");
    assert!(erased.status.success(), "{erased:?}");
    drop(maker.collect());
    let again = |what: &str| {
        assert!(maker.refusal(&["run"]).contains("2026-10-15"), "{what}");
        assert!(maker.refusal(&["run", "--period", "2026-q2"]).contains("published"), "{what}");
        assert!(files(&maker.site()) == published, "{what}");
    };
    again("an erasure");
    let restored =
        maker.aboveboard(&["collector", "restore", "--config", config, "copy"]).output().expect("a copy");
    assert!(restored.status.success(), "{restored:?}");
    drop(maker.collect());
    again("a restored database");
    // The whole directory from before: nothing in it knows of the publication.
    copy(&maker.path("before"), &maker.data());
    let said = maker.refusal(&["run"]);
    assert!(said.contains("publish adopt"), "{said}");
    assert!(files(&maker.site()) == published);
    maker.publish_ok(&["adopt"]);
    again("an adopted log");
    // The site from before: nothing.
    fs::rename(maker.site(), maker.path("lost")).expect("the site");
    let said = maker.refusal(&["run"]);
    assert!(said.contains("fetch"), "{said}");
    assert!(!maker.site().exists());
    fs::rename(maker.path("lost"), maker.site()).expect("the site");
    again("a site that is back");
}

#[test]
fn torture_a_withdrawal_a_correction_or_an_adoption_that_is_killed_before_any_call_is_finished_by_the_next() {
    let seed = seed();
    println!("ABOVEBOARD_SEED={seed}");
    let mut dice = Jitter::seeded(seed);
    let withdraw = &["withdraw", "2026-q2", "--reason", "Wrong."][..];
    let correct = &["correct", "2026-q2", "--reason", "Drawn again."][..];
    let maker = ready();
    maker.publish_ok(&["run"]);
    save(&maker);
    for verb in [withdraw, correct] {
        for point in some(points(&maker, verb), 4, &mut dice) {
            begin_anew(&maker);
            killed(&maker, verb, &point);
            let first = kept(&maker);
            let again = maker.publish(verb);
            let said = String::from_utf8_lossy(&again.stderr).into_owned();
            assert!(again.status.success() || said.contains("with this reason already"), "{point:?}: {said}");
            for (name, figures) in &first {
                assert!(
                    kept(&maker).get(name) == Some(figures),
                    "{verb:?} {point:?}: {name} was drawn again"
                );
            }
            let leaves = fs::read_to_string(maker.site().join("log/leaves.txt")).expect("leaves");
            assert_eq!(leaves.lines().count(), 2, "{verb:?} {point:?}");
            assert_eq!(maker.verified(), Ok(()), "{verb:?} {point:?}");
        }
    }
    // A collector that knows of nothing reads all of it from the site.
    begin_anew(&maker);
    maker.publish_ok(withdraw);
    fs::remove_dir_all(maker.data().join("publications")).expect("what was drawn");
    save(&maker);
    let site = files(&maker.site());
    for point in some(points(&maker, &["adopt"]), 4, &mut dice) {
        begin_anew(&maker);
        killed(&maker, &["adopt"], &point);
        maker.publish_ok(&["adopt"]);
        assert!(files(&maker.site()) == site, "{point:?}");
        assert!(maker.refusal(&["run"]).contains("never drawn again"), "{point:?}");
    }
}
