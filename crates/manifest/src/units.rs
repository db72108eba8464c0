//! Lengths of time as the manifest writes them: a whole number and a unit.

use aboveboard_types::declaration::SampleRate;

use crate::grammar::limits::{MAX_RETENTION_DAYS, MAX_SHARE_DIVISOR};

/// The units with their milliseconds, largest first.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads `250ms`, `5s`, `30m`, `24h`, `7d` as milliseconds. Fractions and other units are `None`.
#[must_use]
pub fn milliseconds(text: &str) -> Option<u64> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*scale)
}

/// The shortest spelling of that many milliseconds.
pub(crate) fn spell(milliseconds: u64) -> String {
    let fits = |(_, scale): &&(&str, u64)| milliseconds.is_multiple_of(*scale) && milliseconds > 0;
    match UNITS.iter().find(fits) {
        Some((unit, scale)) => format!("{}{unit}", milliseconds / scale),
        None => "0ms".to_owned(),
    }
}

/// Reads `90 days`, `13 months`, `2 years`: how long raw data is kept, in days (a month is 30, a year 365).
pub(crate) fn retention_days(text: &str) -> Option<u32> {
    let (number, unit) = text.split_once(' ')?;
    let days = match unit.strip_suffix('s').unwrap_or(unit) {
        "day" => 1,
        "week" => 7,
        "month" => 30,
        "year" => 365,
        _ => return None,
    };
    let is_plain = number.bytes().all(|byte| byte.is_ascii_digit());
    let days = number.parse::<u32>().ok().filter(|number| is_plain && *number > 0)?.checked_mul(days);
    days.filter(|days| *days <= MAX_RETENTION_DAYS)
}

/// Reads `1/10`, a part of all installations: below one, of at most a thousand, not to be shortened.
pub(crate) fn share(text: &str) -> Option<SampleRate> {
    let digits = |text: &str| {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        text.parse::<u16>().ok().filter(|_| plain)
    };
    let (part, whole) = text.split_once('/')?;
    let part = digits(part)?;
    let whole = digits(whole)?;
    let is_lowest_terms = common_divisor(whole, part) == 1;
    (part < whole && whole <= MAX_SHARE_DIVISOR && is_lowest_terms).then_some(SampleRate::new(part, whole))
}

fn common_divisor(a: u16, b: u16) -> u16 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_a_whole_number_and_a_unit() {
        for (text, expected) in [("250ms", 250), ("5s", 5_000), ("90m", 5_400_000), ("24h", 86_400_000)] {
            assert_eq!(milliseconds(text), Some(expected));
            assert_eq!(milliseconds(&spell(expected)), Some(expected));
        }
        for wrong in ["", "5", "s", "1.5s", "-1s", "5 s", "99999999999999999999d", "213503982335d"] {
            assert_eq!(milliseconds(wrong), None, "{wrong}");
        }
        assert_eq!(share("3/10"), Some(SampleRate::new(3, 10)));
        for wrong in
            ["", "1", "1/1", "2/1", "0/10", "1/0", "2/10", "+1/10", "01/10", "1/10 ", "1/1001", "0.1"]
        {
            assert_eq!(share(wrong), None, "{wrong}");
        }
        assert_eq!(retention_days("13 months"), Some(390));
        for wrong in ["for ever", "+6 months", "11 years", "9999999 years", "0 days"] {
            assert_eq!(retention_days(wrong), None, "{wrong}");
        }
    }
}
