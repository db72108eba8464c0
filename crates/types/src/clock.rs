//! The wall clock as a one-method port, and the one spelling of a moment in files that people read.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::event::Seconds;
use crate::limits::MAX_TIME;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// Seconds since 1970-01-01T00:00:00Z; 0 for a clock set before that.
    fn now(&self) -> Seconds;
}

/// The clock of the system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Seconds {
        now()
    }
}

/// A clock that stands still until it is set; for tests and simulations.
#[derive(Debug, Default)]
pub struct FixedClock(std::sync::atomic::AtomicU64);

impl FixedClock {
    /// A clock that shows `now`.
    #[must_use]
    pub const fn at(now: Seconds) -> Self {
        Self(std::sync::atomic::AtomicU64::new(now))
    }

    /// Sets the clock, forward or back.
    pub fn set(&self, now: Seconds) {
        self.0.store(now, std::sync::atomic::Ordering::Relaxed);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Seconds {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}

/// Seconds since 1970 by the system's clock; 0 for a clock set before that.
#[must_use]
pub fn now() -> Seconds {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Days since 1970-01-01.
#[must_use]
pub fn day(time: Seconds) -> u32 {
    u32::try_from(time / 86_400).unwrap_or(u32::MAX)
}

/// Writes a moment as `2026-11-22T14:10:26Z`. Years above 9999 are written as the last second of 9999.
#[must_use]
pub fn stamp(time: Seconds) -> String {
    let time = time.min(MAX_TIME);
    let (year, month, day) = date(time / 86_400);
    let second = time % 86_400;
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

/// Writes a day since 1970 as `2026-11-22`.
#[must_use]
pub fn day_stamp(day: u32) -> String {
    let mut stamp = stamp(u64::from(day) * 86_400);
    stamp.truncate("2026-11-22".len());
    stamp
}

/// Reads what [`day_stamp`] writes and nothing else.
#[must_use]
pub fn parse_day_stamp(text: &str) -> Option<u32> {
    parse_stamp(&format!("{text}T00:00:00Z")).map(day)
}

/// Reads what [`stamp`] writes and nothing else.
#[must_use]
pub fn parse_stamp(text: &str) -> Option<Seconds> {
    let bytes: &[u8; 20] = text.as_bytes().try_into().ok()?;
    let mut numbers = [0_u64; 6];
    let mut at = 0;
    for (template, byte) in b"0000-00-00T00:00:00Z".iter().zip(bytes) {
        match template {
            b'0' if byte.is_ascii_digit() => {
                let number = numbers.get_mut(at)?;
                *number = *number * 10 + u64::from(byte - b'0');
            }
            // A place for a digit holds nothing else, whatever the template's letter for it.
            b'0' => return None,
            separator if separator == byte => at += 1,
            _ => return None,
        }
    }
    let [year, month, day, hour, minute, second] = numbers;
    let days = day_of(year, month, day)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

/// Year, month and day of a day since 1970-01-01 in the proleptic Gregorian calendar, by counting years from March.
#[must_use]
pub fn date(day: u64) -> (u64, u64, u64) {
    let day = day + 719_468;
    let era = day / 146_097;
    let of_era = day % 146_097;
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year + u64::from(month <= 2), month, of_year - (153 * shifted + 2) / 5 + 1)
}

/// Days since 1970-01-01 of a date in the years 1970 to 9999; `None` if there is no such date.
#[must_use]
pub fn day_of(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || day == 0 {
        return None;
    }
    let stated = (year, month, day);
    let year = if month <= 2 { year - 1 } else { year };
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * shifted + 2) / 5 + day - 1;
    let of_era = year % 400 * 365 + year % 400 / 4 - year % 400 / 100 + of_year;
    let days = (year / 400 * 146_097 + of_era).checked_sub(719_468)?;
    (date(days) == stated).then_some(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_it_was_written() {
        for (time, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_795_356_626, "2026-11-22T14:10:26Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(stamp(time), text);
            assert_eq!(parse_stamp(text), Some(time));
            assert_eq!(day_stamp(day(time)), text[..10]);
            assert_eq!(parse_day_stamp(&text[..10]), Some(day(time)));
        }
        assert_eq!(stamp(u64::MAX), "9999-12-31T23:59:59Z");
        for wrong in
            ["", "2026-11-22", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-22T24:00:00Z"]
        {
            assert_eq!(parse_stamp(wrong), None, "{wrong}");
        }
        for wrong in ["", "2026-02-30", "2026-11-22T00:00:00Z", "2026-11-22 ", "26-11-22", "2026-11"] {
            assert_eq!(parse_day_stamp(wrong), None, "{wrong}");
        }
        // Files that people write hold any byte anywhere; a letter of ours once counted as a separator.
        let right = stamp(1_795_356_626);
        for at in 0..right.len() {
            for byte in 0..=127_u8 {
                let mut text = right.clone().into_bytes();
                text[at] = byte;
                let text = String::from_utf8(text).unwrap();
                assert!(parse_stamp(&text).is_none_or(|time| stamp(time) == text), "{text}");
            }
        }
        for day in (0..200_000).step_by(97) {
            assert_eq!(parse_stamp(&stamp(day * 86_400 + day % 86_400)), Some(day * 86_400 + day % 86_400));
        }
    }
}
