//! Events that are recorded at most once a day: the first process to make the day's file records.

use rustix::io::{Errno, Result};

use aboveboard_files::Directory;

/// Whether this event was not recorded on this day yet. True for exactly one of all processes that ask.
///
/// A process that is killed between this and its record loses the event of that day.
pub(crate) fn is_first(state: &Directory, event: &str, day: u32) -> Result<bool> {
    let stem = format!("daily-{event}.");
    let today = format!("{stem}{day}");
    match state.create(&today) {
        Err(Errno::EXIST) => return Ok(false),
        made => made?,
    };
    // One file an event is enough. What cannot be removed is empty and small.
    for name in state.list().unwrap_or_default() {
        let other =
            name.strip_prefix(&*stem).is_some_and(|day| day.bytes().all(|digit| digit.is_ascii_digit()));
        if other && name != today {
            let _ = state.unlink(&name);
        }
    }
    Ok(true)
}
