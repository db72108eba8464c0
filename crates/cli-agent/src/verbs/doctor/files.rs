//! The directories and files, as far as they exist.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use aboveboard_core::consent::Mode;
use aboveboard_core::endpoint::Endpoint;
use aboveboard_core::exposure::{Exposed, Exposure};
use aboveboard_core::identity;
use aboveboard_core::inspect;
use aboveboard_core::own_files::{self, DIRECTORY_NAMES, SECRET};
use aboveboard_core::paths::Paths;
use aboveboard_delivery::{Collector, Memory, collectors, collectors_file};
use aboveboard_files::{Stat, is_there, max_file_size, may_write_into, space_at, stat, stat_target};
use aboveboard_types::clock::stamp;
use aboveboard_types::refusal::RefusalReason;

use super::problem::Problem;
use crate::tickets;
use crate::verbs::context::Context;
use crate::verbs::output::counted;

/// The space that a spool may need, in bytes.
const MAX_SPOOL_BYTES: u64 = 1 << 20;

/// Looks at the directories of answer and state, and at what lies in the latter.
pub(super) fn look(context: &Context<'_>) -> Vec<Problem> {
    let Some(paths) = &context.paths else { return Vec::new() };
    let mut problems = Vec::new();
    let by_answer = paths.exposed_answer(paths.answer());
    let by_state = paths.exposed_state().filter(|by_state| by_answer != Some(*by_state));
    problems.extend([by_answer, by_state].into_iter().flatten().map(exposed));
    if let Some(directory) = paths.answer().parent() {
        problems.extend(stat_target(directory).ok().and_then(|found| no_directory(directory, &found)));
        problems.extend([writable(directory), space(directory)].into_iter().flatten());
    }
    let state = paths.state();
    problems.extend(stat(state).ok().and_then(|found| owned(state, &found)));
    for directory in DIRECTORY_NAMES.map(|name| state.join(name)) {
        problems.extend(stat(&directory).ok().and_then(|found| owned(&directory, &found)));
    }
    problems.extend([writable(state), space(state)].into_iter().flatten());
    problems.extend(file_size());
    problems.extend(own_files::unusable(paths).into_iter().map(in_the_way));
    problems.extend(secret(paths));
    problems.extend(refused(paths));
    problems.extend(strangers(paths));
    problems.extend(proof(context, paths));
    problems.extend(paused(context, paths));
    problems.extend(ticket(context, paths));
    problems.extend(several_hosts(context, paths));
    problems
}

/// A directory above answer or state in which another user can put something in the place of ours: nothing is used there,
/// and nothing deleted.
fn exposed(found: Exposed<'_>) -> Problem {
    let place = found.directory.display().to_string();
    let (name, what, remedy) = match found.by {
        Exposure::Owner => (
            "owner",
            "the directory belongs to another user, so nothing below it is used or deleted",
            format!("give it back: chown \"$USER\" {place}"),
        ),
        Exposure::Mode => (
            "permissions",
            "everybody can write to the directory, so nothing below it is used or deleted",
            format!("chmod o-w {place}"),
        ),
        Exposure::Link => (
            "link",
            "a link is there that is not followed, so nothing below it is used or deleted",
            "put the directory itself there, or name the place where it lies by XDG_CONFIG_HOME or XDG_STATE_HOME"
                .to_owned(),
        ),
        Exposure::Open => (
            "permissions",
            "XDG_STATE_HOME leads to a directory that others may look into, as what comes with a checkout is, so nothing \
             there is used or deleted",
            format!("if you recorded what is in it: chmod go-rwx {place}; else unset XDG_STATE_HOME"),
        ),
    };
    Problem::new(name, what, place, remedy)
}

fn no_directory(directory: &Path, found: &Stat) -> Option<Problem> {
    let what = "something else is there where a directory belongs, so it is not used";
    let problem = || Problem::new("no-directory", what, directory.display().to_string(), "move it away");
    (!found.is_directory()).then(problem)
}

