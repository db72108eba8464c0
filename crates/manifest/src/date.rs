//! Calendar dates as the manifest writes them.

use std::fmt;

/// A day of the proleptic Gregorian calendar, from year 1970 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The last day that can be written: 9999-12-31.
    pub const LAST: Self = Self { year: 9999, month: 12, day: 31 };

    /// The date, if there is such a day and it is not before 1970.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let exists =
            year >= 1970 && (1..=12).contains(&month) && (1..=month_length(year, month)).contains(&day);
        exists.then_some(Self { year, month, day })
    }

    /// Reads `2026-11-22`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || (year.len(), month.len(), day.len()) != (4, 2, 2) {
            return None;
        }
        Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    }

    /// Whole days since 1970-01-01.
    #[must_use]
    pub fn days(self) -> u32 {
        let years: u32 = (1970..self.year).map(|year| if leap(year) { 366 } else { 365 }).sum();
        let months: u32 = (1..self.month).map(|month| u32::from(month_length(self.year, month))).sum();
        years + months + u32::from(self.day) - 1
    }

    /// The day that is this many days after 1970-01-01; `None` beyond the year 9999.
    #[must_use]
    pub fn from_days(mut days: u32) -> Option<Self> {
        let mut year = 1970;
        loop {
            let length = if leap(year) { 366 } else { 365 };
            if days < length {
                break;
            }
            days -= length;
            year += 1;
            if year > 9999 {
                return None;
            }
        }
        let mut month = 1;
        while days >= u32::from(month_length(year, month)) {
            days -= u32::from(month_length(year, month));
            month += 1;
        }
        Self::new(year, month, u8::try_from(days + 1).ok()?)
    }
}

fn leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn month_length(year: u16, month: u8) -> u8 {
    match month {
        2 if leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree() {
        for (text, days) in [("1970-01-01", 0), ("2000-02-29", 11_016), ("2026-11-22", 20_779)] {
            let date = Date::parse(text).unwrap();
            assert_eq!(date.days(), days);
            assert_eq!(Date::from_days(days).unwrap().to_string(), text);
        }
        for wrong in ["2026-02-29", "2026-13-01", "26-01-01", "2026-1-1", "1969-12-31", "2026-01-01-"] {
            assert_eq!(Date::parse(wrong), None, "{wrong}");
        }
    }
}
