//! Numbers and days for people.

use aboveboard_store::calendar::{Day, SECONDS_A_DAY, day_of};
use aboveboard_store::figures::ratio;

use crate::dates::{date, iso};

/// The same, with each number and its percent sign on one line.
pub(crate) fn unbroken(text: &str) -> String {
    text.replace(" %", "\u{a0}%")
}

/// `22 Nov`
pub(crate) fn short_day(day: Day) -> String {
    date(day).strftime("%-d %b").to_string()
}

/// `22 Nov 2026`
pub(crate) fn day_of_year(day: Day) -> String {
    date(day).strftime("%-d %b %Y").to_string()
}

/// `2026`
pub(crate) fn year(day: Day) -> i16 {
    date(day).year()
}

/// `Sunday, 22 November 2026`
pub(crate) fn long_day(day: Day) -> String {
    date(day).strftime("%A, %-d %B %Y").to_string()
}

/// `Friday`
pub(crate) fn day_name(day: Day) -> String {
    date(day).strftime("%A").to_string()
}

/// `Friday, 20 November`, with the year where it is not that of `today`.
pub(crate) fn weekday(day: Day, today: Day) -> String {
    let form = if date(day).year() == date(today).year() { "%A, %-d %B" } else { "%A, %-d %B %Y" };
    date(day).strftime(form).to_string()
}

/// `09:58`, of a time in seconds since 1970 UTC.
pub(crate) fn time(at: i64) -> String {
    let minutes = at.rem_euclid(SECONDS_A_DAY) / 60;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// `2026-11-22T09:58:00Z`, of a time in seconds since 1970 UTC.
pub(crate) fn instant(at: i64) -> String {
    format!("{}T{}:{:02}Z", iso(day_of(at)), time(at), at.rem_euclid(60))
}

/// `5 minutes`, `19 hours`, `2 days, 19 hours`, `12 days`
pub(crate) fn age(seconds: i64) -> String {
    let whole = |n: i64, one: &str, many: &str| counted(n.unsigned_abs(), one, many);
    match seconds.max(0) {
        0..60 => "less than a minute".to_owned(),
        seconds @ 60..3_600 => whole(seconds / 60, "minute", "minutes"),
        seconds if seconds < SECONDS_A_DAY => hours(seconds),
        seconds => {
            let days = whole(seconds / SECONDS_A_DAY, "day", "days");
            let rest = seconds % SECONDS_A_DAY;
            if seconds >= 7 * SECONDS_A_DAY || rest < 3_600 {
                days
            } else {
                format!("{days}, {}", hours(rest))
            }
        }
    }
}

/// `24 hours`
pub(crate) fn hours(seconds: i64) -> String {
    counted(seconds.max(0).unsigned_abs() / 3_600, "hour", "hours")
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

/// A small number as a word, `eleven`; a larger one in digits.
pub(crate) fn spelled(n: u64) -> String {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    let word = usize::try_from(n).ok().and_then(|n| WORDS.get(n));
    word.map_or_else(|| count(n), |word| (*word).to_owned())
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
        let ages = [0, 59, 60, 3_600, 86_399, 86_400, 241_200, 12 * 86_400 + 7_200].map(age);
        let words = [
            "less than a minute",
            "less than a minute",
            "1 minute",
            "1 hour",
            "23 hours",
            "1 day",
            "2 days, 19 hours",
            "12 days",
        ];
        assert_eq!(ages, words);
        assert_eq!((time(1_795_780_739).as_str(), hours(86_400).as_str()), ("11:58", "24 hours"));
        let sunday = parse_iso("2026-11-22").unwrap();
        assert_eq!(weekday(sunday, sunday + 30), "Sunday, 22 November");
        assert_eq!(weekday(sunday, sunday + 60), "Sunday, 22 November 2026");
        assert_eq!([short_day, long_day].map(|form| form(sunday)), ["22 Nov", "Sunday, 22 November 2026"]);
    }
}
