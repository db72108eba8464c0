//! What a publication covers: a calendar month or a calendar quarter of UTC.
//!
//! Days are numbered since 1970-01-01, and written as `2026-11-22`.

use std::fmt;

use aboveboard_types::clock::{date, day_of, day_stamp};

use crate::publication::{Every, Period};

/// A period is drawn at the earliest on this day after its last one: the collector places no event that is older, so nothing
/// that belongs to the period can come later.
pub const DAYS_UNTIL_DRAW: u32 = 15;

/// A publication is due this many days after the first on which it can be drawn: time for a maker to be on leave.
pub const DAYS_UNTIL_DUE: u32 = 15;

/// Years of four digits, so that ids have one length and their order is that of time.
const YEARS: std::ops::RangeInclusive<u16> = 1970..=9998;

/// One month or quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CalendarPeriod {
    year: u16,
    /// From 1.
    number: u8,
    every: Every,
}

impl CalendarPeriod {
    /// The period in which a day lies; none in a year that is not written in four digits.
    #[must_use]
    pub fn of_day(every: Every, day: u32) -> Option<Self> {
        let (year, month, _) = date(day.into());
        let month = u8::try_from(month).ok()?;
        Self::new(every, u16::try_from(year).ok()?, month.div_ceil(months(every)))
    }

    fn new(every: Every, year: u16, number: u8) -> Option<Self> {
        (YEARS.contains(&year) && (1..=in_a_year(every)).contains(&number)).then_some(Self {
            year,
            number,
            every,
        })
    }

    /// Reads the id of a period: `2026-11`, `2026-q4`.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        let (year, rest) = id.split_once('-')?;
        let (every, number) = match rest.strip_prefix('q') {
            Some(number) => (Every::Quarter, number),
            None => (Every::Month, rest),
        };
        let period = Self::new(every, year.parse().ok()?, number.parse().ok()?)?;
        (period.to_string() == id).then_some(period)
    }

    /// Whether it is a month or a quarter.
    #[must_use]
    pub const fn every(self) -> Every {
        self.every
    }

    /// Its first day.
    #[must_use]
    pub fn first(self) -> u32 {
        let month = u64::from(months(self.every)) * (u64::from(self.number) - 1) + 1;
        day_of(self.year.into(), month, 1).and_then(|day| u32::try_from(day).ok()).unwrap_or(0)
    }

    /// Its last day.
    #[must_use]
    pub fn last(self) -> u32 {
        self.next().first() - 1
    }

    /// Its last month, counted through the years, so that months of different periods can be compared.
    #[must_use]
    pub fn last_month(self) -> u32 {
        12 * u32::from(self.year) + u32::from(months(self.every)) * u32::from(self.number)
    }

    /// The first day on which it can be drawn.
    #[must_use]
    pub fn earliest_draw(self) -> u32 {
        self.last() + DAYS_UNTIL_DRAW
    }

    /// The day by which its publication is due.
    #[must_use]
    pub fn due(self) -> u32 {
        self.earliest_draw() + DAYS_UNTIL_DUE
    }

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Self {
        if self.number < in_a_year(self.every) {
            Self { number: self.number + 1, ..self }
        } else {
            Self { year: self.year + 1, number: 1, ..self }
        }
    }

    /// As it stands in a document.
    #[must_use]
    pub fn document(self) -> Period {
        Period { every: self.every, first: day_stamp(self.first()), last: day_stamp(self.last()) }
    }
}

impl fmt::Display for CalendarPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.every {
            Every::Month => write!(f, "{:04}-{:02}", self.year, self.number),
            Every::Quarter => write!(f, "{:04}-q{}", self.year, self.number),
        }
    }
}

/// How many periods a year has.
#[must_use]
pub const fn in_a_year(every: Every) -> u8 {
    12 / months(every)
}

const fn months(every: Every) -> u8 {
    match every {
        Every::Month => 1,
        Every::Quarter => 3,
    }
}

