//! How many bytes of batches each product receives in a day, and how many it may.
//!
//! A product may receive four times the median of its last days, and a least number in any case, so that a product that
//! grows is never held back and one that is flooded stays within what its operator's disk bears. When little of a day is
//! left, the prefixes that have sent most in this hour are refused first: what each may have sent shrinks with what is left.
//! The sums are kept in a file beside the log; they name products and days, and nobody who sent anything.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::io;
use std::sync::Mutex;

use aboveboard_files::Errno;
use aboveboard_store::calendar::Day;

use super::limits::{MAX_GROWTH, MAX_RECEIVED_FILE, MEDIAN_DAYS, SHARE_OF_THE_REST};
use crate::disk::Folder;
use crate::lock::lock;
use crate::refusal::Reason;

/// The file of the sums.
const FILE: &str = "received";

/// What each product has received.
#[derive(Debug)]
pub(crate) struct ReceivedBytes {
    /// Bytes that a product may receive in a day, whatever the days before were.
    least: u64,
    folder: Folder,
    sums: Mutex<Sums>,
}

#[derive(Debug, Default)]
struct Sums {
    products: BTreeMap<String, Days>,
    /// Whether the file says less.
    changed: bool,
}

/// The sums of the newest days, which ascend.
#[derive(Debug, Default)]
struct Days(VecDeque<(Day, u64)>);

impl Days {
    /// The sum of a day. One day ahead of it may be here, from a clock that went back a little: neither day begins anew.
    fn of(&mut self, day: Day) -> &mut u64 {
        while self.0.back().is_some_and(|(last, _)| *last > day.saturating_add(1)) {
            self.0.pop_back();
        }
        let mut at = self.0.partition_point(|(known, _)| *known < day);
        if self.0.get(at).is_none_or(|(known, _)| *known != day) {
            self.0.insert(at, (day, 0));
        }
        // With that one. Days before go, and this one is behind them.
        while self.0.len() > MEDIAN_DAYS + 2 {
            self.0.pop_front();
            at -= 1;
        }
        &mut self.0[at].1
    }

    /// The median of the days before, each that is not here with nothing.
    fn median(&self, today: Day) -> u64 {
        let first = today.saturating_sub(Day::try_from(MEDIAN_DAYS).unwrap_or(Day::MAX));
        let days = self.0.iter().filter(|(day, _)| (first..today).contains(day));
        let mut sums: Vec<u64> = days.map(|(_, bytes)| *bytes).collect();
        sums.resize(MEDIAN_DAYS, 0);
        sums.sort_unstable();
        let above = sums[MEDIAN_DAYS / 2];
        let below = sums[(MEDIAN_DAYS - 1) / 2];
        below + (above - below) / 2
    }
}

impl ReceivedBytes {
    /// With what the file in the data directory says. What does not read in it counts as nothing.
    pub(crate) fn open(folder: Folder, least: u64) -> io::Result<Self> {
        let text = match folder.content(FILE, MAX_RECEIVED_FILE) {
            Ok(text) => String::from_utf8(text).unwrap_or_default(),
            Err(Errno::NOENT | Errno::FBIG) => String::new(),
            Err(error) => return Err(error.into()),
        };
        let mut sums = Sums::default();
        for line in text.lines() {
            if let Some((product, day, bytes)) = read_line(line) {
                *sums.products.entry(product.to_owned()).or_default().of(day) = bytes;
            }
        }
        Ok(Self { least, folder, sums: Mutex::new(sums) })
    }

    /// Counts bytes of a product, or refuses them. `of_sender` is what their prefix has sent in this hour, where that is
    /// known.
    pub(crate) fn count(
        &self,
        product: &str,
        bytes: u64,
        of_sender: Option<u64>,
        today: Day,
    ) -> Result<(), Reason> {
        let mut sums = lock(&self.sums);
        if !sums.products.contains_key(product) {
            sums.products.insert(product.to_owned(), Days::default());
        }
        let Some(days) = sums.products.get_mut(product) else { return Ok(()) };
        let received = *days.of(today);
        let most = self.least.max(days.median(today).saturating_mul(MAX_GROWTH));
        let rest = most.saturating_sub(received);
        let is_too_large = of_sender.is_some_and(|sent| sent > (rest / SHARE_OF_THE_REST).max(bytes));
        if bytes > rest || is_too_large {
            return Err(Reason::ProductQuota);
        }
        *days.of(today) += bytes;
        sums.changed = true;
        Ok(())
    }

