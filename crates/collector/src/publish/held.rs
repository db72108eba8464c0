//! Figures that look wrong are drawn and kept, and not shown until the maker says why they are right: made-up installations and
//! a failure of reporting look like growth and like decline.

use aboveboard_published::parameters::SMALL;
use aboveboard_published::publication::{Figure, Publication};

/// New installations are many when there are more than so many times those of the publication before, and above
/// [`MIN_MANY`].
const MANY: i64 = 3;

/// Fewer new installations are never held: noise alone makes three times of little.
const MIN_MANY: i64 = 100;

/// What looks wrong with a publication beside the one before it, each in a sentence; nothing where nothing does, or where there
/// is none to compare it with. It looks at drawn figures alone.
#[must_use]
pub fn held(publication: &Publication, before: Option<&Publication>) -> Vec<String> {
    let Some(before) = before.filter(|before| before.period.every == publication.period.every) else {
        return Vec::new();
    };
    let mut why = Vec::new();
    let id = &before.id;
    let fewer = format!("fewer than {SMALL}");
    // Of a cell in the rest row it is known that it is no more than the row.
    let new = |of: &Publication| value(of, "age", "new").or_else(|| value(of, "age", "rest"));
    if let Some(now) = new(publication) {
        let then = if before.is_small { SMALL.into() } else { new(before).unwrap_or(0) };
        if now > MIN_MANY && now > then.saturating_mul(MANY) {
            let then = match then {
                _ if before.is_small => format!("{fewer} in {id}"),
                1.. => format!("{then} in {id}"),
                _ => format!("too few to be shown in {id}"),
            };
            why.push(format!("{now} new installations, and {then}"));
        }
    }
    let active = |of: &Publication| match value(of, "active", "active") {
        Some(active) => (active, active.to_string()),
        None => (SMALL.into(), fewer.clone()),
    };
    let (now, said_now) = active(publication);
    let (then, said_then) = active(before);
    if now.abs_diff(then) > then.unsigned_abs() / 2 {
        why.push(format!("{said_now} active installations, and {said_then} in {id}"));
    }
    why
}

fn value(publication: &Publication, table: &str, cell: &str) -> Option<i64> {
    let mut tables = publication.groups.iter().flat_map(|group| &group.tables);
    let found = tables.find(|of| of.name == table)?.cells.iter().find(|of| of.key == cell)?;
    found.figure.as_ref().map(|Figure { value, .. }| *value)
}
