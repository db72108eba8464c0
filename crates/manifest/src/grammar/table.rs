//! A table opened against its definition.

use toml::de::{DeTable, DeValue};

use super::entries::{KeyValue, entries};
use super::value::{self, ParsedValue};
use super::{
    Diagnostics, KeyDefinition, Presence, Span, TableDefinition, ValueType, missing_key, name, not_a_name,
    too_many, unknown_key, wrong_type,
};
use crate::date::Date;

/// An opened table. Opening reports everything that is wrong with its keys and values, so that what reads it afterwards
/// may stop at the first value that is not there.
pub(super) struct Table<'r, 's, 'v> {
    pub(super) diagnostics: &'r Diagnostics<'s>,
    /// As the file would head it, without brackets: `counts.tables`; empty for the file itself.
    pub(super) path: String,
    pub(super) span: Span,
    definition: &'static TableDefinition,
    entries: Vec<KeyValue<'v>>,
    /// The values that have passed, by key.
    values: Vec<(&'static str, ParsedValue)>,
}

impl<'r, 's, 'v> Table<'r, 's, 'v> {
    pub(super) fn open(
        diagnostics: &'r Diagnostics<'s>,
        path: String,
        span: Span,
        content: &'v DeTable<'v>,
        definition: &'static TableDefinition,
    ) -> Self {
        let entries = entries(content);
        let mut table = Self { diagnostics, path, span, definition, entries, values: Vec::new() };
        for entry in &table.entries {
            match table.key(entry.name) {
                Some(key) => {
                    table.values.extend(value::read(diagnostics, key, entry).map(|value| (key.name, value)));
                }
                None => diagnostics.error(&entry.key_span, unknown_key(entry.name, &table.path, definition)),
            }
        }
        for key in definition.keys.iter().filter(|key| key.presence == Presence::Required) {
            if !table.has(key.name) {
                diagnostics.error(&table.span, missing_key(key, &table.path));
            }
        }
        table
    }

    /// Reports a problem at this table's heading.
    pub(super) fn report(&self, what: impl Into<String>, why: &str, remedy: impl Into<String>) {
        self.diagnostics.report(&self.span, what, why, remedy);
    }

    /// Reports a problem at a key's value, or at the heading where the key is missing.
    pub(super) fn report_at(
        &self,
        name: &str,
        what: impl Into<String>,
        why: &str,
        remedy: impl Into<String>,
    ) {
        self.diagnostics.report(&self.span_of(name), what, why, remedy);
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.entry(name).is_some()
    }

    /// The place of a key's value, or of the table where it is missing.
    pub(super) fn span_of(&self, name: &str) -> Span {
        self.entry(name).map_or_else(|| self.span.clone(), |entry| entry.value.span())
    }

    fn entry(&self, name: &str) -> Option<&KeyValue<'v>> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    fn key(&self, name: &str) -> Option<&'static KeyDefinition> {
        self.definition.keys.iter().find(|key| key.name == name)
    }

    /// The child table under a key.
    pub(super) fn table(&self, name: &str) -> Option<Self> {
        let ValueType::Table(definition) = self.key(name)?.value_type else { return None };
        self.child(name.to_owned(), self.entry(name)?, definition)
    }

    /// Every child table under a key read, in the order of the file; `None` if one of them did not pass.
    pub(super) fn each<T>(&self, name: &str, read: impl Fn(String, &Self) -> Option<T>) -> Option<Vec<T>> {
        let children: Vec<_> =
            self.children(name).into_iter().map(|(name, child)| read(name, &child)).collect();
        children.into_iter().collect()
    }

