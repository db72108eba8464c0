//! `Retry-After` in every form that servers and proxies send it.

use aboveboard_types::clock::day_of;

use super::limits::{MAX_HEADER_BYTES, MAX_RETRY_AFTER};

/// How many seconds a `Retry-After` asks to wait, at most 24 hours; `None` if it says nothing that can be read.
///
/// `value` is either whole seconds or an HTTP date in one of its three spellings (RFC 9110 §5.6.7). A date is
/// measured against `date`, the reply's own `Date`, so that a wrong clock here does not matter; without a
/// readable one, against `now` (seconds since 1970 UTC). A date that has passed is zero.
#[must_use]
pub fn retry_after(value: &str, date: Option<&str>, now: u64) -> Option<u64> {
    let value = value.trim_matches([' ', '\t']);
    if value.is_empty() || value.len() > MAX_HEADER_BYTES {
        return None;
    }
    if value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number holds mean a very long time, not garbage.
        return Some(value.parse().unwrap_or(u64::MAX).min(MAX_RETRY_AFTER));
    }
    let until = http_date(value)?;
    let from = date.and_then(http_date).unwrap_or(now);
    Some(until.saturating_sub(from).min(MAX_RETRY_AFTER))
}

/// Seconds since 1970 UTC of an HTTP date: IMF-fixdate, RFC 850 or asctime.
#[must_use]
pub fn http_date(text: &str) -> Option<u64> {
    let mut words = [""; 6];
    let mut count = 0;
    for word in text.split([' ', ',']).filter(|word| !word.is_empty()) {
        *words.get_mut(count)? = word;
        count += 1;
    }
    match (count, words) {
        // Sun, 06 Nov 1994 08:49:37 GMT
        (6, [_, day, month, year, clock, "GMT"]) => seconds(number(year, 4..=4)?, month, day, clock),
        // Sunday, 06-Nov-94 08:49:37 GMT
        (4, [_, date, clock, "GMT", ..]) => {
            let mut parts = date.splitn(3, '-');
            let day = parts.next()?;
            let month = parts.next()?;
            let year = parts.next()?;
            // The standard counts a two-digit year as the nearest one that is not 50 years ahead; no collector
            // of ours is older than 2000.
            seconds(2000 + number(year, 2..=2)?, month, day, clock)
        }
        // Sun Nov  6 08:49:37 1994
        (5, [_, month, day, clock, year, _]) => seconds(number(year, 4..=4)?, month, day, clock),
        _ => None,
    }
}

fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<u64> {
    let plain = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn seconds(year: u64, month: &str, day: &str, clock: &str) -> Option<u64> {
    let month = 1 + MONTHS.iter().position(|known| *known == month)? as u64;
    let days = day_of(year, month, number(day, 1..=2)?)?;
    let mut parts = clock.splitn(3, ':');
    let mut part = |most: u64| number(parts.next()?, 2..=2).filter(|part| *part <= most);
    // A leap second is allowed by the grammar and counts as the second after.
    let hour = part(23)?;
    let minute = part(59)?;
    let second = part(60)?;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;

    #[test]
    fn reads_the_three_spellings_of_a_date() {
        for date in
            ["Sun, 06 Nov 2094 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 2094"]
        {
            assert_eq!(http_date(date), Some(3_939_871_777), "{date}");
        }
        assert_eq!(http_date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(http_date("Tue, 29 Feb 2028 00:00:00 GMT"), Some(1_835_395_200));
    }

    #[test]
    fn seconds_dates_zero_huge_and_garbage() {
        let date = "Fri, 15 Jan 2027 08:01:00 GMT"; // 60 s after NOW
        assert_eq!(http_date(date), Some(NOW + 60));
        for (value, sent, expected) in [
            ("120", None, Some(120)),
            (" 7\t", None, Some(7)),
            ("0", None, Some(0)),
            ("86401", None, Some(MAX_RETRY_AFTER)),
            ("99999999999999999999999999", None, Some(MAX_RETRY_AFTER)),
            (date, None, Some(60)),
            (date, Some("Fri, 15 Jan 2027 08:00:30 GMT"), Some(30)),
            (date, Some("soon"), Some(60)),
            ("Fri, 15 Jan 2016 08:00:00 GMT", None, Some(0)),
            ("Fri, 15 Jan 9999 08:00:00 GMT", None, Some(MAX_RETRY_AFTER)),
        ] {
            assert_eq!(retry_after(value, sent, NOW), expected, "{value:?}");
        }
        let long = "1".repeat(65);
        for garbage in [
            "",
            " ",
            "-1",
            "+5",
            "1.5",
            "5s",
            "soon",
            "1e3",
            "0x10",
            "١",
            "Fri, 32 Jan 2027 08:01:00 GMT",
            "Fri, 29 Feb 2027 08:01:00 GMT",
            "Fri, 15 Jan 2027 24:01:00 GMT",
            "Fri, 15 Jan 2027 08:01:00 CET",
            "Fri, 15 Jan 1969 08:01:00 GMT",
            "Fri, 15 Jan 2027 08:01 GMT",
            &long,
        ] {
            assert_eq!(retry_after(garbage, None, NOW), None, "{garbage:?}");
        }
    }
}
