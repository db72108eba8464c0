//! Events that are recorded at most once a day: the first process to make the day's file records.

use aboveboard_files::{Directory, Errno, Result};

use crate::own_files::DAILY;

/// Whether this event was not recorded on this day yet for the host of this tag, which knows the installation by an id of
/// its own. True for exactly one of all processes that ask.
///
/// A process that is killed between this and its record loses the event of that day.
pub(crate) fn is_first(state: &Directory, event: &str, host: &str, day: u32) -> Result<bool> {
    let stem = format!("{DAILY}{event}.{host}.");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_recorded_for_one_host_keeps_it_from_no_other() {
        let directory = tempfile::tempdir().unwrap();
        let state = Directory::open(directory.path()).unwrap();
        let first = |host: &str, day: u32| is_first(&state, "opened", host, day).unwrap();
        assert!(first("00aa", 20_000) && first("00bb", 20_000), "each host counts for itself");
        assert!(!first("00aa", 20_000) && !first("00bb", 20_000));
        assert!(first("00aa", 20_001) && !first("00bb", 20_000), "the day of the other stays");
        assert_eq!(state.list().unwrap(), ["daily-opened.00aa.20001", "daily-opened.00bb.20000"]);
    }
}
