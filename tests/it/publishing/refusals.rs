//! What stops a publication: each a refusal that names the remedy, with nothing drawn and nothing lost.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;

use harness::mounts::{in_memory, is_refused};
use harness::until;

use crate::publishing::maker::{Maker, files};

/// A maker who can publish the second quarter.
fn ready() -> Maker {
    let maker = Maker::new("[\"commands\"]");
    maker.receive(0..150, "2026-06-20");
    maker.receive(0..150, "2026-06-26");
    maker.receive(0..150, "2026-07-14");
    maker.apply();
    maker.today("2026-07-16");
    maker
}

/// Refuses with these words, and draws and shows nothing new.
fn refuses(maker: &Maker, verb: &[&str], words: &[&str]) {
    let kept = || -> Vec<String> {
        let names = files(&maker.data().join("publications")).into_keys();
        names.filter(|name| name.ends_with(".draw") || name.ends_with(".counted")).collect()
    };
    let drawn = kept();
    let shown = files(&maker.site());
    let said = maker.refusal(verb);
    for word in words {
        assert!(said.contains(word), "{verb:?} does not say {word:?}: {said}");
    }
    assert_eq!(kept(), drawn, "{verb:?}");
    assert!(files(&maker.site()) == shown, "{verb:?}: the site changed");
}

#[test]
fn a_period_is_drawn_from_its_fifteenth_day_on_and_each_once() {
    let maker = ready();
    maker.today("2026-07-14");
    refuses(&maker, &["run", "--period", "2026-q2"], &["2026-07-15"]);
    refuses(&maker, &["run", "--period", "2026-q3"], &["2026-10-15"]);
    maker.today("2026-07-15");
    refuses(&maker, &["run", "--period", "2026-05"], &["quarter"]);
    refuses(&maker, &["withdraw", "2026-q2", "--reason", "No."], &["2026-q2"]);
    refuses(&maker, &["correct", "2026-q2", "--reason", "No."], &["2026-q2"]);
    maker.publish_ok(&["run"]);
    refuses(&maker, &["run"], &["2026-10-15"]);
    refuses(&maker, &["run", "--period", "2026-q2"], &["published"]);
}

#[test]
fn a_product_that_is_not_there_or_publishes_nothing_is_not_published() {
    let maker = ready();
    let arguments = maker.verb(&["run"]);
    let other: Vec<&str> =
        arguments.iter().map(|word| if word == "acorn" { "beech" } else { word.as_str() }).collect();
    let output = maker.aboveboard(&other).output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("beech") && said.contains("telemetry.toml"), "{said}");
    let manifest = fs::read_to_string(maker.manifest()).expect("a manifest");
    let (without, _) = manifest.split_once("[publish]").expect("[publish]");
    maker.declare(without);
    refuses(&maker, &["run"], &["[publish]", "manifest push"]);
}

#[test]
fn while_the_log_or_the_clock_cannot_be_trusted_nothing_is_drawn() {
    let maker = ready();
    maker.receive(0..20, "2026-07-15");
    maker.today("2026-07-16");
    refuses(&maker, &["run"], &["ingest log", "start the collector"]);
    maker.apply();
    // Years after the newest receipt.
    maker.today("2030-01-20");
    refuses(&maker, &["run"], &["clock", "clock accept"]);
    // Long before it.
    maker.today("2026-06-20");
    refuses(&maker, &["run"], &["clock"]);
    maker.today("2026-07-16");
    maker.publish_ok(&["run"]);
}

#[test]
fn another_key_than_the_manifests_signs_nothing_and_a_lost_one_is_replaced_in_the_manifest() {
    let maker = ready();
    let made =
        maker.aboveboard(&["publish", "key", "new", "other.pem", "--name", "acorn.example/figures"]).output();
    let line = String::from_utf8(made.expect("a key").stdout).expect("a text");
    let signed_by = |key: &str| {
        let arguments = maker.verb(&["run"]);
        let arguments: Vec<&str> =
            arguments.iter().map(|word| if word == "key.pem" { key } else { word.as_str() }).collect();
        maker.aboveboard(&arguments).output().expect("the program runs")
    };
    for (key, word) in
        [("other.pem", "`keys`"), ("lost.pem", "lost.pem"), ("collector.toml", "publish key new")]
    {
        let refused = signed_by(key);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains(word), "{key}: {said}");
        assert!(!maker.site().exists() && !maker.data().join("publications/acorn").exists(), "{key}: {said}");
    }
    let manifest = fs::read_to_string(maker.manifest()).expect("a manifest");
    let both = manifest.replace("keys = [", &format!("keys = [\"{}\", ", line.trim()));
    maker.declare_revision(2, &both);
    let done = signed_by("other.pem");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn a_manifest_whose_tables_change_within_a_period_is_not_published_for_that_period() {
    let maker = ready();
    let manifest = fs::read_to_string(maker.manifest()).expect("a manifest");
    maker.declare_revision(
        2,
        &manifest.replace("tables = [\"commands\"]", "tables = [\"commands\", \"sizes\"]"),
    );
    maker.receive(0..150, "2026-07-15");
    maker.apply();
    maker.today("2026-07-16");
    refuses(&maker, &["run"], &["other tables", "--revision"]);
    maker.publish_ok(&["run", "--revision", "1"]);
    maker.pass("2026-10-16");
    refuses(&maker, &["run"], &["other tables", "--revision"]);
    maker.publish_ok(&["run", "--revision", "2"]);
}

