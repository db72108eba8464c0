//! What a user, another version, another program or a bad disk may have put there.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use aboveboard_core::consent::Choice;
use aboveboard_core::inspect;
use aboveboard_core::recorder::Recorder;
use aboveboard_testkit::sample::{self, NOW};
use aboveboard_types::checksum::crc32;
use aboveboard_types::declaration::Component;
use aboveboard_types::event::Ending;
use aboveboard_types::id::Id;
use aboveboard_types::outcome::{DropReason, Recorded};

use crate::sandbox::{Sandbox, deliver, names, told};

fn segment(sandbox: &Sandbox) -> PathBuf {
    sandbox.path().join(&sandbox.names("open-")[0])
}

#[test]
fn files_of_a_newer_version_are_left_alone() {
    let sandbox = Sandbox::new();
    sandbox.recorder().record(&sample::event(1)).unwrap();
    let path = segment(&sandbox);
    let text = fs::read_to_string(&path).unwrap();
    let json = text.lines().next().unwrap().split_once(' ').unwrap().1;
    let mut newer = Vec::new();
    for json in [
        json.replace("\"segment\":2", "\"segment\":3"),
        json.replace("\"revision\":3", "\"revision\":4"),
        json.replace("{\"segment\":2", "{\"segment\":2,\"more\":true"),
        json.replace("linux", "beos"),
    ] {
        let mut file = format!("{:08x} {json}\n", crc32(json.as_bytes()));
        file.push_str(text.split_once('\n').unwrap().1);
        let name = format!("open-0000000{}.0", newer.len());
        fs::write(sandbox.path().join(&name), &file).unwrap();
        newer.push((name, file));
    }
    assert_eq!(sandbox.spool().seal(NOW), 1);
    assert_eq!(deliver(&sandbox.spool(), NOW).len(), 1);
    for (name, file) in newer {
        assert_eq!(fs::read_to_string(sandbox.path().join(name)).unwrap(), file);
    }
}

#[test]
fn a_segment_cut_or_flipped_anywhere_gives_no_event_that_was_not_recorded() {
    let sandbox = Sandbox::new();
    for number in 0..3 {
        sandbox.recorder().record(&sample::event(number)).unwrap();
    }
    let path = segment(&sandbox);
    let original = fs::read(&path).unwrap();
    let permit = sample::permit(&sandbox.declaration, &sandbox.places);
    let header = sample::header(Component::Cli);
    let composed = |content: &[u8]| {
        fs::write(&path, content).unwrap();
        let places = Some(&sandbox.places);
        let body = inspect::preview(Some(&permit), &sandbox.declaration, places, &header, &[], NOW);
        let is_placeholder = body.contains(&Id::NIL.to_string());
        (!is_placeholder).then_some(body)
    };
    let check = |content: &[u8], lost: usize| {
        let Some(body) = composed(content) else { return };
        let numbers = sample::numbers(body.as_bytes());
        assert!(numbers.iter().all(|number| *number < 3) && numbers.is_sorted() && numbers.len() + lost >= 3);
        let batch: aboveboard_wire::Batch<'_> = serde_json::from_str(&body).unwrap();
        assert_eq!(batch.version.to_string(), "1.2.3");
    };
    for at in 0..original.len() {
        check(&original[..at], 3);
        for bit in 0..8 {
            let mut flipped = original.clone();
            flipped[at] ^= 1 << bit;
            check(&flipped, 1);
        }
    }
}

#[test]
fn a_segment_without_its_header_is_counted_and_gone() {
    let sandbox = Sandbox::new();
    sandbox.recorder().record(&sample::event(1)).unwrap();
    let path = segment(&sandbox);
    let mut content = fs::read(&path).unwrap();
    content[20] ^= 1;
    fs::write(&path, content).unwrap();
    let spool = sandbox.spool();
    spool.seal(NOW);
    assert!(spool.pending().is_empty());
    sandbox.recorder().record(&sample::event(2)).unwrap();
    spool.seal(NOW);
    let bodies = deliver(&spool, NOW);
    assert_eq!((sample::numbers(&bodies[0]), told(&bodies[0], DropReason::Damaged)), (vec![2], 1));
}

