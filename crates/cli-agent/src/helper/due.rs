//! When the next helper may start: the modification time of one empty file in the state directory.
//!
//! It costs a command one `stat`. A file that is dated further ahead than one interval comes from a clock that was
//! wrong, and counts as due.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use aboveboard_core::own_files::DUE as NAME;
use aboveboard_files::{Directory, Errno, File, Stat, stat};

/// How long after the first command the first helper starts: long enough for people to change their mind.
const FIRST_DELAY: Duration = Duration::from_secs(60 * 60);

/// The longest interval that differs from never. Times are computed with it, and none may be beyond what the system can
/// represent.
const MAX_INTERVAL: Duration = Duration::from_secs(100 * 365 * 86_400);

/// The file whose date says when to deliver next.
#[derive(Debug)]
pub(crate) struct DueFile {
    state: PathBuf,
    interval: Duration,
    first: Duration,
}

impl DueFile {
    /// The date kept in this state directory, for one delivery per `interval`, which is a hundred years at most.
    pub(crate) fn of(state: &Path, interval: Duration) -> Self {
        let interval = interval.min(MAX_INTERVAL);
        Self { state: state.to_owned(), interval, first: FIRST_DELAY.min(interval) }
    }

    /// The same where the first delivery does not wait.
    pub(crate) fn at_once(self) -> Self {
        Self { first: Duration::ZERO, ..self }
    }

    /// By what to deliver, if a delivery is due and this process is the one to see to it: of many that ask at once, one.
    /// The next is then due one interval later. `may_stay` is asked once the file was made, `by` when a delivery is due;
    /// where that has nothing, the turn stays.
    pub(crate) fn take<T>(
        &self,
        now: SystemTime,
        may_stay: impl FnOnce() -> bool,
        by: impl FnOnce() -> Option<T>,
    ) -> Option<T> {
        match stat(&self.state.join(NAME)) {
            Err(Errno::NOENT) if self.begin(now) && may_stay() && self.first.is_zero() => {
                let by = by()?;
                self.take_locked(now).unwrap_or(false).then_some(by)
            }
            Ok(found) if found.is_regular() && self.has_come(found.modified(), now) => {
                let by = by()?;
                self.take_locked(now).unwrap_or(false).then_some(by)
            }
            // It is not due, or no date of ours: nothing that was planted starts a helper.
            _ => None,
        }
    }

    /// Puts the next delivery at this time, or one interval from now, whichever is sooner.
    #[cfg(feature = "uploader")]
    pub(crate) fn put(&self, date: SystemTime, now: SystemTime) {
        if let Ok(file) = self.open() {
            let _ = file.set_modified(date.min(now + self.interval));
        }
    }

    /// When the next delivery is due, which is now where [`take`](Self::take) would say so; none before the first command.
    pub(crate) fn date(&self, now: SystemTime) -> Option<SystemTime> {
        let date =
            stat(&self.state.join(NAME)).ok().filter(Stat::is_regular).map(|found| found.modified())?;
        Some(if self.has_come(date, now) { date.min(now) } else { date })
    }

    /// The first command: the file begins. Whether it did.
    fn begin(&self, now: SystemTime) -> bool {
        let Ok(file) = Directory::open(&self.state).and_then(|state| state.create(NAME)) else {
            return false;
        };
        let _ = file.set_modified(now + self.first);
        true
    }

    /// Takes the turn under the file's lock: of many processes that saw the same date, one gets it.
    fn take_locked(&self, now: SystemTime) -> Result<bool, Errno> {
        let file = self.open()?;
        if !file.try_lock_exclusive()? || !self.has_come(file.stat()?.modified(), now) {
            return Ok(false);
        }
        file.set_modified(now + self.interval)?;
        Ok(true)
    }

    /// Whether the date is here. A date beyond any interval was set by a wrong clock and counts as past.
    fn has_come(&self, date: SystemTime, now: SystemTime) -> bool {
        date <= now || date > now + self.interval.max(FIRST_DELAY)
    }

