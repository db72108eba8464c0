//! What an answer covers: lines of text, and whether they allow what a manifest has.

use std::collections::HashSet;

use super::bound::Bound;
use super::item::{self, Item};
use crate::declaration::{
    ActionDeclaration, CountDeclaration, Declaration, EventDeclaration, FieldDeclaration, TimingDeclaration,
};
use crate::hex;

/// The terms and items that were there when an answer was given, each on lines of its own, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope(String);

impl Scope {
    /// All of a manifest.
    pub fn of(declaration: &Declaration) -> Self {
        let items = item::all(declaration).chain([item::terms(declaration)]);
        let mut lines: Vec<_> = items.flat_map(|item| item.lines).map(|text| line(&text)).collect();
        lines.sort_unstable();
        lines.dedup();
        Self(lines.concat())
    }

    /// Takes the text as it stands in a file, if it is the one that this digest was made of.
    pub fn read(text: String, digest: &str) -> Option<Self> {
        let scope = Self(text);
        (scope.digest() == digest).then_some(scope)
    }

    /// The text as it stands in a file.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The digest of the text.
    pub fn digest(&self) -> String {
        digest(&self.0)
    }

    /// The lines in order, to be looked up: a manifest may have as many as its grammar lets it.
    fn lines(&self) -> Lines<'_> {
        let mut lines: Vec<_> = self.0.split_terminator('\n').collect();
        lines.sort_unstable();
        Lines(lines)
    }

    fn covers(&self, item: &Item) -> bool {
        self.lines().cover(item)
    }

    /// Whether the same people answer for the data and receive it, in the same place, keep it no longer, and publish figures
    /// of it no more often. Under other terms an answer covers nothing.
    pub fn covers_terms(&self, declaration: &Declaration) -> bool {
        self.covers(&item::terms(declaration))
    }

    /// Whether a command was there, recorded for the same reason.
    pub fn covers_command(&self, name: &str, declaration: &Declaration) -> bool {
        self.covers(&item::command(name, declaration))
    }

    /// Whether an action was there, and stood for the same.
    pub fn covers_action(&self, known: &ActionDeclaration, declaration: &Declaration) -> bool {
        self.covers(&item::action(known, declaration))
    }

    /// Whether a route was there.
    pub fn covers_route(&self, pattern: &str, declaration: &Declaration) -> bool {
        self.covers(&item::route(pattern, declaration))
    }

    /// Whether a count was there, split no finer than it was, and is recorded `today`.
    pub fn covers_count(&self, known: &CountDeclaration, today: u32) -> bool {
        self.covers(&item::count(known, today.saturating_add(1)))
    }

    /// Whether a timing was there, split and measured no finer than it was, and is recorded `today`.
    pub fn covers_timing(&self, known: &TimingDeclaration, today: u32) -> bool {
        self.covers(&item::timing(known, today.saturating_add(1)))
    }

    /// Whether an event was there, as often as it is or more often, and is recorded `today`.
    pub fn covers_event(&self, known: &EventDeclaration, today: u32) -> bool {
        self.covers(&item::event(known, today.saturating_add(1)))
    }

    /// Whether a field was there and could hold all that it can.
    pub fn covers_field(&self, event: &str, known: &FieldDeclaration) -> bool {
        self.covers(&item::field(event, known))
    }

    /// Whether figures of this table were published then, or are not now.
    pub fn covers_publication(&self, table: &str, declaration: &Declaration) -> bool {
        let is_published = declaration.published.iter().any(|published| published == table);
        !is_published || self.covers(&item::published(table))
    }

    /// The seconds between two reports that this covers: those of the manifest, or the longer time that there was.
    pub fn report_every(&self, declaration: &Declaration) -> u64 {
        let bounds = self.0.lines().filter_map(Bound::read).filter(|bound| bound.of == item::REPORTS);
        bounds
            .map(|bound| bound.value.0.max(declaration.report_every))
            .min()
            .unwrap_or(declaration.report_every)
    }

    /// What a manifest has beyond this, in words.
    #[must_use]
    pub fn wider(&self, declaration: &Declaration) -> Vec<String> {
        let known = self.lines();
        let mut wider = Vec::new();
        let mut seen = HashSet::new();
        for item in item::all(declaration).filter(|item| !known.cover(item)) {
            // Many items may share a reason.
            let new = item.lines.into_iter().filter(|text| !known.allow(text));
            wider.extend(new.filter(|text| seen.insert(text.clone())));
        }
        wider
    }
}

/// The lines of a scope, sorted.
struct Lines<'s>(Vec<&'s str>);

impl Lines<'_> {
    fn allow(&self, text: &str) -> bool {
        let line = line(text);
        let line = line.trim_end_matches('\n');
        if self.0.binary_search(&line).is_ok() {
            return true;
        }
        let Some(bound) = Bound::read(line) else { return false };
        let of_same = &self.0[self.0.partition_point(|known| *known < bound.of)..];
        let of_same = of_same.iter().take_while(|known| known.starts_with(bound.of));
        of_same.map(|known| Bound::read(known)).any(|known| bound.is_within(known))
    }

    fn cover(&self, item: &Item) -> bool {
        let allow_all = |lines: &[String]| lines.iter().all(|line| self.allow(line));
        allow_all(&item.lines) || item.says_less_than.as_deref().is_some_and(allow_all)
    }
}

/// The digest of a text of terms and items: its SHA-256, 64 hexadecimal digits.
#[must_use]
pub fn digest(text: &str) -> String {
    hex::encode(&hmac_sha256::Hash::hash(text.as_bytes()))
}

/// An item as a line. A line feed in it would make two items of one.
fn line(item: &str) -> String {
    let mut line = item.replace('\\', "\\\\").replace('\n', "\\n");
    line.push('\n');
    line
}

/// Whether an answer given under `before` covers all of `after`: the same terms, the same endpoint, the same family to
/// follow, and no wider item.
#[must_use]
pub fn covers(before: &Declaration, after: &Declaration) -> bool {
    let scope = Scope::of(before);
    before.product == after.product
        && before.family == after.family
        && before.endpoint == after.endpoint
        && scope.covers_terms(after)
        && scope.wider(after).is_empty()
}