#[test]
fn planted_links_pipes_and_directories_are_neither_followed_nor_waited_for() {
    let sandbox = Sandbox::new();
    sandbox.recorder().record(&sample::event(1)).unwrap();
    let path = segment(&sandbox);
    let stem = path.to_str().unwrap().trim_end_matches(".0").to_owned();
    let victim = sandbox.directory.path().join("victim");
    fs::write(&victim, "").unwrap();
    fs::remove_file(&path).unwrap();
    symlink(&victim, &path).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, format!("{stem}.1"), rustix::fs::Mode::RWXU).unwrap();
    fs::create_dir(format!("{stem}.2")).unwrap();
    fs::hard_link(&victim, format!("{stem}.3")).unwrap();
    symlink("nowhere", format!("{stem}.4")).unwrap();

    sandbox.recorder().record(&sample::event(2)).unwrap();
    assert_eq!(fs::read(&victim).unwrap(), b"");
    assert!(PathBuf::from(format!("{stem}.5")).exists());
    let spool = sandbox.spool();
    spool.seal(NOW);
    let numbers: Vec<_> = deliver(&spool, NOW).iter().flat_map(|body| sample::numbers(body)).collect();
    assert_eq!(numbers, [2]);
    assert_eq!(fs::read(&victim).unwrap(), b"");
}

#[test]
fn what_has_no_name_of_ours_is_neither_evicted_nor_swept_nor_counted() {
    let sandbox = Sandbox::new();
    sandbox.recorder().record(&sample::event(1)).unwrap();
    let refused = sandbox.places.state().join("refused");
    fs::create_dir(&refused).unwrap();
    let names =
        ["package.json", "open-letter.json", "sealing-wax", "new-folder", "a.claim-1.json", "notes.tmp"];
    let theirs: Vec<_> = [sandbox.path(), sandbox.places.state().to_owned(), refused]
        .iter()
        .flat_map(|directory| names.map(|name| directory.join(name)))
        .collect();
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1);
    for path in &theirs {
        let file = fs::File::create(path).unwrap();
        // More than the spool may hold.
        file.set_len(2 << 20).unwrap();
        file.set_modified(old).unwrap();
    }
    for number in 2..8 {
        let spool = sandbox.spool();
        spool.seal(aboveboard_types::clock::now());
        let usage = spool.usage();
        assert!(usage.events == 1 && usage.bytes < 4096, "{usage:?}");
        let [batch] = spool.pending()[..] else { panic!("nothing was evicted") };
        spool.claim(batch, NOW).unwrap().reject(403);
        sandbox.recorder().record(&sample::event(number)).unwrap();
    }
    for path in &theirs {
        assert!(path.exists(), "{}", path.display());
    }
    assert_eq!(inspect::rejected(&sandbox.places).len(), 4);
}

#[test]
fn a_directory_that_others_can_write_to_or_that_is_a_link_is_not_used() {
    let sandbox = Sandbox::new();
    sandbox.recorder().record(&sample::event(1)).unwrap();
    let state = sandbox.places.state();
    for (path, mode) in [(state.to_owned(), 0o707), (sandbox.path(), 0o772)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(sandbox.recorder().record(&sample::event(2)), Err(DropReason::WriteFailed.into()));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    }
    let elsewhere = sandbox.directory.path().join("elsewhere");
    fs::rename(state, &elsewhere).unwrap();
    symlink(&elsewhere, state).unwrap();
    assert_eq!(sandbox.recorder().record(&sample::event(2)), Err(DropReason::WriteFailed.into()));
    assert_eq!(names(&elsewhere.join("spool"), "open-").len(), 1);
}

