//! When this collector did not run: a silence of agents and a silence of the collector look alike in what was received.
//!
//! A file in the data directory holds when it was last seen running and the outages before. It is written each minute,
//! unsynced: after a power cut an outage seems to begin a little earlier.

use std::fmt::Write as _;
use std::io;
use std::sync::Mutex;

use aboveboard_files::Errno;
use aboveboard_store::calendar::SECONDS_A_DAY;
use aboveboard_store::figures::health::Outage;
use aboveboard_store::limits::RECEIPT_DAYS;

use crate::disk::Folder;
use crate::lock::lock;

/// The name in the data directory.
const NAME: &str = "running";

/// A restart takes less; agents come again by themselves.
const MIN_OUTAGE: i64 = 5 * 60;

/// Most outages that are kept: more than one a day for as long as hours of receipt are kept.
const MAX_OUTAGES: usize = 64;

/// Most bytes of the file: two numbers an outage.
const MAX_FILE: usize = 4_096;

/// When this collector did not run.
#[derive(Debug)]
pub(crate) struct Outages {
    folder: Folder,
    known: Mutex<Vec<Outage>>,
}

impl Outages {
    /// What the file says, with the time since it was last written. What does not read in it counts as nothing.
    pub(crate) fn open(folder: &Folder, now: i64) -> io::Result<Self> {
        let text = match folder.content(NAME, MAX_FILE) {
            Ok(text) => String::from_utf8(text).unwrap_or_default(),
            Err(Errno::NOENT | Errno::FBIG) => String::new(),
            Err(error) => return Err(error.into()),
        };
        let mut known = Vec::new();
        for line in text.lines() {
            let mut numbers = line.split(' ').map(str::parse::<i64>);
            match (numbers.next(), numbers.next()) {
                (Some(Ok(from)), Some(Ok(to))) => known.push(Outage { from, to }),
                (Some(Ok(seen)), None) if now.saturating_sub(seen) >= MIN_OUTAGE => {
                    known.push(Outage { from: seen, to: now });
                }
                _ => {}
            }
        }
        let oldest = now.saturating_sub(i64::from(RECEIPT_DAYS) * SECONDS_A_DAY);
        known.retain(|outage| outage.from < outage.to && (oldest..=now).contains(&outage.to));
        known.sort_by_key(|outage| outage.from);
        let spare = known.len().saturating_sub(MAX_OUTAGES);
        Ok(Self { folder: folder.clone(), known: Mutex::new(known.split_off(spare)) })
    }

    /// The outages, oldest first.
    pub(crate) fn list(&self) -> Vec<Outage> {
        lock(&self.known).clone()
    }

    /// Notes that the collector runs.
    pub(crate) fn save(&self, now: i64) -> io::Result<()> {
        let mut text = String::new();
        for Outage { from, to } in lock(&self.known).iter() {
            let _ = writeln!(text, "{from} {to}");
        }
        let _ = writeln!(text, "{now}");
        Ok(self.folder.replace(NAME, text.as_bytes(), false)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    #[test]
    fn what_lies_between_two_runs_is_an_outage_and_a_restart_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::make(directory.path()).unwrap();
        let open = |now: i64| Outages::open(&folder, now).unwrap();
        assert_eq!(open(NOW).list(), [], "the first start");
        open(NOW).save(NOW).unwrap();
        assert_eq!(open(NOW + 60).list(), [], "a restart");
        assert_eq!(open(NOW - 600).list(), [], "a clock that was set back");
        let first = Outage { from: NOW, to: NOW + 3_600 };
        let again = open(NOW + 3_600);
        assert_eq!(again.list(), [first]);
        again.save(NOW + 4_000).unwrap();
        let second = Outage { from: NOW + 4_000, to: NOW + 9_000 };
        assert_eq!(open(NOW + 9_000).list(), [first, second]);
        let late = NOW + i64::from(RECEIPT_DAYS) * SECONDS_A_DAY + 7_200;
        assert_eq!(open(late).list(), [Outage { from: NOW + 4_000, to: late }], "old ones go");
    }

    #[test]
    fn a_file_that_does_not_read_says_nothing_and_many_outages_are_bounded() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::make(directory.path()).unwrap();
        for text in ["\u{fffd}x\n1\n2 1\n", "", "9999999999999999999999\n", "5 6 7\n"] {
            folder.replace(NAME, text.as_bytes(), false).unwrap();
            Outages::open(&folder, NOW).unwrap();
        }
        let mut text = String::new();
        for number in 0..100 {
            let from = NOW - 100_000 + number * 1_000;
            let _ = writeln!(text, "{from} {}", from + 500);
        }
        folder.replace(NAME, text.as_bytes(), false).unwrap();
        let outages = Outages::open(&folder, NOW).unwrap();
        assert_eq!(outages.list().len(), MAX_OUTAGES);
        outages.save(NOW).unwrap();
        assert_eq!(Outages::open(&folder, NOW).unwrap().list(), outages.list());
    }
}
