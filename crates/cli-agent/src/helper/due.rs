//! When the next helper may start: the modification time of one empty file in the state directory.
//!
//! It costs a command one `stat`. A file that is dated further ahead than one interval comes from a clock that was
//! wrong, and counts as due.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How long after the first command the first helper starts: long enough for people to change their mind.
const FIRST_DELAY: Duration = Duration::from_secs(60 * 60);

/// The longest interval that differs from never. Times are computed with it, and none may be beyond what the system can
/// represent.
const MAX_INTERVAL: Duration = Duration::from_secs(100 * 365 * 86_400);

/// The file's name.
const NAME: &str = "due";

/// The file whose date says when to deliver next.
#[derive(Debug)]
pub(crate) struct DueFile {
    file: PathBuf,
    interval: Duration,
}

impl DueFile {
    /// The date kept in this state directory, for one delivery per `interval`, which is a hundred years at most.
    pub(crate) fn of(state: &Path, interval: Duration) -> Self {
        Self { file: state.join(NAME), interval: interval.min(MAX_INTERVAL) }
    }

    /// Whether a helper is due, and this process is the one to start it: of many that ask at once, one. The next
    /// is then due one interval later.
    pub(crate) fn take(&self, now: SystemTime) -> bool {
        let Ok(found) = fs::symlink_metadata(&self.file) else { return self.begin(now) };
        if !found.modified().is_ok_and(|date| self.has_come(date, now)) {
            return false;
        }
        self.take_locked(now).unwrap_or(false)
    }

    /// Puts the next delivery at this time, or one interval from now, whichever is sooner.
    pub(crate) fn put(&self, date: SystemTime, now: SystemTime) {
        if let Ok(file) = self.open(OpenOptions::new().write(true)) {
            let _ = file.set_modified(date.min(now + self.interval));
        }
    }

    /// When the next delivery is due; none before the first command.
    pub(crate) fn date(&self) -> Option<SystemTime> {
        fs::symlink_metadata(&self.file).and_then(|found| found.modified()).ok()
    }

    /// The first command: the file begins.
    fn begin(&self, now: SystemTime) -> bool {
        if !self.is_in_place() {
            return false;
        }
        let Ok(file) = self.open(OpenOptions::new().write(true).create_new(true)) else { return false };
        let _ = file.set_modified(now + FIRST_DELAY.min(self.interval));
        self.interval.is_zero()
    }

    /// Takes the turn under the file's lock: of many processes that saw the same date, one gets it.
    fn take_locked(&self, now: SystemTime) -> std::io::Result<bool> {
        if !self.is_in_place() {
            return Ok(false);
        }
        let file = self.open(OpenOptions::new().write(true))?;
        if file.try_lock().is_err() || !self.has_come(file.metadata()?.modified()?, now) {
            return Ok(false);
        }
        file.set_modified(now + self.interval)?;
        Ok(true)
    }

    /// Whether the date is here. A date beyond any interval was set by a wrong clock and counts as past.
    fn has_come(&self, date: SystemTime, now: SystemTime) -> bool {
        date <= now || date > now + self.interval.max(FIRST_DELAY)
    }

    /// Whether the state directory is a directory, and not a link to one that another user chose: nothing is recorded
    /// there, so nothing is due.
    fn is_in_place(&self) -> bool {
        let state = self.file.parent().map(fs::symlink_metadata);
        state.is_some_and(|found| found.is_ok_and(|found| found.is_dir()))
    }

    /// Opens the file itself and never what a link points to.
    fn open(&self, options: &mut OpenOptions) -> std::io::Result<File> {
        options.mode(0o600).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits() as i32).open(&self.file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn the_first_is_due_after_an_hour_and_then_one_a_day() {
        let state = tempfile::tempdir().unwrap();
        let due = DueFile::of(state.path(), DAY);
        let start = SystemTime::now();
        assert!(!due.take(start));
        assert!(!due.take(start + Duration::from_secs(3_599)));
        assert!(due.take(start + FIRST_DELAY));
        assert!(!due.take(start + FIRST_DELAY));
        assert!(!due.take(start + DAY));
        assert!(due.take(start + FIRST_DELAY + DAY));
    }

    #[test]
    fn a_clock_that_was_ahead_stops_no_delivery() {
        let state = tempfile::tempdir().unwrap();
        let due = DueFile::of(state.path(), DAY);
        let start = SystemTime::now();
        assert!(!due.take(start + 3_650 * DAY));
        assert!(due.take(start));
        assert!(!due.take(start));
    }

    #[test]
    fn of_many_at_once_one_takes_it() {
        let state = tempfile::tempdir().unwrap();
        let start = SystemTime::now();
        assert!(!DueFile::of(state.path(), DAY).take(start));
        let later = start + 2 * DAY;
        let taken: usize = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..16).map(|_| scope.spawn(|| DueFile::of(state.path(), DAY).take(later))).collect();
            threads.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum()
        });
        assert_eq!(taken, 1);
    }

    #[test]
    fn without_an_interval_every_command_delivers() {
        let state = tempfile::tempdir().unwrap();
        let due = DueFile::of(state.path(), Duration::ZERO);
        let now = SystemTime::now();
        assert!(due.take(now));
        assert!(due.take(now));
    }

    #[test]
    fn an_interval_without_end_delivers_never_and_breaks_nothing() {
        let state = tempfile::tempdir().unwrap();
        let due = DueFile::of(state.path(), Duration::MAX);
        let start = SystemTime::now();
        assert!(!due.take(start));
        assert!(due.take(start + FIRST_DELAY), "the first is due after an hour all the same");
        assert!(!due.take(start + 3_650 * DAY));
        due.put(start + 7_300 * DAY, start);
        assert!(!due.take(start + 3_650 * DAY));
    }

    #[test]
    fn a_planted_link_is_not_followed() {
        let state = tempfile::tempdir().unwrap();
        let target = state.path().join("target");
        File::create(&target).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        std::os::unix::fs::symlink(&target, state.path().join(NAME)).unwrap();
        assert!(!DueFile::of(state.path(), DAY).take(SystemTime::now() + 30 * DAY));
        assert_eq!(fs::metadata(target).unwrap().modified().unwrap(), SystemTime::UNIX_EPOCH);
    }
}
