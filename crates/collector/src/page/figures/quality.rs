//! How good the data is: what was counted, set aside, dropped, and why.

use std::collections::BTreeMap;

use super::activity::Activity;
use crate::page::scope::Scope;
use crate::page::table::{Figure, Table, Value};
use crate::store::sqlite::Snapshot;

/// What the store notes, with its words for people. Drops by agents follow, one line a reason.
const NOTED: [(&str, &str, &str); 8] = [
    ("batch", "Batches counted", "taken in once"),
    ("duplicate", "Sent again", "the same batch came twice; the second was not counted"),
    ("conflict", "Same id, other contents", "the first in the log stands; not counted"),
    ("unplaced", "Events without a believable time", "even with the sender's clock corrected; not counted"),
    ("refused", "Events refused", "not what the manifest declares; not stored"),
    ("over-cap", "Events above the daily cap", "one installation sent more than counts; not counted"),
    ("erased", "Events of erased installations", "came after the erasure; not stored"),
    ("cloned", "Sequence numbers seen twice", "two disks with one id; counted"),
];

/// One row each, whether or not it happened: that nothing was set aside is a finding too.
pub(crate) fn table(snapshot: &Snapshot<'_>, scope: &Scope, activity: &Activity) -> rusqlite::Result<Table> {
    let columns = [("what", "What"), ("times", "Times"), ("meaning", "Meaning")];
    let mut table = Table::new("quality", "How good the data is", &columns);
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    if let Some(product) = scope.product {
        snapshot.quality(product, (scope.from, scope.until), |_, what, context, n| {
            if scope.keeps(context) {
                let sum = sums.entry(what.to_owned()).or_default();
                *sum = sum.saturating_add(n);
            }
        })?;
    }
    for (key, title, meaning) in NOTED {
        let n = sums.get(key).copied().unwrap_or(0);
        table.push(vec![Value::Text(title.to_owned()), Value::Count(n), Value::Text(meaning.to_owned())]);
    }
    table.push(vec![
        Value::Text("Installations not yet verified".to_owned()),
        Value::Count(activity.unverified),
        Value::Text(
            "first seen in the last two periods of their component; counted, but one sender may be many"
                .to_owned(),
        ),
    ]);
    for (reason, name) in aboveboard_types::outcome::DropReason::ALL {
        let n = sums.get(&format!("drop:{name}")).copied().unwrap_or(0);
        let meaning = Value::Text(meaning(reason).to_owned());
        table.push(vec![Value::Text(format!("Dropped by agents: {name}")), Value::Count(n), meaning]);
    }
    (table.n, table.of) = (sums.get("batch").copied().unwrap_or(0), "batches");
    table.figures = vec![Figure::Count(1)];
    table.whole = true;
    table.note = "By the day of receipt, in the window.".to_owned();
    Ok(table)
}

fn meaning(reason: aboveboard_types::outcome::DropReason) -> &'static str {
    use aboveboard_types::outcome::DropReason;
    match reason {
        DropReason::SpoolFull => "the spool was at its bound; the oldest went",
        DropReason::TooOld => "older than a spool keeps anything",
        DropReason::Damaged => "a line was torn or flipped",
        DropReason::Undeclared => "no longer in the manifest when it was sent",
        DropReason::Expired => "the item's own date had passed",
        DropReason::WriteFailed => "a full disk, a limit, a read-only home",
        DropReason::Refused => "this collector refused the batch for good",
        _ => "for a reason newer than this collector",
    }
}
