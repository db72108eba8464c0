//! What an answer covers: the terms and the items of the manifest as they were when it was given.
//!
//! The answer keeps one digest of them, and the text itself lies beside it. A program whose manifest has the same digest
//! reads no further; any other reads the text and compares. An item that is new, or that may hold more or other things
//! than it could, is *wider* and waits until its user was asked or shown again. The rest goes on.

use crate::declaration::{
    CountDeclaration, Declaration, EventDeclaration, FieldDeclaration, FieldKind, Limits, Text,
    TimingDeclaration,
};
use crate::hex;

/// The terms and items that were there when an answer was given, each on a line of its own, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope(String);

impl Scope {
    /// All of a manifest.
    pub fn of(declaration: &Declaration) -> Self {
        let mut lines: Vec<_> =
            items(declaration).chain([terms(declaration)]).map(|item| line(&item)).collect();
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

    fn covers(&self, item: &str) -> bool {
        let item = line(item);
        self.0.split_inclusive('\n').any(|known| known == item)
    }

    fn covers_all(&self, items: impl IntoIterator<Item = String>) -> bool {
        items.into_iter().all(|item| self.covers(&item))
    }

    /// Whether the same people answer for the data, in the same place, and keep it as long. Under other terms an answer
    /// covers nothing.
    pub fn covers_terms(&self, declaration: &Declaration) -> bool {
        self.covers(&terms(declaration))
    }

    /// Whether a command was there.
    pub fn covers_command(&self, name: &str) -> bool {
        self.covers(&command(name))
    }

    /// Whether an action was there.
    pub fn covers_action(&self, name: &str) -> bool {
        self.covers(&action(name))
    }

    /// Whether a route was there.
    pub fn covers_route(&self, pattern: &str) -> bool {
        self.covers(&route(pattern))
    }

    /// Whether a count was there, split no finer than it was.
    pub fn covers_count(&self, known: &CountDeclaration) -> bool {
        count(known).iter().all(|item| self.covers(item) || self.covers_edge(known, item))
    }

    /// Whether an item is an edge of a count whose exact number is covered: it says less.
    fn covers_edge(&self, known: &CountDeclaration, item: &str) -> bool {
        self.covers(&exact(&known.name)) && item.starts_with(&format!("count {}: from ", known.name))
    }

    /// Whether a timing was there, split and measured no finer than it was.
    pub fn covers_timing(&self, known: &TimingDeclaration) -> bool {
        self.covers_all(timing(known))
    }

    /// Whether an event was there, recorded as seldom as it is, or without a bound.
    pub fn covers_event(&self, known: &EventDeclaration) -> bool {
        self.covers(&event(known)) || known.limits != Limits::NONE && self.covers(&unbounded(&known.name))
    }

    /// Whether a field was there and could hold all that it can.
    pub fn covers_field(&self, event: &str, known: &FieldDeclaration) -> bool {
        self.covers_all(field(event, known))
    }

    /// What a manifest has beyond this, in words.
    #[must_use]
    pub fn wider(&self, declaration: &Declaration) -> Vec<String> {
        let bounded = |item: &String| {
            declaration.events.iter().any(|known| event(known) == *item && self.covers_event(known))
        };
        let rounded = |item: &String| declaration.counts.iter().any(|known| self.covers_edge(known, item));
        items(declaration).filter(|item| !self.covers(item) && !bounded(item) && !rounded(item)).collect()
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

/// Every item of a manifest, described so that whatever allows more has a description that was not there.
fn items(declaration: &Declaration) -> impl Iterator<Item = String> {
    let commands = declaration.commands.iter().map(|name| command(name));
    let actions = declaration.actions.iter().map(|known| action(&known.name));
    let routes = declaration.routes.iter().map(|pattern| route(pattern));
    let counts = declaration.counts.iter().flat_map(count);
    let events = declaration.events.iter().flat_map(|known| {
        let fields = known.fields.iter().flat_map(|declared| field(&known.name, declared));
        std::iter::once(event(known)).chain(fields)
    });
    let timings = declaration.timings.iter().flat_map(timing);
    counts.chain(timings).chain(commands).chain(actions).chain(routes).chain(events)
}

fn command(name: &str) -> String {
    format!("command {name}")
}

fn action(name: &str) -> String {
    format!("action {name}")
}

fn route(pattern: &str) -> String {
    format!("route {pattern}")
}

fn unbounded(name: &str) -> String {
    format!("event {name}")
}

fn event(known: &EventDeclaration) -> String {
    let Limits { fold, daily, share } = known.limits;
    let mut event = unbounded(&known.name);
    if let Some(seconds) = fold {
        event.push_str(&format!(", folded within {seconds}s"));
    }
    if daily {
        event.push_str(", once a day");
    }
    if let Some(share) = share {
        event.push_str(&format!(", by {share} of installations"));
    }
    event
}

fn terms(declaration: &Declaration) -> String {
    format!("terms {}", declaration.terms)
}

/// An item, and one more for each entry of its lists: what is taken off a list leaves the rest covered.
fn listed(item: String, entries: impl IntoIterator<Item = String>) -> Vec<String> {
    let entries: Vec<String> = entries.into_iter().map(|entry| format!("{item}: {entry}")).collect();
    std::iter::once(item).chain(entries).collect()
}

fn timing(known: &TimingDeclaration) -> Vec<String> {
    let by = known.by.iter().flat_map(|split| split.of.iter().map(|entry| format!("{} {entry}", split.name)));
    let edges = known.edges.iter().map(|edge| format!("from {edge} ms"));
    let parts = known.parts.iter().map(|part| format!("part {part}"));
    listed(format!("timing {}", known.name), by.chain(edges).chain(parts))
}

fn count(known: &CountDeclaration) -> Vec<String> {
    let by = known.by.iter().map(|entry| format!("split by {entry}"));
    let edges = known.edges.iter().map(|edge| format!("from {edge}"));
    let mut all = listed(format!("count {}", known.name), by.chain(edges));
    if known.edges.is_empty() {
        all.push(exact(&known.name));
    }
    all
}

fn exact(name: &str) -> String {
    format!("count {name}: the exact number")
}

fn field(event: &str, known: &FieldDeclaration) -> Vec<String> {
    let numbers = |edges: &[u64]| edges.iter().map(|edge| format!("from {edge}")).collect();
    let texts = |list: &[Text]| list.iter().map(|entry| (**entry).to_owned()).collect();
    let (kind, entries): (String, Vec<String>) = match &known.kind {
        FieldKind::Flag => ("flag".to_owned(), Vec::new()),
        // A lower bound is another description, although it allows less.
        FieldKind::Count(most) => (format!("count to {most}"), Vec::new()),
        FieldKind::Code(least, most) => (format!("code {least} to {most}"), Vec::new()),
        FieldKind::Bucket(edges) => ("bucket".to_owned(), numbers(edges)),
        FieldKind::Duration(edges) => ("duration".to_owned(), numbers(edges)),
        FieldKind::Choice(list) => ("choice".to_owned(), texts(list)),
        FieldKind::Set(list) => ("set".to_owned(), texts(list)),
        FieldKind::Version => ("version".to_owned(), Vec::new()),
        FieldKind::Country => ("country".to_owned(), Vec::new()),
    };
    listed(format!("field {} of event {event}, a {kind}", known.name), entries)
}

/// Whether an answer given under `before` covers all of `after`: the same terms and endpoint, and no wider item.
#[must_use]
pub fn covers(before: &Declaration, after: &Declaration) -> bool {
    let scope = Scope::of(before);
    before.product == after.product
        && before.endpoint == after.endpoint
        && scope.covers_terms(after)
        && scope.wider(after).is_empty()
}
