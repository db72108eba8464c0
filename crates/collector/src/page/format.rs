//! Numbers and days for people.

use aboveboard_store::calendar::Day;
use aboveboard_store::figures::ratio;

use crate::dates::date;

/// `22 Nov`
pub(crate) fn short_day(day: Day) -> String {
    date(day).strftime("%-d %b").to_string()
}

/// `Sunday, 22 November 2026`
pub(crate) fn long_day(day: Day) -> String {
    date(day).strftime("%A, %-d %B %Y").to_string()
}

/// `12,345`
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `12.3 %` with a space that does not break; below ten percent one more figure tells something, above it none does.
pub(crate) fn share(share: f64) -> String {
    let percent = share * 100.0;
    if percent == 0.0 || percent >= 99.95 {
        format!("{percent:.0}\u{a0}%")
    } else {
        format!("{percent:.1}\u{a0}%")
    }
}

/// `1 installation`, `2 installations`
pub(crate) fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// With its first letter large.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What became of a figure: `+4.0 %`, `−12 %`, `new`, `–`.
pub(crate) fn change(now: u64, before: u64) -> String {
    match (now, before) {
        (0, 0) => "–".to_owned(),
        (_, 0) => "new".to_owned(),
        _ => {
            let change = (ratio(now, before) - 1.0) * 100.0;
            let sign = if now == before {
                ""
            } else if change < 0.0 {
                "−"
            } else {
                "+"
            };
            let digits = usize::from(change.abs() < 10.0);
            format!("{sign}{:.digits$}\u{a0}%", change.abs())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dates::parse_iso;

    #[test]
    fn numbers_and_days_read_well() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!([share(0.0), share(0.1234), share(1.0)], ["0\u{a0}%", "12.3\u{a0}%", "100\u{a0}%"]);
        assert_eq!([change(104, 100), change(88, 100), change(3, 0)], ["+4.0\u{a0}%", "−12\u{a0}%", "new"]);
        let sunday = parse_iso("2026-11-22").unwrap();
        assert_eq!([short_day, long_day].map(|form| form(sunday)), ["22 Nov", "Sunday, 22 November 2026"]);
    }
}
