//! The clock of the collector, and whether it can be right.
//!
//! Every receipt has a day, and events are placed by it, so a clock that is wrong files everything on wrong days. Three
//! things are known of a right clock: it is past the day on which this program was written, it does not go back behind what
//! was received, and it goes on about as fast as time does. One that breaks a rule has batches wait with their senders until
//! it is set right, or until an operator says that it is right as it stands.

use std::fmt;
use std::io;
use std::sync::Mutex;
use std::time::Instant;

use aboveboard_files::Directory;
use aboveboard_store::calendar::{Day, SECONDS_A_DAY, day_of};
use aboveboard_store::limits::CLOCK_PATIENCE;

use crate::dates::iso;
use crate::disk::Folder;
use crate::lock::lock;

/// 1 January 2026: no clock that is right stands before it. It is written here and not taken from the build, so that
/// the same source makes the same program.
const FIRST_DAY: Day = 20_454;

/// How far the clock may go back behind what was received: time zones set wrong, and leaps at a synchronisation.
const MAX_BEHIND: i64 = SECONDS_A_DAY;

/// How far the clock may leap ahead of the time that passed while this process ran: less is a machine that slept.
const MAX_LEAP: i64 = 31 * SECONDS_A_DAY;

/// How far the clock may be ahead of the newest receipt at the start: for so long a collector may have been off.
const MAX_AWAY: i64 = 366 * SECONDS_A_DAY;

/// The name in the data directory of what an operator accepted.
pub(crate) const ACCEPTED: &str = "clock";

/// Most bytes of that file: two numbers.
const MAX_ACCEPTED: usize = 64;

/// Seconds since 1970 UTC by the system's clock; 0 for a clock set before that.
pub(crate) fn now() -> i64 {
    i64::try_from(aboveboard_types::clock::now()).unwrap_or(i64::MAX)
}

/// Why the clock cannot be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClockProblem {
    /// It stands before the day on which this program was written.
    TooEarly { now: i64 },
    /// It went back behind what was received.
    Behind { now: i64, newest: i64 },
    /// It leapt ahead.
    Ahead { now: i64, known: i64 },
}

impl fmt::Display for ClockProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const REMEDY: &str = "set it right, or say that it is right with `aboveboard collector clock accept`";
        let day = |seconds: i64| iso(day_of(seconds));
        match *self {
            Self::TooEarly { now } => write!(
                f,
                "the collector's clock says {}, which is before this program was written, so nothing is taken in: set it \
                 right",
                day(now)
            ),
            Self::Behind { now, newest } => write!(
                f,
                "the collector's clock says {}, and batches were received on {} already, so nothing is taken in: {REMEDY}",
                day(now),
                day(newest)
            ),
            Self::Ahead { now, known } => write!(
                f,
                "the collector's clock leapt from {} to {}, so nothing is taken in: {REMEDY}",
                day(known),
                day(now)
            ),
        }
    }
}

/// What is known of the clock. It is asked before anything is taken in.
#[derive(Debug)]
pub(crate) struct ClockGuard {
    now: fn() -> i64,
    directory: Folder,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    /// The time of the newest receipt; none before there is one.
    newest: Option<i64>,
    /// What the clock said when it was last believed, and when that was by a clock that nobody sets.
    believed: Option<(i64, Instant)>,
    /// Since when it has been ahead.
    ahead: Option<Instant>,
    /// Whether the log says already what is wrong.
    is_reported: bool,
}

/// What an operator accepted: the clock at that moment, and the newest day of receipt that is not to be believed since.
struct Accepted {
    at: i64,
    disbelieved: Day,
}

impl ClockGuard {
    /// A guard of the clock of a collector on this data directory, whose store holds receipts up to `newest`.
    pub(crate) fn new(now: fn() -> i64, directory: &Folder, newest: Option<Day>) -> Self {
        let known = Mutex::new(Known::of(directory, newest));
        Self { now, directory: directory.clone(), known }
    }

    /// The time, if the clock can be right.
    pub(crate) fn check(&self) -> Result<i64, ClockProblem> {
        let now = (self.now)();
        let mut known = lock(&self.known);
        let checked = known.check(now, Instant::now());
        match checked {
            Err(problem) if !known.is_reported => tracing::error!("{problem}"),
            Ok(_) if known.is_reported => tracing::info!("the clock is believed again"),
            _ => {}
        }
        known.is_reported = checked.is_err();
        checked
    }

    /// What the clock says, right or not: for what needs no day.
    pub(crate) fn unchecked(&self) -> i64 {
        (self.now)()
    }

    /// Notes that something was received.
    pub(crate) fn note(&self, received: i64) {
        let mut known = lock(&self.known);
        known.newest = known.newest.max(Some(received));
    }

    /// Takes the clock as it stands for right, now and after a restart.
    ///
    /// # Errors
    /// Where it stands before this program was written, or this cannot be kept.
    pub(crate) fn accept(&self) -> io::Result<i64> {
        let now = (self.now)();
        if day_of(now) < FIRST_DAY {
            return Err(io::Error::other(ClockProblem::TooEarly { now }.to_string()));
        }
        let mut known = lock(&self.known);
        let newest = known.newest.map_or(Day::MIN, day_of);
        let before = Accepted::read(&self.directory).map_or(Day::MIN, |accepted| accepted.disbelieved);
        Accepted { at: now, disbelieved: newest.max(before) }.write(&self.directory)?;
        *known = Known {
            newest: known.newest.map(|newest| newest.min(now)),
            believed: Some((now, Instant::now())),
            ahead: None,
            is_reported: false,
        };
        tracing::warn!(now, "an operator accepted the clock as it stands");
        Ok(now)
    }
}