/// A directory that everybody can write to, or that is not ours, is not used. From a group that can, the right is taken back
/// where the directory is used; it is still there where the file system keeps no modes.
fn owned(directory: &Path, found: &Stat) -> Option<Problem> {
    let place = directory.display().to_string();
    if let Some(problem) = no_directory(directory, found) {
        return Some(problem);
    }
    if !found.is_mine() {
        let remedy = format!("give it back: chown -R \"$USER\" {place}");
        let what = "the directory belongs to another user and is not used";
        return Some(Problem::new("owner", what, place, remedy));
    }
    if found.is_shared() {
        let remedy =
            format!("chmod go-w {place}; where that changes nothing, the file system keeps no modes");
        let what = "others can write to the directory, so it is not used";
        return Some(Problem::new("permissions", what, place, remedy));
    }
    None
}

/// The first of a path and what lies above it that is there.
fn nearest(path: &Path) -> Option<&Path> {
    path.ancestors().find(|above| is_there(above).unwrap_or(false))
}

/// The nearest directory that is there must take what is to be made in it.
fn writable(directory: &Path) -> Option<Problem> {
    let nearest = nearest(directory)?;
    let place = nearest.display().to_string();
    let error = may_write_into(nearest).err()?;
    let what = format!("nothing can be written there: {error}");
    Some(Problem::new("read-only", what, place, "make it writable, or accept that nothing is recorded"))
}

/// A disk that has no room, or takes no more files.
fn space(directory: &Path) -> Option<Problem> {
    let nearest = nearest(directory)?;
    let left = space_at(nearest).ok()?;
    let place = nearest.display().to_string();
    if left.bytes < MAX_SPOOL_BYTES {
        let what = "the disk is full; new events are dropped and counted";
        return Some(Problem::new("disk-full", what, place, "free some space"));
    }
    if left.files == Some(0) {
        let what = "the disk takes no more files; new events are dropped and counted";
        return Some(Problem::new("no-inodes", what, place, "delete files that are not needed"));
    }
    None
}

/// A limit on file sizes below what a spool may need. Writing beyond it would raise a signal, so events are dropped
/// before.
fn file_size() -> Option<Problem> {
    let limit = max_file_size().filter(|limit| *limit < MAX_SPOOL_BYTES)?;
    let what = format!("files may not grow beyond {limit} bytes");
    Some(Problem::new("file-size", what, "ulimit -f", "raise it, or accept that events are dropped"))
}

/// Something that is no file of ours under a name of ours.
fn in_the_way((place, fault): (PathBuf, String)) -> Problem {
    let what = format!("what is there {fault}, so it is not used, and what needs it is not done");
    Problem::new("in-the-way", what, place.display().to_string(), "move it away")
}

/// The secret: a file that cannot be read gives no id.
fn secret(paths: &Paths) -> Option<Problem> {
    let path = paths.state().join(SECRET);
    stat(&path).ok()?;
    if identity::stored_secret(paths).is_ok_and(|secret| secret.is_some()) {
        return None;
    }
    let what = "the installation's secret cannot be read, so nothing can be sent";
    Some(Problem::new("secret", what, path.display().to_string(), "delete it; the next batch makes a new id"))
}

/// Batches that the collector refused for good.
fn refused(paths: &Paths) -> Option<Problem> {
    let path = paths.state().join("refused");
    let names = inspect::rejected(paths);
    // The status stands in the name, and of those that set a batch aside one is about the proof.
    let wrong = names.iter().filter(|name| name.ends_with(".403.json")).count();
    let number = names.len();
    let (what, remedy) = if wrong > 0 {
        let wrong = counted(wrong, "batch");
        (
            format!("the collector refused {wrong} because the proof does not belong to the installation"),
            "does the secret come from another machine, or does a proxy change the headers? the files show what was \
             refused",
        )
    } else {
        (
            format!("the collector refused {} for good", counted(number, "batch")),
            "report it to the product's makers; the files show what was refused",
        )
    };
    (number > 0).then(|| Problem::new("refused", what, path.display().to_string(), remedy))
}

