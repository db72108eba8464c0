//! What lies under the names of our files when another user, another program or a mistake put it there: pipes, sockets,
//! devices, directories, links and files of others. No verb waits for it, follows it or writes through it, and the
//! host's commands end as they do without telemetry.

use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use harness::home::Home;

/// Nothing listens there.
const CLOSED: &str = "http://127.0.0.1:9";

/// A user that owns nothing.
const NOBODY: u32 = 65_534;

/// Every name below the state directory under which a file of ours may lie. What belongs to an endpoint is named by the
/// first sixteen digits of the endpoint's SHA-256; these are those of [`CLOSED`].
const STATE_NAMES: [&str; 24] = [
    "due",
    "helper.lock",
    "secret",
    "ticket",
    "ticket/00112233-4455-8677-8899-aabbccddeeff.3f3e0c4a97b3d7c1",
    "delivery.3f3e0c4a97b3d7c1",
    "collectors",
    "report",
    "report.lock",
    "daily-started.3f3e0c4a97b3d7c1.20000",
    "spool",
    "sent",
    "refused",
    "spool/open-00000000.0",
    "spool/sealing-00112233-4455-8677-8899-aabbccddeeff",
    "spool/00112233-4455-8677-8899-aabbccddeeff.59b7003c27a8fce5.json",
    "spool/run-0",
    "spool/run-1",
    "spool/outcomes.59b7003c27a8fce5",
    "spool/sequence.59b7003c27a8fce5",
    "spool/seal.lock",
    "spool/new-00000000",
    "sent/00112233-4455-8677-8899-aabbccddeeff.json",
    "refused/00112233-4455-8677-8899-aabbccddeeff.json",
];

/// What people ask for. Those that change what is stored come last.
const VERBS: [&[&str]; 11] = [
    &["status"],
    &["status", "--check"],
    &["preview"],
    &["sent"],
    &["doctor"],
    &["send"],
    &["export", "/dev/null"],
    &["on"],
    &["forget"],
    &["off", "--forget"],
    &["off"],
];

/// How long a verb may take. It is far below what waiting for a pipe takes, and far above what a loaded machine needs.
const BOUND: &str = "60";

/// What can lie under a name. `plant` gets the name, and a file elsewhere that must stay as it is.
struct Kind {
    name: &'static str,
    needs_root: bool,
    plant: fn(&Path, &Path),
}

const KINDS: [Kind; 10] = [
    Kind { name: "pipe", needs_root: false, plant: |at, _| made(Command::new("mkfifo").arg(at)) },
    Kind { name: "socket", needs_root: false, plant: socket },
    Kind {
        name: "device",
        needs_root: true,
        plant: |at, _| made(Command::new("mknod").arg(at).args(["c", "1", "5"])),
    },
    Kind { name: "directory", needs_root: false, plant: |at, _| std::fs::create_dir(at).expect("a folder") },
    Kind { name: "link", needs_root: false, plant: |at, victim| symlink(victim, at).expect("a link") },
    Kind {
        name: "link to nothing",
        needs_root: false,
        plant: |at, victim| symlink(victim.with_file_name("nothing"), at).expect("a link"),
    },
    Kind {
        name: "link to zeros",
        needs_root: false,
        plant: |at, _| symlink("/dev/zero", at).expect("a link"),
    },
    Kind {
        name: "second name",
        needs_root: false,
        plant: |at, victim| std::fs::hard_link(victim, at).expect("a link"),
    },
    Kind {
        name: "file of another user",
        needs_root: true,
        plant: |at, _| {
            std::fs::write(at, "http://192.0.2.1 {}\n").expect("a file");
            chown(at, Some(NOBODY), Some(NOBODY)).expect("an owner");
        },
    },
    Kind {
        name: "file that all may write to",
        needs_root: false,
        plant: |at, _| {
            std::fs::write(at, "").expect("a file");
            std::fs::set_permissions(at, std::fs::Permissions::from_mode(0o666)).expect("a mode");
        },
    },
];

/// Bound under a short name, since the name of a socket may not be long.
fn socket(at: &Path, victim: &Path) {
    let short = victim.with_file_name("s");
    drop(UnixListener::bind(&short).expect("a socket"));
    std::fs::rename(short, at).expect("a name");
}

fn made(command: &mut Command) {
    assert!(command.status().expect("it runs").success(), "{command:?}");
}

/// The kinds that this user can make.
fn kinds() -> impl Iterator<Item = &'static Kind> {
    let root = rustix::process::geteuid().is_root();
    KINDS.iter().filter(move |kind| root || !kind.needs_root)
}

/// A home in which telemetry is on and every command starts the helper, and a file elsewhere that no command may touch.
struct Prepared {
    home: Home,
    _elsewhere: Home,
    victim: PathBuf,
}