/// What is wrong with the clock, for a look at a data directory whose store holds receipts up to `newest`.
pub(crate) fn problem(directory: &Directory, newest: Option<Day>) -> Option<ClockProblem> {
    Known::of(directory, newest).check(now(), Instant::now()).err()
}

impl Known {
    fn of(directory: &Directory, newest: Option<Day>) -> Self {
        let newest = match (newest, Accepted::read(directory)) {
            (Some(newest), Some(accepted)) if newest <= accepted.disbelieved => Some(accepted.at),
            (newest, _) => newest.map(|day| i64::from(day) * SECONDS_A_DAY),
        };
        Self { newest, believed: None, ahead: None, is_reported: false }
    }

    fn check(&mut self, now: i64, instant: Instant) -> Result<i64, ClockProblem> {
        if day_of(now) < FIRST_DAY {
            return Err(ClockProblem::TooEarly { now });
        }
        if let Some(newest) = self.newest
            && now < newest.saturating_sub(MAX_BEHIND)
        {
            return Err(ClockProblem::Behind { now, newest });
        }
        let passed = |since: Instant| i64::try_from(instant.saturating_duration_since(since).as_secs());
        let leap = match (self.believed, self.newest) {
            (Some((believed, since)), _) => {
                let expected = believed.saturating_add(passed(since).unwrap_or(i64::MAX));
                (now.saturating_sub(expected) > MAX_LEAP).then_some(believed)
            }
            (None, Some(newest)) => (now.saturating_sub(newest) > MAX_AWAY).then_some(newest),
            (None, None) => None,
        };
        if let Some(known) = leap {
            // One that stays there is right after all: nobody may be there to say so.
            let since = *self.ahead.get_or_insert(instant);
            if instant.saturating_duration_since(since) < CLOCK_PATIENCE {
                return Err(ClockProblem::Ahead { now, known });
            }
        }
        self.ahead = None;
        self.believed = Some((now, instant));
        Ok(now)
    }
}

impl Accepted {
    fn read(directory: &Directory) -> Option<Self> {
        let text = String::from_utf8(directory.content(ACCEPTED, MAX_ACCEPTED).ok()?).ok()?;
        let (at, disbelieved) = text.trim().split_once(' ')?;
        Some(Self { at: at.parse().ok()?, disbelieved: disbelieved.parse().ok()? })
    }

    fn write(&self, directory: &Directory) -> io::Result<()> {
        let text = format!("{} {}\n", self.at, self.disbelieved);
        Ok(directory.replace(ACCEPTED, text.as_bytes(), true)?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    const NOON: i64 = 1_795_003_200 + 12 * 3_600;

    fn known(newest: Option<i64>) -> Known {
        Known { newest, believed: None, ahead: None, is_reported: false }
    }

    #[test]
    fn a_clock_before_the_program_was_written_is_never_believed() {
        assert_eq!(iso(FIRST_DAY), "2026-01-01");
        let start = Instant::now();
        for now in [0, 300, i64::from(FIRST_DAY) * SECONDS_A_DAY - 1] {
            assert_eq!(known(None).check(now, start), Err(ClockProblem::TooEarly { now }));
        }
        assert_eq!(known(None).check(NOON, start), Ok(NOON));
    }

    #[test]
    fn a_clock_that_goes_back_behind_a_receipt_is_not_believed_until_it_is_back() {
        let start = Instant::now();
        let mut known = known(Some(NOON));
        assert_eq!(known.check(NOON - MAX_BEHIND, start), Ok(NOON - MAX_BEHIND));
        let now = NOON - MAX_BEHIND - 1;
        assert_eq!(known.check(now, start), Err(ClockProblem::Behind { now, newest: NOON }));
        assert_eq!(known.check(NOON, start), Ok(NOON));
    }

    #[test]
    fn a_clock_that_leaps_ahead_is_believed_when_it_is_back_or_has_stayed_there() {
        let start = Instant::now();
        let mut known = known(Some(NOON));
        let ahead = NOON + 3_650 * SECONDS_A_DAY;
        assert!(matches!(known.check(ahead, start), Err(ClockProblem::Ahead { .. })), "at the start");
        assert_eq!(
            known.check(NOON + 90 * SECONDS_A_DAY, start),
            Ok(NOON + 90 * SECONDS_A_DAY),
            "it was off"
        );
        let mut known = self::known(None);
        assert_eq!(known.check(NOON, start), Ok(NOON));
        assert!(matches!(known.check(ahead, start), Err(ClockProblem::Ahead { .. })), "while it runs");
        assert_eq!(known.check(NOON + 1, start), Ok(NOON + 1));
        assert!(known.check(ahead, start).is_err());
        assert_eq!(known.check(ahead, start + CLOCK_PATIENCE), Ok(ahead));
    }

    #[test]
    fn what_an_operator_accepts_holds_after_a_restart() {
        static NOW: AtomicI64 = AtomicI64::new(NOON);
        let now = || NOW.load(Ordering::Relaxed);
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::make(directory.path()).unwrap();
        let guard = ClockGuard::new(now, &folder, None);
        guard.note(NOON + 3_650 * SECONDS_A_DAY);
        assert!(matches!(guard.check(), Err(ClockProblem::Behind { .. })));
        assert_eq!(guard.accept().unwrap(), NOON);
        assert_eq!(guard.check(), Ok(NOON));
        let newest = Some(day_of(NOON) + 3_650);
        let again = ClockGuard::new(now, &folder, newest);
        assert_eq!(again.check(), Ok(NOON));
        // What is received later is believed again.
        let later = ClockGuard::new(now, &folder, newest.map(|day| day + 1));
        assert!(later.check().is_err());
        NOW.store(300, Ordering::Relaxed);
        assert!(again.accept().unwrap_err().to_string().contains("set it right"));
    }
}