/// The id of a publication: that of its period, and of a correction which one it is. The first correction is `2026-q4.2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicationId {
    /// What it covers.
    pub period: CalendarPeriod,
    /// From 1; above that it is a correction.
    pub draw: u16,
}

impl PublicationId {
    /// Of the first publication of a period.
    #[must_use]
    pub const fn first(period: CalendarPeriod) -> Self {
        Self { period, draw: 1 }
    }

    /// Of the correction after this one.
    #[must_use]
    pub const fn correction(self) -> Self {
        Self { draw: self.draw.saturating_add(1), ..self }
    }

    /// Whether it is a correction.
    #[must_use]
    pub const fn is_correction(self) -> bool {
        self.draw > 1
    }

    /// Reads an id.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        let (period, draw) = id.split_once('.').unwrap_or((id, "1"));
        let draw = draw.parse().ok().filter(|draw| *draw > 0)?;
        let parsed = Self { period: CalendarPeriod::parse(period)?, draw };
        (parsed.to_string() == id).then_some(parsed)
    }
}

impl fmt::Display for PublicationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.draw {
            1 => self.period.fmt(f),
            draw => write!(f, "{}.{draw}", self.period),
        }
    }
}

#[cfg(test)]
mod tests {
    use aboveboard_types::clock::parse_day_stamp;

    use super::*;

    fn period(id: &str) -> CalendarPeriod {
        CalendarPeriod::parse(id).unwrap()
    }

    #[test]
    fn periods_have_the_days_of_the_calendar() {
        let days = [
            ("2026-q4", "2026-10-01", "2026-12-31", "2027-01-15", "2027-01-30", "2027-q1"),
            ("2028-q1", "2028-01-01", "2028-03-31", "2028-04-15", "2028-04-30", "2028-q2"),
            ("2028-02", "2028-02-01", "2028-02-29", "2028-03-15", "2028-03-30", "2028-03"),
            ("2026-12", "2026-12-01", "2026-12-31", "2027-01-15", "2027-01-30", "2027-01"),
        ];
        for (id, first, last, earliest, due, next) in days {
            let period = period(id);
            let found = [period.first(), period.last(), period.earliest_draw(), period.due()].map(day_stamp);
            assert_eq!(found, [first, last, earliest, due], "{id}");
            assert_eq!(period.next().to_string(), next);
            for day in [period.first(), period.last()] {
                assert_eq!(CalendarPeriod::of_day(period.every(), day), Some(period));
            }
            let document = period.document();
            assert_eq!((document.first.as_str(), document.last.as_str()), (first, last));
        }
        let mut every_month = period("1970-01");
        while every_month < period("2100-01") {
            assert_eq!(every_month.next().first(), every_month.last() + 1);
            every_month = every_month.next();
        }
        assert_eq!(parse_day_stamp("2100-01-01"), Some(every_month.first()));
    }

    #[test]
    fn ids_have_one_spelling() {
        for id in ["2026-q4", "2026-11", "2026-q4.2", "2026-11.12"] {
            assert_eq!(PublicationId::parse(id).unwrap().to_string(), id);
        }
        let first = PublicationId::first(period("2026-q4"));
        assert!(!first.is_correction());
        assert_eq!(first.correction().to_string(), "2026-q4.2");
        assert_eq!(first.correction().correction().to_string(), "2026-q4.3");
        assert!(first.correction().is_correction());
        let wrong = [
            "",
            "2026",
            "2026-q0",
            "2026-q5",
            "2026-Q4",
            "2026-13",
            "2026-0",
            "2026-1",
            "26-01",
            "2026-q4.1",
            "2026-q4.0",
            "2026-q4.02",
            "2026-q4.",
            "2026-q4.2.2",
            "2026-q+4",
            "1969-q4",
            "9999-q4",
            "2026-11-01",
            "../2026-11",
        ];
        for id in wrong {
            assert_eq!(PublicationId::parse(id), None, "{id}");
        }
    }
}