impl Prepared {
    fn new() -> Self {
        let home = Home::new().endpoint(CLOSED).with("QUARRY_TELEMETRY_PERIOD", "0");
        let on = home.quarry(&["telemetry", "on"]).output().expect("quarry runs");
        assert!(on.status.success(), "{on:?}");
        let elsewhere = Home::new();
        let victim = elsewhere.path().join("victim");
        std::fs::write(&victim, "untouched").expect("a file");
        Self { home, _elsewhere: elsewhere, victim }
    }

    /// Puts something of this kind under a name, whatever was there.
    fn plant(&self, kind: &Kind, name: &str) {
        self.plant_at(kind, &self.home.state().join(name));
    }

    fn plant_at(&self, kind: &Kind, at: &Path) {
        let above = at.parent().expect("a folder");
        if std::fs::create_dir_all(above).is_err() {
            return;
        }
        let _ = std::fs::remove_file(at);
        let _ = std::fs::remove_dir_all(at);
        (kind.plant)(at, &self.victim);
        let _ = std::fs::set_permissions(self.home.state(), std::fs::Permissions::from_mode(0o700));
    }

    /// Runs a command of the host, within the bound: its output is that of a run without telemetry.
    fn is_not_noticed(&self, what: &str) {
        let run = |off: bool| {
            let mut command = self.home.program("timeout");
            command.arg(BOUND).arg(harness::binary("quarry")).arg("version");
            if off {
                command.env("ENABLE_TELEMETRY", "false");
            }
            let output = command.output().expect("timeout runs");
            (output.status, output.stdout, output.stderr)
        };
        assert_eq!(run(false), run(true), "{what}");
    }

    /// Runs a verb, which ends by itself: 124 is what `timeout` answers where it does not.
    fn ends(&self, verb: &[&str], what: &str) {
        let mut command = self.home.program("timeout");
        command.arg(BOUND).arg(harness::binary("quarry")).arg("telemetry").args(verb);
        let output = command.output().expect("timeout runs");
        let code = output.status.code();
        assert!(code.is_some_and(|code| code < 100), "{what}, {verb:?}: {output:?}");
    }

    fn victim_is_untouched(&self, what: &str) {
        assert_eq!(std::fs::read(&self.victim).expect("a file"), b"untouched", "{what}");
        let others = std::fs::read_dir(self.victim.parent().expect("a folder")).expect("a folder").count();
        assert_eq!(others, 1, "{what}: nothing was made beside it");
    }
}

#[test]
fn whatever_lies_under_one_of_our_names_no_command_waits_for_it_or_writes_through_it() {
    let mut turn = 0;
    for kind in kinds() {
        for name in STATE_NAMES {
            let what = format!("{name}: {}", kind.name);
            let prepared = Prepared::new();
            prepared.plant(kind, name);
            prepared.is_not_noticed(&what);
            // Each verb meets each kind; all verbs at every name are the other test.
            prepared.ends(VERBS[turn % VERBS.len()], &what);
            prepared.victim_is_untouched(&what);
            turn += 1;
        }
    }
}

#[test]
fn every_verb_ends_where_something_lies_under_all_of_our_names() {
    for kind in kinds() {
        for verb in VERBS {
            let prepared = Prepared::new();
            // In the order of the table, so that what stands for a directory is replaced by one with names in it.
            for name in STATE_NAMES.iter().filter(|name| !["spool", "sent", "refused"].contains(name)) {
                prepared.plant(kind, name);
            }
            prepared.ends(verb, kind.name);
            prepared.is_not_noticed(kind.name);
            prepared.victim_is_untouched(kind.name);
        }
    }
}

#[test]
fn an_answer_that_is_no_file_of_ours_is_no_yes_and_nobody_waits_for_it() {
    for kind in kinds() {
        let prepared = Prepared::new();
        let consent = prepared.home.path().join(".config/quarry/consent");
        assert!(consent.exists(), "telemetry is on");
        prepared.plant_at(kind, &consent);
        prepared.is_not_noticed(kind.name);
        let check = prepared.home.quarry(&["telemetry", "status", "--check"]).output().expect("quarry runs");
        assert_ne!(check.status.code(), Some(0), "{}: {check:?}", kind.name);
        for verb in [&["status"][..], &["doctor"], &["send"], &["preview"], &["forget"]] {
            prepared.ends(verb, kind.name);
        }
        prepared.victim_is_untouched(kind.name);
    }
}

#[test]
fn roots_that_are_no_file_are_no_roots_and_nobody_waits_for_them() {
    for kind in kinds().filter(|kind| !kind.name.starts_with("file")) {
        let prepared = Prepared::new();
        let roots = prepared.home.path().join("roots.pem");
        prepared.plant_at(kind, &roots);
        prepared.is_not_noticed(kind.name);
        let mut send = prepared.home.program("timeout");
        send.arg(BOUND).arg(harness::binary("quarry")).args(["telemetry", "send"]);
        let output = send.env("QUARRY_TELEMETRY_ROOTS", &roots).output().expect("timeout runs");
        assert_ne!(output.status.code(), Some(124), "{}: {output:?}", kind.name);
    }
}