#[test]
fn a_site_that_was_edited_or_is_another_one_is_left_as_it_is() {
    let maker = ready();
    maker.publish_ok(&["run"]);
    maker.receive(0..150, "2026-09-20");
    maker.apply();
    maker.pass("2026-10-16");
    let page = maker.site().join("how.html");
    let written = fs::read(&page).expect("a page");
    fs::write(&page, "better").expect("a page");
    refuses(&maker, &["run"], &["how.html", "changed by hand", "Put the"]);
    fs::write(&page, written).expect("a page");
    // A site of the same product, of another collector.
    let other = ready();
    other.publish_ok(&["run"]);
    fs::rename(maker.site(), maker.path("own")).expect("the site");
    let copied = std::process::Command::new("cp").arg("-a").arg(other.site()).arg(maker.site()).status();
    assert!(copied.expect("cp runs").success());
    refuses(&maker, &["run"], &["another one", "--site"]);
    fs::remove_dir_all(maker.site()).expect("the other site");
    fs::rename(maker.path("own"), maker.site()).expect("the site");
    fs::write(maker.site().join("CNAME"), "acorn.example").expect("a file of the maker's");
    maker.publish_ok(&["run"]);
    assert!(maker.site().join("CNAME").exists() && maker.site().join("2026-q3/index.html").exists());
}

#[test]
fn a_year_has_room_for_one_correction_more_than_it_has_periods_and_then_for_none() {
    let maker = ready();
    maker.publish_ok(&["run"]);
    for reason in ["One.", "Two.", "Three.", "Four."] {
        maker.publish_ok(&["correct", "2026-q2", "--reason", reason]);
        refuses(&maker, &["correct", "2026-q2", "--reason", reason], &["another reason"]);
    }
    refuses(&maker, &["correct", "2026-q2", "--reason", "Once more."], &["twelve months", "wait"]);
    assert!(maker.site().join("2026-q2.5/index.html").exists());
}

#[test]
fn of_two_runs_at_once_one_does_it_and_the_other_says_so() {
    let maker = ready();
    let run = maker.verb(&["run"]);
    let run: Vec<&str> = run.iter().map(String::as_str).collect();
    // Stopped before the first file of the new site is made durable.
    let strace = ["-e", "trace=fsync", "-e", "inject=fsync:signal=STOP:when=3", "-o", "trace"];
    let mut first =
        maker.traced(&strace, &run).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("strace");
    let is_stopped =
        || fs::read_to_string(maker.path("trace")).ok()?.contains("stopped by SIGSTOP").then_some(());
    until("the first run stands still", is_stopped);
    refuses(&maker, &["run"], &["another", "wait"]);
    let trace = fs::read_to_string(maker.path("trace")).expect("a trace");
    let stopped = trace.lines().find(|line| line.contains("stopped by SIGSTOP")).expect("a process");
    let id =
        stopped.split(' ').next().and_then(|id| id.parse().ok()).and_then(rustix::process::Pid::from_raw);
    rustix::process::kill_process(id.expect("a process id"), rustix::process::Signal::CONT)
        .expect("it goes on");
    let ended = first.wait().expect("the first run ends");
    assert!(ended.success(), "{ended:?} {:?}", ended.signal());
    assert!(maker.site().join("2026-q2/index.html").exists());
}

#[test]
fn a_damaged_file_of_what_was_drawn_is_named_and_nothing_is_drawn_in_its_place() {
    let maker = ready();
    maker.publish_ok(&["run"]);
    maker.receive(0..150, "2026-09-20");
    maker.apply();
    maker.pass("2026-10-16");
    let kept = files(&maker.data().join("publications"));
    assert!(!kept.is_empty());
    for (name, bytes) in kept.iter().filter(|(_, bytes)| !bytes.is_empty()) {
        let path = maker.data().join("publications").join(name);
        for damaged in [&bytes[..bytes.len() / 2], b"{}", b"\0\0\0\0"] {
            fs::write(&path, damaged).expect("a damaged file");
            let said = maker.refusal(&["run"]);
            let file = path.file_name().expect("a name").to_string_lossy().into_owned();
            assert!(said.contains(&file), "{name}: {said}");
        }
        fs::write(&path, bytes).expect("the file");
    }
    maker.publish_ok(&["run"]);
}

#[test]
fn on_a_full_or_read_only_disk_the_old_site_stays_and_the_draw_waits() {
    let maker = ready();
    // What the home holds is hidden by the file system that is mounted over it.
    let kept = maker.home().data().join("kept");
    let copied = std::process::Command::new("cp").arg("-a").arg(maker.home().path()).arg(&kept).status();
    assert!(copied.expect("cp runs").success());
    let run = maker.verb(&["run"]).join(" ").replace("--site site", "--site place/site");
    let script = format!(
        "cp -a {}/. . && mkdir place && mount -t tmpfs -o size=64k tmpfs place || exit 99
         \"$0\" {run}; echo \"full $?\"; ls -A place
         umount place && mount -t tmpfs tmpfs place && mkdir place/site && echo old > place/site/hello &&
         mount -o remount,ro place || exit 99
         \"$0\" {run}; echo \"read-only $?\"; cat place/site/hello
         mount -o remount,rw place || exit 99
         \"$0\" {run}; echo \"mended $?\"; cat place/site/hello; ls place/site/2026-q2/index.html
         ls collector/publications/acorn",
        kept.display()
    );
    let mut command = in_memory(maker.home(), "size=200m", &script, &harness::binary("aboveboard"));
    let output = maker.clocked(&mut command).output().expect("unshare runs");
    if is_refused(&output) {
        return;
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let words = String::from_utf8_lossy(&output.stderr);
    let expected =
        ["full 1\n", "read-only 1\nold\n", "mended 0\nold\nplace/site/2026-q2/index.html\n2026-q2.draw\n"];
    for expected in expected {
        assert!(said.contains(expected), "{expected:?} in {said}{words}");
    }
    assert_eq!(words.matches("goes on with the figures that are drawn").count(), 2, "{words}");
}