    /// Writes the sums where they changed.
    pub(crate) fn save(&self) -> io::Result<()> {
        let mut sums = lock(&self.sums);
        if !std::mem::take(&mut sums.changed) {
            return Ok(());
        }
        let mut text = String::new();
        for (product, days) in &sums.products {
            for (day, bytes) in &days.0 {
                let _ = writeln!(text, "{product} {day} {bytes}");
            }
        }
        drop(sums);
        Ok(self.folder.replace(FILE, text.as_bytes(), false)?)
    }
}

fn read_line(line: &str) -> Option<(&str, Day, u64)> {
    let mut parts = line.split(' ');
    Some((parts.next()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(directory: &tempfile::TempDir, least: u64) -> ReceivedBytes {
        ReceivedBytes::open(Folder::make(&directory.path().join("data")).unwrap(), least).unwrap()
    }

    #[test]
    fn a_product_may_grow_fourfold_and_a_new_one_has_the_least() {
        let directory = tempfile::tempdir().unwrap();
        let received = open(&directory, 1_000);
        assert_eq!(received.count("quarry", 1_000, None, 100), Ok(()));
        assert_eq!(received.count("quarry", 1, None, 100), Err(Reason::ProductQuota));
        assert_eq!(received.count("mason", 1_000, None, 100), Ok(()), "each product for itself");
        // Half of the last days had this much.
        for day in 101..108 {
            assert_eq!(received.count("quarry", 1_000, None, day), Ok(()));
        }
        assert_eq!(received.count("quarry", 4_000, None, 108), Ok(()));
        assert_eq!(received.count("quarry", 1, None, 108), Err(Reason::ProductQuota));
        // One day of a flood changes the median little.
        assert_eq!(received.count("quarry", 4_001, None, 109), Err(Reason::ProductQuota));
        received.save().unwrap();
        let again = open(&directory, 1_000);
        assert_eq!(again.count("quarry", 4_001, None, 109), Err(Reason::ProductQuota));
        assert_eq!(again.count("quarry", 4_000, None, 109), Ok(()));
    }

    #[test]
    fn when_little_is_left_who_has_sent_most_is_refused_first() {
        let directory = tempfile::tempdir().unwrap();
        let received = open(&directory, 64_000);
        assert_eq!(received.count("quarry", 32_000, Some(0), 1), Ok(()));
        assert_eq!(received.count("quarry", 10, Some(501), 1), Err(Reason::ProductQuota));
        assert_eq!(received.count("quarry", 10, Some(499), 1), Ok(()));
        assert_eq!(received.count("quarry", 31_000, None, 1), Ok(()), "where nobody is distinguished");
        assert_eq!(received.count("quarry", 10, Some(499), 1), Err(Reason::ProductQuota));
        assert_eq!(received.count("quarry", 10, Some(10), 1), Ok(()), "who has sent nothing else yet");
    }

    #[test]
    fn a_clock_that_jumps_leaves_no_day_that_never_ends() {
        let mut days = Days::default();
        *days.of(10) += 5;
        *days.of(40_000) += 7;
        assert_eq!(*days.of(11), 0);
        assert_eq!(*days.of(10), 5, "the day before goes on");
        assert_eq!(days.0.len(), 2);
        for day in 12..100 {
            *days.of(day) += 1;
            assert_eq!(*days.of(day - 1), u64::from(day > 12));
            assert!(days.0.len() <= MEDIAN_DAYS + 2);
        }
    }

    #[test]
    fn a_clock_that_goes_a_day_ahead_and_back_gives_no_day_a_second_time_and_takes_none() {
        let directory = tempfile::tempdir().unwrap();
        let received = open(&directory, 1_000);
        assert_eq!(received.count("quarry", 900, None, 100), Ok(()));
        // A day ahead for a while.
        assert_eq!(received.count("quarry", 200, None, 101), Ok(()));
        // Back, also through a restart: what the day has received is not forgotten.
        assert_eq!(received.count("quarry", 101, None, 100), Err(Reason::ProductQuota));
        received.save().unwrap();
        let again = open(&directory, 1_000);
        assert_eq!(again.count("quarry", 101, None, 100), Err(Reason::ProductQuota));
        assert_eq!(again.count("quarry", 100, None, 100), Ok(()));
        // The next day comes, less what it has received already, and is not spent by the day before.
        assert_eq!(again.count("quarry", 801, None, 101), Err(Reason::ProductQuota));
        assert_eq!(again.count("quarry", 800, None, 101), Ok(()));
    }
}