#[test]
fn what_is_recorded_after_an_opt_out_goes_also_where_something_else_keeps_the_spool_there() {
    type Act = fn(&Recorder<'_>);
    let acts: [(&str, Act); 4] = [
        ("record", |recorder| {
            let _ = recorder.record(&sample::event(2));
        }),
        ("begin", |recorder| std::mem::forget(recorder.begin("init", NOW))),
        ("command", |recorder| {
            let run = recorder.begin("init", NOW);
            let _ = run.map(|run| run.end(Ending::Success, None, None));
        }),
        ("count", |recorder| recorder.dropped(DropReason::Expired, 1)),
    ];
    for (name, act) in acts {
        // As a client of NFS calls a file that was removed while it was open.
        for theirs in [".nfs00000001", "lost+found/file"] {
            let sandbox = Sandbox::new();
            let recorder = sandbox.recorder();
            recorder.record(&sample::event(1)).unwrap();
            let theirs = sandbox.path().join(theirs);
            fs::create_dir_all(theirs.parent().unwrap()).unwrap();
            fs::write(&theirs, "").unwrap();
            sample::answer(&sandbox.declaration, &sandbox.places, Choice::No, NOW);
            act(&recorder);
            drop(recorder);
            let state = sandbox.places.state();
            assert_eq!(names(state, ""), ["spool"], "{name}");
            assert_eq!(sandbox.names("").len(), 1, "{name}: {:?}", sandbox.names(""));
            assert!(theirs.exists());
        }
    }
}

#[test]
fn what_is_too_old_and_cannot_be_removed_costs_no_event() {
    use aboveboard_files::faults;
    use rustix::io::Errno;

    let sandbox = Sandbox::new();
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1);
    sandbox.recorder().record(&sample::event(1)).unwrap();
    let theirs = sandbox.path().join("open-00000000.0");
    fs::rename(segment(&sandbox), &theirs).unwrap();
    fs::File::open(&theirs).unwrap().set_modified(old).unwrap();
    let recorder = sandbox.recorder();
    // First its own segment is looked for, then the old one is opened to be removed.
    faults::fail(1, Errno::ACCESS);
    assert_eq!(recorder.record(&sample::event(2)), Ok(Recorded::Written));
    faults::heal();
    assert!(theirs.exists(), "it could not be removed");
}

#[test]
fn a_clock_that_jumps_ahead_does_not_empty_the_spool() {
    let sandbox = Sandbox::new();
    for version in ["1.0.0", "1.0.1", "1.0.2"] {
        let permit = sample::permit(&sandbox.declaration, &sandbox.places);
        let version = aboveboard_types::value::Version::parse(version).unwrap();
        let header = aboveboard_types::envelope::Header { version, ..sample::header(Component::Cli) };
        let recorder = Recorder::open(permit, &sandbox.declaration, &sandbox.places, header);
        recorder.record(&sample::event(1)).unwrap();
    }
    let decade = aboveboard_types::clock::now() + 3_650 * 86_400;
    assert_eq!(sandbox.spool().seal(decade), 2, "one is too old, two are sealed");
    assert!(deliver(&sandbox.spool(), decade).is_empty(), "no collector would place them");
    let bodies = deliver(&sandbox.spool(), aboveboard_types::clock::now());
    assert_eq!(bodies.len(), 2, "they wait for the clock");
    assert_eq!(bodies.iter().map(|body| told(body, DropReason::TooOld)).sum::<u64>(), 1);
}

#[test]
fn what_we_make_is_for_its_user_alone() {
    let sandbox = Sandbox::new();
    let recorder = sandbox.recorder();
    recorder.record(&sample::event(1)).unwrap();
    recorder.dropped(DropReason::Expired, 1);
    let _run = recorder.begin("init", NOW).unwrap();
    let spool = sandbox.spool();
    spool.seal(NOW);
    deliver(&spool, NOW);
    recorder.record(&sample::event(1)).unwrap();
    fn modes(path: &Path, found: &mut Vec<(PathBuf, u32)>) {
        let metadata = fs::symlink_metadata(path).unwrap();
        found.push((path.to_owned(), metadata.permissions().mode() & 0o7777));
        if metadata.is_dir() {
            fs::read_dir(path).unwrap().for_each(|entry| modes(&entry.unwrap().path(), found));
        }
    }
    let mut found = Vec::new();
    modes(sandbox.places.state(), &mut found);
    assert!(found.len() > 8);
    for (path, mode) in found {
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
    }
}
