//! The terms and items of a manifest as lines, so that whatever allows more has a line that was not there.

use super::bound::{at_least, at_most, until};
use crate::declaration::{
    ActionDeclaration, CountDeclaration, Declaration, EventDeclaration, FieldDeclaration, FieldKind, Limits,
    Policy, Text, TimingDeclaration,
};

/// The terms, or one item.
pub(super) struct Item {
    /// A line for the item in its words, and more for each thing that it allows: what is taken off it leaves the rest.
    pub(super) lines: Vec<String>,
    /// The lines of one that would say more of the same: who agreed to it agreed to this.
    pub(super) says_less_than: Option<Vec<String>>,
}

/// What bounds the time between two reports.
pub(super) const REPORTS: &str = "time between two reports in seconds";

const PUBLISHED: &str = "published figures";

pub(super) fn terms(declaration: &Declaration) -> Item {
    let Declaration { terms, recipients, retention_days, publish_months, .. } = declaration;
    let mut lines = vec![
        described("terms".to_owned(), terms),
        at_most("terms: days that raw data is kept", retention_days),
    ];
    if !recipients.is_empty() {
        lines.push(described("terms: received by others".to_owned(), recipients));
    }
    // How many installations there are is published of whatever is recorded.
    if *publish_months > 0 {
        lines.push(at_least("terms: months of which figures are published at a time", publish_months));
    }
    plain(lines)
}

/// Every item of a manifest.
pub(super) fn all(declaration: &Declaration) -> impl Iterator<Item = Item> {
    let commands = declaration.commands.iter().map(|name| command(name, declaration));
    let actions = declaration.actions.iter().map(|known| action(known, declaration));
    let routes = declaration.routes.iter().map(|pattern| route(pattern, declaration));
    let counts = declaration.counts.iter().map(|known| count(known, known.until));
    let timings = declaration.timings.iter().map(|known| timing(known, known.until));
    let events = declaration.events.iter().flat_map(|known| {
        let fields = known.fields.iter().map(|declared| field(&known.name, declared));
        std::iter::once(event(known, known.until)).chain(fields)
    });
    let reports =
        (declaration.server != Policy::Off).then(|| plain(vec![at_least(REPORTS, declaration.report_every)]));
    let recorded =
        counts.chain(timings).chain(commands).chain(actions).chain(routes).chain(events).chain(reports);
    let reason = (declaration.publish_months > 0)
        .then(|| plain(vec![described(PUBLISHED.to_owned(), &declaration.publish_words)]));
    recorded.chain(reason).chain(declaration.published.iter().map(|table| published(table)))
}

/// A table of which figures are published.
pub(super) fn published(table: &str) -> Item {
    plain(vec![format!("{PUBLISHED}: {table}")])
}

pub(super) fn command(name: &str, declaration: &Declaration) -> Item {
    let reason = described("commands".to_owned(), &declaration.commands_words);
    plain(vec![format!("command {name}"), reason])
}

pub(super) fn action(known: &ActionDeclaration, declaration: &Declaration) -> Item {
    let action = described(format!("action {}", known.name), &known.action_type);
    plain(vec![action, console(declaration)])
}

pub(super) fn route(pattern: &str, declaration: &Declaration) -> Item {
    plain(vec![format!("route {pattern}"), console(declaration)])
}

fn console(declaration: &Declaration) -> String {
    described("console".to_owned(), &declaration.console_words)
}

pub(super) fn count(known: &CountDeclaration, last: u32) -> Item {
    let name = format!("count {}", known.name);
    let by = entries(&name, known.by.iter().map(|entry| format!("split by {entry}")));
    let mut rounded = vec![described(name.clone(), &known.words)];
    rounded.extend(by);
    rounded.push(until(&name, last));
    let mut exact = rounded.clone();
    exact.push(format!("{name}: the exact number"));
    if known.edges.is_empty() {
        if !known.exact_why.is_empty() {
            exact.push(described(format!("{name}: the exact number"), &known.exact_why));
        }
        return plain(exact);
    }
    rounded.extend(entries(&name, known.edges.iter().map(|edge| format!("from {edge}"))));
    Item { lines: rounded, says_less_than: Some(exact) }
}

pub(super) fn timing(known: &TimingDeclaration, last: u32) -> Item {
    let name = format!("timing {}", known.name);
    let by = known.by.iter().flat_map(|split| split.of.iter().map(|entry| format!("{} {entry}", split.name)));
    let edges = known.edges.iter().map(|edge| format!("from {edge} ms"));
    let parts = known.parts.iter().map(|part| format!("part {part}"));
    let mut lines = vec![described(name.clone(), &known.words), until(&name, last)];
    lines.extend(entries(&name, by.chain(edges).chain(parts)));
    plain(lines)
}

pub(super) fn event(known: &EventDeclaration, last: u32) -> Item {
    let name = format!("event {}", known.name);
    let Limits { fold, daily, share } = known.limits;
    let share = share.map_or_else(|| "1".to_owned(), |share| share.to_string());
    let mut lines = vec![
        described(name.clone(), &known.words),
        format!("{name}: recorded by the {}", known.component.name()),
        at_least(&format!("{name}: repeats are merged within seconds"), fold.unwrap_or(0)),
        at_most(&format!("{name}: recorded by this share of installations"), share),
        until(&name, last),
    ];
    if !daily {
        lines.push(format!("{name}: more than once a day"));
    }
    plain(lines)
}

pub(super) fn field(event: &str, known: &FieldDeclaration) -> Item {
    let name = format!("field {} of event {event}", known.name);
    let of = |kind: &str, allowed: Vec<String>| {
        let mut lines = vec![described(name.clone(), &known.words), format!("{name}: a {kind}")];
        lines.extend(allowed);
        lines
    };
    let count = |most: u64| of("count", vec![at_most(&name, most)]);
    let from = |edges: &[u64]| entries(&name, edges.iter().map(|edge| format!("from {edge}"))).collect();
    let texts = |list: &[Text]| entries(&name, list.iter().map(|entry| (**entry).to_owned())).collect();
    plain(match &known.kind {
        FieldKind::Flag => of("flag", Vec::new()),
        FieldKind::Count(most) => count(*most),
        FieldKind::Code(least, most) => of("code", vec![at_least(&name, least), at_most(&name, most)]),
        FieldKind::Bucket(edges) => {
            let says_less_than = Some(count(edges.last().copied().unwrap_or(0)));
            return Item { lines: of("bucket", from(edges)), says_less_than };
        }
        FieldKind::Duration(edges) => of("duration", from(edges)),
        FieldKind::Choice(list) => of("choice", texts(list)),
        FieldKind::Set(list) => of("set", texts(list)),
        FieldKind::Version => of("version", Vec::new()),
        FieldKind::Country => of("country", Vec::new()),
    })
}

fn plain(lines: Vec<String>) -> Item {
    Item { lines, says_less_than: None }
}

/// What something is, in the words that its user could read. In brackets, so that they pass for no other line.
fn described(item: String, words: &str) -> String {
    if words.is_empty() { item } else { format!("{item} ({words})") }
}

fn entries(name: &str, entries: impl Iterator<Item = String>) -> impl Iterator<Item = String> {
    entries.map(move |entry| format!("{name}: {entry}"))
}
