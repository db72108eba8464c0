//! Calendar dates as the manifest writes them.

use std::fmt;

use aboveboard_types::clock;

/// A day of the proleptic Gregorian calendar, in the years 1970 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    days: u32,
}

impl Date {
    /// The last day that can be written: 9999-12-31.
    pub const LAST: Self = Self { days: 2_932_896 };

    /// The date, if there is such a day and it is not before 1970.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let days = clock::day_of(year.into(), month.into(), day.into())?;
        u32::try_from(days).ok().map(|days| Self { days })
    }

    /// Reads `2026-11-22`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut number = |digits: usize| parts.next().filter(|part| part.len() == digits)?.parse().ok();
        let year: u16 = number(4)?;
        let month = number(2)?;
        let day = number(2)?;
        if parts.next().is_some() {
            return None;
        }
        Self::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
    }

    /// Whole days since 1970-01-01.
    #[must_use]
    pub fn days(self) -> u32 {
        self.days
    }

    /// The day that is this many days after 1970-01-01; `None` beyond the year 9999.
    #[must_use]
    pub fn from_days(days: u32) -> Option<Self> {
        (days <= Self::LAST.days).then_some(Self { days })
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = clock::date(self.days.into());
        write!(f, "{year:04}-{month:02}-{day:02}")
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
        assert_eq!(Date::LAST.to_string(), "9999-12-31");
        assert_eq!(Date::from_days(Date::LAST.days() + 1), None);
        for wrong in ["2026-02-29", "2026-13-01", "26-01-01", "2026-1-1", "1969-12-31", "2026-01-01-"] {
            assert_eq!(Date::parse(wrong), None, "{wrong}");
        }
    }
}
