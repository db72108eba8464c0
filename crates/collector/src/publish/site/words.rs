//! Numbers, days and periods for people.

use aboveboard_published::publication::{Every, Figure, Period};
use jiff::civil::Date;

use super::interval::{half_width_of_figure, rounded};

/// `1,234`
pub(super) fn number(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut text = String::from(if n < 0 { "−" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `about 1,240`: a figure rounded to its noise.
pub(super) fn about(figure: &Figure) -> String {
    number(rounded(figure.value, half_width_of_figure(figure)))
}

/// `1.2k`: for where there is little room.
pub(super) fn brief(n: i64) -> String {
    let tenths = |unit: i64| {
        let tenths = (n + unit / 20) / (unit / 10);
        if tenths % 10 == 0 || tenths >= 100 {
            number(tenths / 10)
        } else {
            format!("{}.{}", tenths / 10, tenths % 10)
        }
    };
    match n {
        999_500.. => format!("{}M", tenths(1_000_000)),
        1_000.. => format!("{}k", tenths(1_000)),
        _ => number(n),
    }
}

/// `1,226 to 1,254`
pub(super) fn range(figure: &Figure) -> String {
    format!("{} to {}", number(figure.low), number(figure.high))
}

fn date(text: &str) -> Option<Date> {
    text.parse().ok()
}

/// `16 January 2027`; a text that is no day as it is.
pub(super) fn day(text: &str) -> String {
    date(text).map_or_else(|| text.to_owned(), |date| date.strftime("%-d %B %Y").to_string())
}

/// Days since 1970.
pub(super) fn day_number(text: &str) -> Option<i64> {
    let span = date(text)?.since((jiff::Unit::Day, jiff::civil::date(1970, 1, 1))).ok()?;
    Some(i64::from(span.get_days()))
}

/// `the last quarter of 2026`, `November 2026`
pub(super) fn period(period: &Period) -> String {
    let Some(first) = date(&period.first) else { return format!("{} to {}", period.first, period.last) };
    match period.every {
        Every::Month => first.strftime("%B %Y").to_string(),
        Every::Quarter => {
            let name = ["first", "second", "third", "last"][quarter(first)];
            format!("the {name} quarter of {}", first.year())
        }
    }
}

/// `Q4 2026`, `Nov 2026`
pub(super) fn short_period(period: &Period) -> String {
    let Some(first) = date(&period.first) else { return period.first.clone() };
    match period.every {
        Every::Month => first.strftime("%b %Y").to_string(),
        Every::Quarter => format!("Q{} {}", quarter(first) + 1, first.year()),
    }
}

fn quarter(first: Date) -> usize {
    usize::try_from((first.month() - 1) / 3).unwrap_or(0)
}

/// `quarter`, `month`
pub(super) fn unit(every: Every) -> &'static str {
    match every {
        Every::Month => "month",
        Every::Quarter => "quarter",
    }
}

/// With its first letter large.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_days_and_periods_read_well() {
        assert_eq!([number(0), number(999), number(-1_234_567)], ["0", "999", "−1,234,567"]);
        let briefs = [999, 1_000, 1_240, 12_400, 99_960, 999_499, 999_500, 1_240_000].map(brief);
        assert_eq!(briefs, ["999", "1k", "1.2k", "12k", "100k", "999k", "1M", "1.2M"]);
        assert_eq!([day("2027-01-16"), day("<b>")], ["16 January 2027", "<b>"]);
        let quarter = Period { every: Every::Quarter, first: "2026-10-01".into(), last: "2026-12-31".into() };
        assert_eq!(
            (period(&quarter).as_str(), short_period(&quarter).as_str()),
            ("the last quarter of 2026", "Q4 2026")
        );
        let month = Period { every: Every::Month, first: "2026-11-01".into(), last: "2026-11-30".into() };
        assert_eq!((period(&month).as_str(), short_period(&month).as_str()), ("November 2026", "Nov 2026"));
    }
}
