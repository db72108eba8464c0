//! Whether what has another name can still be the same thing.

use aboveboard_types::declaration::FieldKind;

use super::compare::says_no_more;
use crate::{Count, Event, Field};

/// What keeps two counts apart, if anything does.
pub(super) fn count_differs(old: &Count, new: &Count) -> Option<&'static str> {
    let within = |inner: &[String], outer: &[String]| inner.iter().all(|entry| outer.contains(entry));
    let edges_within = |inner: &[u64], outer: &[u64]| inner.iter().all(|edge| outer.contains(edge));
    if old.by.is_empty() != new.by.is_empty() {
        Some("only one of the two is split by a list")
    } else if !within(&old.by, &new.by) && !within(&new.by, &old.by) {
        Some("each is split by entries that the other does not have")
    } else if old.travels_as_edge() != new.travels_as_edge() {
        Some("only one of the two is rounded down to edges")
    } else if !edges_within(&old.edges, &new.edges) && !edges_within(&new.edges, &old.edges) {
        Some("each has edges that the other does not have")
    } else {
        None
    }
}

/// What keeps two events apart, if anything does.
pub(super) fn event_differs(old: &Event, new: &Event) -> Option<&'static str> {
    if old.component != new.component {
        return Some("another component records it");
    }
    let twins = new.fields.iter().filter_map(|field| {
        let before = old.fields.iter().find(|before| before.name == field.name)?;
        field_differs(before, field)
    });
    twins.into_iter().next().map(|_| "a field of it has another type")
}

/// What keeps two fields apart, if anything does.
pub(super) fn field_differs(old: &Field, new: &Field) -> Option<&'static str> {
    let is_like =
        old.kind == new.kind || says_no_more(&old.kind, &new.kind) || says_no_more(&new.kind, &old.kind);
    let is_same_type = std::mem::discriminant::<FieldKind>(&old.kind) == std::mem::discriminant(&new.kind);
    match (is_same_type, is_like) {
        (false, _) => Some("it is a field of another type"),
        (true, false) => Some("each holds values that the other cannot hold"),
        (true, true) => None,
    }
}
