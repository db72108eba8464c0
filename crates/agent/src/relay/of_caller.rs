//! The relays of the program that called this one.

use std::ffi::OsStr;
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use clap::{Args as _, Command, FromArgMatches as _};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, getpid, getppid, pidfd_open, pidfd_send_signal};

use super::verb::Options;
use crate::host::{Product, with_host_options};

/// How often it is looked whether a program that is being executed has its words, a millisecond apart.
const MAX_LOOKS: usize = 100;

/// How long a relay may take for what is in its pipe already.
const PATIENCE: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

/// Ends them, before the user is asked while nobody has decided: one that was slow to start has not read yet what happened
/// before the answer, and would record it after a yes.
pub(crate) fn end(product: &Product) {
    let relays: Vec<OwnedFd> = found(product).unwrap_or_default();
    for relay in &relays {
        // One that has not got so far that it catches the signal ends at once, having recorded nothing.
        let _ = pidfd_send_signal(relay, Signal::TERM);
    }
    for relay in &relays {
        let ended = poll(&mut [PollFd::new(relay, PollFlags::IN)], Some(&PATIENCE));
        if !matches!(ended, Ok(1)) {
            let _ = pidfd_send_signal(relay, Signal::KILL);
        }
    }
}

fn found(product: &Product) -> Option<Vec<OwnedFd>> {
    let caller = getppid()?;
    let manifest = fs::canonicalize(product.manifest().ok()?).ok()?;
    let own = fs::read_link("/proc/self/exe").ok()?;
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let opened = processes.filter_map(|entry| {
        let pid = number(&entry.file_name())?;
        let relay = (pid != getpid()).then(|| pidfd_open(pid, PidfdFlags::empty()).ok())??;
        // Looked at once it is held: the number may have been another's before.
        let process = Process { path: entry.path(), held: &relay };
        let is_own = fs::read_link(process.path.join("exe")).is_ok_and(|program| program == own);
        (is_own && process.is_relay(caller, &manifest)).then_some(relay)
    });
    Some(opened.collect())
}

fn number(name: &OsStr) -> Option<Pid> {
    Pid::from_raw(name.to_str()?.parse().ok()?)
}

/// A process that runs this program.
struct Process<'a> {
    path: PathBuf,
    held: &'a OwnedFd,
}

impl Process<'_> {
    /// Whether it is a relay of this manifest's product, and a child of the caller or detached from it. A server's relay
    /// outlives every question.
    fn is_relay(&self, caller: Pid, manifest: &Path) -> bool {
        let is_child = || self.parent() == Some(caller);
        let words = self.words();
        if words.is_empty() {
            return is_child();
        }
        let Some((product, relay)) = parsed(&words) else { return false };
        let theirs =
            product.manifest().and_then(|path| Ok(fs::canonicalize(self.path.join("cwd").join(path))?));
        !relay.server
            && theirs.is_ok_and(|theirs| theirs == manifest)
            && (relay.host_process == Some(caller.as_raw_nonzero().get().cast_unsigned()) || is_child())
    }

    fn parent(&self) -> Option<Pid> {
        let stat = fs::read_to_string(self.path.join("stat")).ok()?;
        number(OsStr::new(stat.rsplit_once(") ")?.1.split(' ').nth(1)?))
    }

    /// Its command line. One that is being executed has none for a moment, although its parent has run on.
    fn words(&self) -> Vec<u8> {
        let moment = Timespec { tv_sec: 0, tv_nsec: 1_000_000 };
        for _ in 0..MAX_LOOKS {
            let words = fs::read(self.path.join("cmdline")).unwrap_or_default();
            if !words.is_empty() {
                return words;
            }
            let _ = poll(&mut [PollFd::new(self.held, PollFlags::IN)], Some(&moment));
        }
        Vec::new()
    }
}

/// What a relay was called with. `None` where the verb is another: `relay` may also be a value, or a word of what is run.
fn parsed(words: &[u8]) -> Option<(Product, Options)> {
    let words = words.strip_suffix(&[0]).unwrap_or(words).split(|byte| *byte == 0).map(OsStr::from_bytes);
    let command = with_host_options(Product::augment_args(Command::new("")));
    let command = command.subcommand(Options::augment_args(Command::new("relay")));
    let matches = command.try_get_matches_from(words).ok()?;
    let (_, relay) = matches.subcommand()?;
    Some((Product::from_arg_matches(relay).ok()?, Options::from_arg_matches(relay).ok()?))
}
