//! Values of fields in the words of the manifest.

use aboveboard_manifest::Field;
use aboveboard_store::read::FieldValue;
use aboveboard_types::declaration::FieldKind;

use crate::page::filter_text::band;

/// A value as its field means it.
pub(super) fn shown(field: Option<&Field>, value: &FieldValue) -> String {
    match value {
        FieldValue::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        FieldValue::Number(from) => number(field.map(|field| &field.kind), *from),
        FieldValue::NoMember => "none".to_owned(),
        FieldValue::Choice(choice) => choice.to_string(),
        FieldValue::Version(version) => version.to_string(),
        FieldValue::Country(letters) => String::from_utf8_lossy(letters).into_owned(),
    }
}

/// A number as its field means it: a code as it is, an edge as the band that begins there, a count as its step.
fn number(kind: Option<&FieldKind>, from: u64) -> String {
    let below = |edges: &[u64]| edges.iter().filter(|edge| **edge > from).min().map(|next| next - 1);
    match kind {
        Some(FieldKind::Code(..)) => from.to_string(),
        Some(FieldKind::Bucket(edges)) => band(from, below(edges)),
        Some(FieldKind::Duration(edges)) => match (from, below(edges)) {
            (0, Some(last)) => format!("under {}", time(last + 1)),
            (_, Some(last)) => format!("{} to {}", time(from), time(last + 1)),
            (_, None) => format!("{} and more", time(from)),
        },
        // The last step ends at the bound; where a newer revision lowered it, what is above is from before.
        Some(FieldKind::Count(bound)) if from <= *bound => band(from, Some(step_end(from).min(*bound))),
        Some(_) | None => band(from, Some(step_end(from))),
    }
}

/// The last number of the step of 1, 2, 5 … that begins at `from`.
fn step_end(from: u64) -> u64 {
    let mut power: u64 = 1;
    while power <= from / 10 {
        power *= 10;
    }
    let next = match from / power {
        0 => 1,
        1 => 2,
        2..=4 => 5,
        _ => 10,
    };
    (next * power).saturating_sub(1).max(from)
}

/// `250 ms`, `5 s`, `2 min`
fn time(milliseconds: u64) -> String {
    match milliseconds {
        ms if ms >= 3_600_000 && ms.is_multiple_of(3_600_000) => format!("{} h", ms / 3_600_000),
        ms if ms >= 60_000 && ms.is_multiple_of(60_000) => format!("{} min", ms / 60_000),
        ms if ms >= 1_000 && ms.is_multiple_of(1_000) => format!("{} s", ms / 1_000),
        ms => format!("{ms} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_step_of_a_count_ends_at_its_bound() {
        let shown = |bound: u64, from: u64| number(Some(&FieldKind::Count(bound)), from);
        assert_eq!([0, 1, 2, 5, 10, 20].map(|from| shown(20, from)), ["0", "1", "2–4", "5–9", "10–19", "20"]);
        assert_eq!((shown(30, 20).as_str(), shown(1_000, 1_000).as_str()), ("20–30", "1,000"));
        assert_eq!(shown(5, 20), "20–49", "recorded under an older revision");
    }

    #[test]
    fn steps_end_where_the_next_begins() {
        for (from, end) in [(0, 0), (1, 1), (2, 4), (5, 9), (10, 19), (20, 49), (500, 999), (1000, 1999)] {
            assert_eq!(step_end(from), end, "{from}");
        }
        assert_eq!(
            [250, 5_000, 120_000, 7_200_000, 90_000].map(time),
            ["250 ms", "5 s", "2 min", "2 h", "90 s"]
        );
    }
}