    /// The file itself, in a state directory that is ours: in another nothing is recorded, so nothing is due.
    fn open(&self) -> Result<File, Errno> {
        let file = Directory::open(&self.state)?.append(NAME)?;
        file.checked_to_write()?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn take(due: &DueFile, now: SystemTime) -> bool {
        due.take(now, || true, || Some(())).is_some()
    }

    #[test]
    fn the_first_is_due_after_an_hour_and_then_one_a_day() {
        let state = tempfile::tempdir().unwrap();
        let due = DueFile::of(state.path(), DAY);
        let start = SystemTime::now();
        assert!(!take(&due, start));
        assert!(!take(&due, start + Duration::from_secs(3_599)));
        assert!(take(&due, start + FIRST_DELAY));
        assert!(!take(&due, start + FIRST_DELAY));
        assert!(!take(&due, start + DAY));
        assert!(take(&due, start + FIRST_DELAY + DAY));
    }

    #[test]
    fn a_turn_that_nobody_can_take_stays_for_who_can() {
        let state = tempfile::tempdir().unwrap();
        let due = DueFile::of(state.path(), DAY);
        let start = SystemTime::now();
        assert!(!take(&due, start));
        let later = start + FIRST_DELAY;
        assert_eq!(due.take(later, || true, || None::<()>), None);
        assert!(take(&due, later));
    }

    #[test]
    fn a_clock_that_was_ahead_stops_no_delivery() {
        let state = tempfile::tempdir().unwrap();
        let due = DueFile::of(state.path(), DAY);
        let start = SystemTime::now();
        let ahead = start + 3_650 * DAY;
        assert!(!take(&due, ahead));
        assert_eq!(due.date(ahead), Some(ahead + FIRST_DELAY));
        assert_eq!(due.date(start), Some(start));
        assert!(take(&due, start));
        assert_eq!(due.date(start), Some(start + DAY));
        assert!(!take(&due, start));
    }

    #[test]
    fn of_many_at_once_one_takes_it() {
        let state = tempfile::tempdir().unwrap();
        let start = SystemTime::now();
        assert!(!take(&DueFile::of(state.path(), DAY), start));
        let later = start + 2 * DAY;
        let taken: usize = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..16).map(|_| scope.spawn(|| take(&DueFile::of(state.path(), DAY), later))).collect();
            threads.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum()
        });
        assert_eq!(taken, 1);
    }

    #[test]
    fn without_an_interval_every_command_delivers() {
        let state = tempfile::tempdir().unwrap();
        let due = DueFile::of(state.path(), Duration::ZERO);
        let now = SystemTime::now();
        assert!(take(&due, now));
        assert!(take(&due, now));
    }

    #[test]
    fn an_interval_without_end_delivers_never_and_breaks_nothing() {
        let state = tempfile::tempdir().unwrap();
        let due = DueFile::of(state.path(), Duration::MAX);
        let start = SystemTime::now();
        assert!(!take(&due, start));
        assert!(take(&due, start + FIRST_DELAY), "the first is due after an hour all the same");
        assert!(!take(&due, start + 3_650 * DAY));
        due.put(start + 7_300 * DAY, start);
        assert!(!take(&due, start + 3_650 * DAY));
    }

    #[test]
    fn nothing_planted_under_its_name_is_followed_waited_for_or_changed() {
        let state = tempfile::tempdir().unwrap();
        let due = DueFile::of(state.path(), DAY);
        let target = state.path().join("target");
        let planted = state.path().join(NAME);
        let old = fs::File::create(&target).unwrap();
        old.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        let plants: [&dyn Fn(); 5] = [
            &|| std::os::unix::fs::symlink(&target, &planted).unwrap(),
            &|| std::os::unix::fs::symlink("/nothing", &planted).unwrap(),
            &|| fs::hard_link(&target, &planted).unwrap(),
            &|| drop(std::os::unix::net::UnixListener::bind(&planted).unwrap()),
            &|| {
                let made = std::process::Command::new("mkfifo").arg(&planted).status();
                assert!(made.unwrap().success());
            },
        ];
        for (which, plant) in plants.iter().enumerate() {
            plant();
            let much_later = SystemTime::now() + 30 * DAY;
            assert!(!take(&due, much_later), "{which}");
            due.put(much_later, much_later);
            assert_eq!(fs::metadata(&target).unwrap().modified().unwrap(), SystemTime::UNIX_EPOCH, "{which}");
            fs::remove_file(&planted).unwrap();
        }
        fs::create_dir(&planted).unwrap();
        assert!(!take(&due, SystemTime::now() + 30 * DAY), "a directory");
    }

    #[test]
    fn in_a_directory_that_others_can_write_to_nothing_is_due() {
        use std::os::unix::fs::PermissionsExt as _;
        let state = tempfile::tempdir().unwrap();
        let due = DueFile::of(state.path(), DAY);
        let start = SystemTime::now();
        assert!(!take(&due, start));
        fs::set_permissions(state.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(!take(&due, start + 2 * DAY));
        fs::set_permissions(state.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert!(take(&due, start + 2 * DAY));
    }
}
