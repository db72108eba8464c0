//! Tallies as rows.

use std::borrow::Cow;

use aboveboard_replay::{Naming, SentContext, TallyKey, TallyKind};
use aboveboard_store::calendar::Day;
use aboveboard_store::read::{QualityNote, ReadResult};
use aboveboard_types::envelope::{Mark, Marks};
use aboveboard_types::outcome::DropReason;
use aboveboard_types::value::{Channel, Version};

use super::context::{Interned, write_context};
use crate::client::{RowWriter, Rows};
use crate::problem::malformed;

/// The kinds of tallies, as the table numbers them.
pub(super) const NOTE: u8 = 0;
pub(super) const BATCHES: u8 = 1;
const BEGAN: u8 = 2;
const LAST: u8 = 3;
pub(super) const SINCE: u8 = 4;

/// Those without a period.
pub(super) const TALLIES_WITHOUT_PERIOD: &str = "2,3,4";

/// The notes that are not about drops, with their spelling in the column `what`.
const NOTES: [(QualityNote, &str); 10] = [
    (QualityNote::Batch, "batch"),
    (QualityNote::Duplicate, "duplicate"),
    (QualityNote::Conflict, "conflict"),
    (QualityNote::Unplaced, "unplaced"),
    (QualityNote::Refused, "refused"),
    (QualityNote::OverCap, "over-cap"),
    (QualityNote::Erased, "erased"),
    (QualityNote::Cloned, "cloned"),
    (QualityNote::OtherVersion, "other-version"),
    (QualityNote::Overgrown, "overgrown"),
];

/// What stands before the reason of dropped events.
const DROPPED: &str = "dropped ";

fn spelling(note: QualityNote) -> Cow<'static, str> {
    if let QualityNote::Dropped(reason) = note {
        return format!("{DROPPED}{}", reason.name()).into();
    }
    let spelled = NOTES.iter().find(|(known, _)| *known == note);
    spelled.map_or("", |(_, spelling)| *spelling).into()
}

fn note(text: &str) -> ReadResult<QualityNote> {
    let known = NOTES.iter().find(|(_, spelling)| *spelling == text).map(|(note, _)| *note);
    let dropped = || text.strip_prefix(DROPPED).and_then(DropReason::parse).map(QualityNote::Dropped);
    known.or_else(dropped).ok_or_else(|| malformed("a note is not known"))
}

/// Writes the columns between `product` and `day`.
pub(super) fn write_tally(row: &mut RowWriter, key: &TallyKey, number: i64) {
    let (kind, what) = match &key.kind {
        TallyKind::Note(note, _) => (NOTE, spelling(*note)),
        TallyKind::Batches(..) => (BATCHES, "".into()),
        TallyKind::Began(..) => (BEGAN, "".into()),
        TallyKind::Last(..) => (LAST, "".into()),
        TallyKind::Since(_) => (SINCE, "".into()),
    };
    row.u8(kind).i32(key.period).text(&what);
    let is_synthetic = match &key.kind {
        TallyKind::Note(_, context) | TallyKind::Since(context) => {
            write_context(row, Some(context));
            context.marks.has(Mark::Synthetic)
        }
        TallyKind::Batches(component, is_synthetic)
        | TallyKind::Began(component, is_synthetic)
        | TallyKind::Last(component, is_synthetic) => {
            let alone = SentContext {
                component: *component,
                version: Version { major: 0, minor: 0, patch: 0, channel: Channel::ALL[0].0 },
                naming: Naming::Named,
                os: "".into(),
                arch: "".into(),
                marks: Marks::default(),
            };
            write_context(row, Some(&alone));
            *is_synthetic
        }
    };
    row.u8(is_synthetic.into()).i64(number);
}

/// Reads the columns that a question for tallies selects.
pub(super) fn read_tally(rows: &mut Rows, interned: &mut Interned) -> ReadResult<(TallyKey, Day, i64)> {
    let kind = rows.u8()?;
    let period = rows.i32()?;
    let what = interned.name(rows)?;
    let context = interned.some_context(rows)?;
    let is_synthetic = rows.u8()? != 0;
    let kind = match kind {
        NOTE => TallyKind::Note(note(&what)?, context),
        BATCHES => TallyKind::Batches(context.component, is_synthetic),
        BEGAN => TallyKind::Began(context.component, is_synthetic),
        LAST => TallyKind::Last(context.component, is_synthetic),
        SINCE => TallyKind::Since(context),
        _ => return Err(malformed("a tally is not known")),
    };
    Ok((TallyKey { kind, period }, rows.i32()?, rows.i64()?))
}
