//! Days as dates of the civil calendar.

use aboveboard_store::calendar::Day;
use jiff::civil::Date;
use jiff::{Span, ToSpan as _};

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// The date of a day.
pub(crate) fn date(day: Day) -> Date {
    EPOCH.saturating_add(i64::from(day).days())
}

/// `2026-11-22`
pub(crate) fn iso(day: Day) -> String {
    date(day).to_string()
}

/// Reads `2026-11-22`.
pub(crate) fn parse_iso(text: &str) -> Option<Day> {
    let date: Date = text.parse().ok().filter(|_| text.len() == 10)?;
    let span: Span = date.since((jiff::Unit::Day, EPOCH)).ok()?;
    Some(span.get_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_as_it_is_written() {
        assert_eq!(parse_iso("2026-11-22").map(iso).as_deref(), Some("2026-11-22"));
        assert_eq!(parse_iso("1969-12-31"), Some(-1));
        assert_eq!(parse_iso("22.11.2026"), None);
        assert_eq!(parse_iso("2026-02-30"), None);
    }
}
