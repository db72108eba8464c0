//! Taking turns: replicas of a server that share a directory report once between them.
//!
//! The state directory has a file `report` with the time of the last report, and `report.lock`, which is held
//! for the moment of reading and writing it, never waited for.

use aboveboard_core::consent::Permit;
use aboveboard_core::own_files::{REPORT as FILE, REPORT_LOCK as LOCK};
use aboveboard_core::paths::Paths;
use aboveboard_files::Directory;
use aboveboard_types::event::Seconds;

/// When this installation last reported; `None` if never, or if that cannot be read.
#[must_use]
pub fn last_report(places: &Paths) -> Option<Seconds> {
    read(&Directory::open(places.state()).ok()?)
}

/// Takes the turn to report now, unless another replica has reported since (the last report is not `seen`) or is about
/// to. True for exactly one of all that ask at the same time.
#[must_use]
pub fn take_turn(_permit: &Permit, places: &Paths, seen: Option<Seconds>, now: Seconds) -> bool {
    try_take(places, seen, now).unwrap_or(false)
}

fn try_take(places: &Paths, seen: Option<Seconds>, now: Seconds) -> aboveboard_files::Result<bool> {
    // Not made here: a purge between the decision and this moment must not be undone.
    let state = Directory::open(places.state())?;
    let lock = state.append_or_create(LOCK)?;
    lock.checked_to_write()?;
    if !lock.try_lock_exclusive()? || read(&state) != seen {
        return Ok(false);
    }
    state.replace(FILE, format!("report 1 last={now}\n").as_bytes(), false)?;
    Ok(true)
}

fn read(state: &Directory) -> Option<Seconds> {
    let line = state.content(FILE, 64).ok()?;
    std::str::from_utf8(&line).ok()?.trim_end().strip_prefix("report 1 last=")?.parse().ok()
}