/// Files beside ours, as programs for synchronisation and editing leave them.
fn strangers(paths: &Paths) -> Option<Problem> {
    let found = inspect::strangers(paths);
    let what = format!(
        "{} that the spool did not make, such as {}: nothing there is counted or sent",
        counted(found.len(), "file"),
        found.first()?
    );
    let place = paths.state().display().to_string();
    let remedy = "delete what is not yours, and keep this directory out of synchronisation";
    Some(Problem::new("strangers", what, place, remedy))
}

/// A proof of possession that did not reach the collector.
fn proof(context: &Context<'_>, paths: &Paths) -> Option<Problem> {
    let endpoint = context.question().endpoint().ok().flatten()?;
    let is_missing = Memory::load(paths, &endpoint).refusal == Some(RefusalReason::ProofMissing);
    let what = "the proof of possession does not reach the collector, so batches wait";
    let place = Memory::place(paths, &endpoint).display().to_string();
    let remedy = "have the proxy in between pass the header aboveboard-proof on";
    is_missing.then(|| Problem::new("proof-missing", what, place, remedy))
}

/// A pause after failures, or one that the collector asked for.
fn paused(context: &Context<'_>, paths: &Paths) -> Option<Problem> {
    let endpoint = context.question().endpoint().ok().flatten()?;
    let memory = Memory::load(paths, &endpoint);
    let until = memory.not_before.max(memory.closed_until);
    if until <= aboveboard_types::clock::now() || context.decide().mode != Mode::On {
        return None;
    }
    let what = if memory.closed_until >= until {
        format!("the collector says that the product is closed; nothing is sent before {}", stamp(until))
    } else if memory.asked {
        format!("the collector asked to wait until {}", stamp(until))
    } else {
        format!(
            "sending failed since {}; it pauses until {}",
            stamp(memory.outage.unwrap_or(0)),
            stamp(until)
        )
    };
    let place = Memory::place(paths, &endpoint).display().to_string();
    Some(Problem::new("paused", what, place, format!("wait, or try now with {}", context.call("send"))))
}

/// At each host an installation is another one, so replicas with one secret and several endpoints count as several.
fn several_hosts(context: &Context<'_>, paths: &Paths) -> Option<Problem> {
    let place = collectors_file(paths).display().to_string();
    let Ok(known) = collectors(paths) else {
        let what = "the list of the collectors that have data cannot be read, so nothing more is sent";
        let remedy = format!("delete what was recorded and begin anew with {}", context.call("forget"));
        return Some(Problem::new("collectors", what, place, remedy));
    };
    let host = |known: &Collector| Some(Endpoint::parse(&known.endpoint, true).ok()?.identity_host());
    let hosts: BTreeSet<String> = known.iter().filter_map(host).collect();
    let what = format!("batches went to several hosts, and at each this is another installation: {}", {
        hosts.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
    });
    let remedy = "give all that are to be one installation the same endpoint; each host erases its own";
    (hosts.len() > 1).then(|| Problem::new("several-hosts", what, place, remedy))
}

/// Erasures that the collector has not taken yet.
fn ticket(context: &Context<'_>, paths: &Paths) -> Option<Problem> {
    let waiting = tickets::waiting(paths);
    let number = waiting.tickets.len() + waiting.unreadable.len();
    let wait = if number == 1 { "waits" } else { "wait" };
    let what = format!("{} {wait} for the collector", counted(number, "erasure"));
    let place = tickets::place(paths).display().to_string();
    (number > 0).then(|| {
        Problem::new("ticket", what, place, format!("run {} with a network", context.call("forget")))
    })
}
