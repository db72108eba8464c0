//! Parts of a manifest as people read them.

use aboveboard_types::declaration::{FieldKind, Text};

use crate::units;

/// Lengths of time in their shortest spelling: `1s, 5s, 30s`.
pub(crate) fn lengths(milliseconds: &[u64]) -> String {
    joined(milliseconds.iter().map(|length| units::spell(*length)))
}

/// `a, b, c`
pub(crate) fn joined(entries: impl Iterator<Item = String>) -> String {
    entries.collect::<Vec<_>>().join(", ")
}

/// `` `a`, `b` ``: names as literals of Markdown.
pub(crate) fn literals<T: AsRef<str>>(names: &[T]) -> String {
    joined(names.iter().map(|name| format!("`{}`", name.as_ref())))
}

/// Every edge of a bucket; 0 is always one.
pub(crate) fn bucket_edges(edges: &[u64]) -> String {
    format!("0, {}", joined(edges.iter().map(u64::to_string)))
}

/// Every edge of a duration or timing; 0 is always one.
pub(crate) fn duration_edges(edges: &[u64]) -> String {
    format!("0, {}", lengths(edges))
}

/// What a field may hold, in the grammar's words.
pub(crate) fn field_kind(kind: &FieldKind) -> String {
    let quoted = |names: &[Text]| joined(names.iter().map(|name| format!("\"{name}\"")));
    match kind {
        FieldKind::Flag => "flag".to_owned(),
        FieldKind::Count(bound) => format!("count up to {bound}"),
        FieldKind::Bucket(edges) => format!("bucket with the edges {}", bucket_edges(edges)),
        FieldKind::Duration(edges) => format!("duration with the edges {}", duration_edges(edges)),
        FieldKind::Choice(names) => format!("one of {}, or other", quoted(names)),
        FieldKind::Set(names) => format!("several of {}, or other", quoted(names)),
        FieldKind::Code(min, max) => format!("code from {min} to {max}"),
        FieldKind::Country => "country".to_owned(),
        _ => "version".to_owned(),
    }
}

/// Prose that ends like a sentence.
pub(crate) fn sentence(prose: &str) -> String {
    if prose.ends_with(['.', '?', '!']) { prose.to_owned() } else { format!("{prose}.") }
}
