//! The keys of a table with their values, as the TOML parser leaves them.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostics::Span;

/// A value with its place in the file, not yet checked.
pub(super) type RawValue<'v> = Spanned<DeValue<'v>>;

/// One key with its value.
pub(super) struct KeyValue<'v> {
    pub(super) name: &'v str,
    pub(super) key_span: Span,
    pub(super) value: &'v RawValue<'v>,
}

/// The entries of a table in the order of the file.
pub(super) fn entries<'v>(table: &'v DeTable<'v>) -> Vec<KeyValue<'v>> {
    let mut entries: Vec<_> = table
        .iter()
        .map(|(key, value)| KeyValue { name: key.get_ref().as_ref(), key_span: key.span(), value })
        .collect();
    entries.sort_by_key(|entry| entry.key_span.start);
    entries
}