    fn children(&self, name: &str) -> Vec<(String, Self)> {
        let Some((key, entry)) = self.key(name).zip(self.entry(name)) else { return Vec::new() };
        let ValueType::Each(definition, max) = key.value_type else { return Vec::new() };
        let DeValue::Table(content) = entry.value.get_ref() else {
            self.diagnostics.error(&entry.value.span(), wrong_type(name, "a table", entry.value.get_ref()));
            return Vec::new();
        };
        let children = entries(content);
        if let Some(first_too_many) = children.get(max) {
            self.diagnostics.error(&first_too_many.key_span, too_many(name, max));
        }
        let names: Vec<_> = children.iter().map(|child| (child.name, child.key_span.clone())).collect();
        self.require_names(name, &names);
        children
            .iter()
            .filter_map(|child| {
                let opened = self.child(format!("{name}.{}", child.name), child, definition)?;
                Some((child.name.to_owned(), opened))
            })
            .collect()
    }

    fn child(
        &self,
        name: String,
        entry: &KeyValue<'v>,
        definition: &'static TableDefinition,
    ) -> Option<Self> {
        let path = if self.path.is_empty() { name } else { format!("{}.{name}", self.path) };
        match entry.value.get_ref() {
            DeValue::Table(content) => {
                Some(Self::open(self.diagnostics, path, entry.key_span.clone(), content, definition))
            }
            other => {
                self.diagnostics.error(&entry.value.span(), wrong_type(entry.name, "a table", other));
                None
            }
        }
    }

    /// Names must be names, and stay apart.
    pub(super) fn require_names(&self, what: &str, names: &[(&str, Span)]) {
        for (name, span) in names {
            if !name::is_name(name) {
                self.diagnostics.error(span, not_a_name(name));
            }
        }
        self.require_distinct(what, names);
    }

    /// Names must stay apart when generated code spells them.
    pub(super) fn require_distinct(&self, what: &str, names: &[(&str, Span)]) {
        for (index, (name, span)) in names.iter().enumerate() {
            if let Some((twin, _)) = names[..index].iter().find(|(twin, _)| name::clash(twin, name)) {
                self.diagnostics.report(
                    span,
                    format!("`{name}` and `{twin}` of `{what}` are the same name in generated code"),
                    "Rust and TypeScript spell names without `-` and spaces",
                    "give one of them another name",
                );
            }
        }
    }

    /// The same for the entries of one list, all reported at its key.
    pub(super) fn require_distinct_entries(&self, what: &str, key: &str, list: &[String]) {
        let names: Vec<_> = list.iter().map(|name| (&**name, self.span_of(key))).collect();
        self.require_distinct(what, &names);
    }

    /// The value of a key; `None` where it is missing or did not pass.
    fn value(&self, name: &str) -> Option<&ParsedValue> {
        self.values.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        if let ParsedValue::Text(text) = self.value(name)? { Some(text.clone()) } else { None }
    }

    pub(super) fn texts(&self, name: &str) -> Option<Vec<String>> {
        if let ParsedValue::Texts(texts) = self.value(name)? { Some(texts.clone()) } else { None }
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        if let ParsedValue::Number(number) = self.value(name)? { Some(*number) } else { None }
    }

    pub(super) fn numbers(&self, name: &str) -> Option<Vec<u64>> {
        if let ParsedValue::Numbers(numbers) = self.value(name)? { Some(numbers.clone()) } else { None }
    }

    pub(super) fn date(&self, name: &str) -> Option<Date> {
        self.until(name)?
    }

    /// `Some(None)` is `"never"`.
    pub(super) fn until(&self, name: &str) -> Option<Option<Date>> {
        if let ParsedValue::Until(until) = self.value(name)? { Some(*until) } else { None }
    }

    pub(super) fn splits(&self, name: &str) -> Option<Vec<(String, Vec<String>)>> {
        if let ParsedValue::Splits(splits) = self.value(name)? { Some(splits.clone()) } else { None }
    }

    pub(super) fn pairs(&self, name: &str) -> Option<Vec<(String, String, Span)>> {
        if let ParsedValue::Pairs(pairs) = self.value(name)? { Some(pairs.clone()) } else { None }
    }
}
