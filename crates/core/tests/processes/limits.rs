//! Disks and limits that leave no room. The host lives, and what was confirmed is there.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::acts::{deliver, spool};
use crate::race::arrived;
use aboveboard_testkit::sample::NOW;

/// Runs a child behind a shell line that sets its limits.
fn under(limits: &str, act: &str, directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{limits}; exec \"$@\""), "sh"]);
    command.arg(std::env::current_exe().unwrap()).args(["act", act]).arg(directory).args(arguments);
    command.output().unwrap()
}

fn confirmed(output: &Output) -> Vec<u64> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().filter_map(|line| line.strip_prefix("recorded ")?.parse().ok()).collect()
}

pub(crate) fn a_full_disk_loses_nothing_that_was_confirmed() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    let mounted = crate::is_root()
        && Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs"])
            .arg(place)
            .status()
            .is_ok_and(|status| status.success());
    if !mounted {
        println!("  not run: a small tmpfs can only be mounted by root");
        return;
    }
    let mount = Mount(place);
    let ballast = place.join("ballast");
    fs::write(&ballast, vec![0; 40 * 1024]).unwrap();
    let output = under(":", "record-many", place, &["0", "400"]);
    assert!(output.status.success(), "{output:?}");
    let recorded = confirmed(&output);
    assert!(!recorded.is_empty() && recorded.len() < 400, "{}", recorded.len());

    fs::remove_file(&ballast).unwrap();
    let fresh = confirmed(&under(":", "record-many", place, &["900", "1"]));
    assert_eq!(fresh, [900], "when there is room again, it goes on by itself");
    fs::create_dir(place.join("arrivals")).unwrap();
    spool(place).seal(NOW);
    deliver(place, NOW);
    let arrived = arrived(place);
    drop(mount);
    assert_eq!(arrived, recorded.into_iter().chain([900]).collect());
}

/// Unmounted also where an assertion fails.
struct Mount<'p>(&'p Path);

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l"]).arg(self.0).status();
    }
}

pub(crate) fn a_limit_on_file_sizes_kills_nobody() {
    for blocks in 0..4 {
        let directory = tempfile::tempdir().unwrap();
        let output = under(&format!("ulimit -f {blocks}"), "record-many", directory.path(), &["0", "30"]);
        assert!(output.status.success(), "no signal at {blocks} blocks: {output:?}");
        let recorded = confirmed(&output);
        assert_eq!(recorded.is_empty(), blocks == 0);
        if !recorded.is_empty() {
            fs::create_dir(directory.path().join("arrivals")).unwrap();
            spool(directory.path()).seal(NOW);
            deliver(directory.path(), NOW);
            assert_eq!(arrived(directory.path()), recorded.into_iter().collect());
        }
    }
}

pub(crate) fn a_host_out_of_descriptors_lives() {
    for descriptors in 3..8 {
        let directory = tempfile::tempdir().unwrap();
        let limits = format!("ulimit -n {descriptors}");
        let output = under(&limits, "record-many", directory.path(), &["0", "3"]);
        // With too few, the loader itself cannot start the program.
        let started = !output.stdout.is_empty();
        assert!(output.status.success() || !started, "{descriptors}: {output:?}");
    }
}

pub(crate) fn what_a_host_prints_with_its_streams_closed_is_in_no_file_of_telemetry() {
    let directory = tempfile::tempdir().unwrap();
    let output = under("exec <&- >&- 2>&-", "record-many", directory.path(), &["0", "5"]);
    assert!(output.status.success(), "{output:?}");
    fs::create_dir(directory.path().join("arrivals")).unwrap();
    let segment =
        fs::read_dir(directory.path().join("telemetry/spool")).unwrap().next().unwrap().unwrap().path();
    assert!(!fs::read_to_string(segment).unwrap().contains("recorded"));
    spool(directory.path()).seal(NOW);
    deliver(directory.path(), NOW);
    assert_eq!(arrived(directory.path()), (0..5).collect());
}
