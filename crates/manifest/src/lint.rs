//! Lints: what the grammar allows and a reviewer should not have to find.

use std::ops::Range;

use aboveboard_types::declaration::FieldKind;
use aboveboard_types::printable::neutral;

use crate::problem::{Problem, SourceText, explain};
use crate::{Allowance, Chart, Count, Date, Event, Field, ItemInfo, Manifest, Timing};

/// Every lint with what it looks for.
#[rustfmt::skip]
pub(crate) const LINTS: [(&str, &str); 11] = [
    ("chart-shows-nothing",
        "The chart cannot show what is collected: a share without parts, a distribution of no number."),
    ("exact-without-reason",
        "A count with edges travels as its exact number, and the disclosure cannot say why."),
    ("idle-allowance", "A lint is silenced that finds nothing here."),
    ("long-list", "A closed list has more than 40 entries, or the commands, actions or routes more than 200."),
    ("long-lived", "The item is collected for more than three years."),
    ("looks-like-identifier",
        "The name says id, hash, host, user, path or the like: what singles out a machine or a person."),
    ("never-expires", "The item has no last day."),
    ("short-reason", "`why` has fewer than five words; users read it."),
    ("single-entry", "A closed list has one entry, so it says nothing."),
    ("weak-name", "The name says nothing: data, info, misc, value."),
    ("wide-number",
        "A count may exceed 1,000,000: exact large numbers recognise an installation; a bucket does not."),
];

/// The name of every lint.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    LINTS.iter().map(|(name, _)| *name)
}

/// Longest that an item is collected without a lint, in days: three years.
const MAX_ITEM_DAYS: u32 = 3 * 366;
/// Most entries of a closed list that a chart still shows.
const MAX_ENTRIES: usize = 40;
/// Most commands, actions or routes that somebody still reads.
const MAX_SURFACE: usize = 200;
/// Largest bound of an exact number that does not recognise an installation.
const MAX_EXACT: u64 = 1_000_000;
/// Fewest words of a reason.
const MIN_REASON_WORDS: usize = 5;
const WEAK_NAMES: [&str; 12] = [
    "data", "info", "misc", "value", "values", "stuff", "custom", "generic", "payload", "extra", "thing",
    "tmp",
];
#[rustfmt::skip]
const IDENTIFIERS: [&str; 27] = [
    "id", "uid", "uuid", "guid", "ids", "hash", "digest", "fingerprint", "serial", "token", "secret", "mac",
    "ip", "address", "host", "hostname", "domain", "user", "username", "login", "email", "mail", "account",
    "path", "file", "url", "pid",
];

impl Manifest {
    /// What the lints find, in the order of the file, without what is silenced in place.
    #[must_use]
    pub fn lints(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        problems.extend(self.counts.iter().flat_map(|count| self.lint_count(count)));
        problems.extend(self.timings.iter().flat_map(|timing| self.lint_timing(timing)));
        if let Some(cli) = &self.cli {
            problems.extend(self.lint_surface(&cli.info, &[("commands", cli.commands.len())]));
        }
        if let Some(console) = &self.console {
            let lists = [("actions", console.actions.len()), ("routes", console.routes.len())];
            problems.extend(self.lint_surface(&console.info, &lists));
        }
        for event in &self.events {
            problems.extend(self.lint_event(event));
            problems.extend(event.fields.iter().flat_map(|field| self.lint_field(field)));
        }
        problems.sort_by_key(|problem| (problem.line, problem.column));
        problems
    }

    /// Why a build with this value of `ABOVEBOARD_RELEASE` is no release of the product; `None` where it is one.
    #[must_use]
    pub fn not_released_by(&self, release: &str) -> Option<Problem> {
        let id = &self.product.id;
        let explanation = explain(
            format!("ABOVEBOARD_RELEASE={} makes no release of `{id}`", neutral(release)),
            "a build that is no release does not use the manifest's endpoint, and nobody sees it",
            format!("build with ABOVEBOARD_RELEASE={id}"),
        );
        (release != id).then(|| self.source.error(&self.product.id_span, explanation))
    }

    /// The items whose last day has passed: errors that cannot be silenced.
    #[must_use]
    pub fn expired(&self, today: Date) -> Vec<Problem> {
        let counts = self.counts.iter().map(|count| (&count.name, &count.info));
        let timings = self.timings.iter().map(|timing| (&timing.name, &timing.info));
        let events = self.events.iter().map(|event| (&event.name, &event.info));
        let problem = |(name, info): (&String, &ItemInfo)| {
            let until = info.until.filter(|until| *until <= today)?;
            let explanation = explain(
                format!("`{name}` expired on {until}"),
                "from its date the agents no longer record it; its question was to be answered by then",
                "remove it, or move `until` after a review and raise `revision`",
            );
            Some(self.source.error(&info.span, explanation))
        };
        counts.chain(timings).chain(events).filter_map(problem).collect()
    }

    fn lint_count(&self, count: &Count) -> Vec<Problem> {
        let mut lints = ItemLints::of(self, &count.info);
        lints.name(&count.name);
        lints.info(&count.info);
        lints.list("by", count.by.len());
        if count.is_exact && count.exact_why.is_none() {
            lints.exact();
        }
        if count.info.chart == Chart::Share && count.by.is_empty() {
            lints.chart("a share needs parts", "split the count with `by`, or choose another chart");
        }
        lints.finish()
    }

    fn lint_timing(&self, timing: &Timing) -> Vec<Problem> {
        let mut lints = ItemLints::of(self, &timing.info);
        lints.name(&timing.name);
        lints.info(&timing.info);
        for (name, list) in &timing.by {
            lints.name(name);
            lints.list(name, list.len());
        }
        timing.parts.iter().for_each(|part| lints.name(part));
        lints.finish()
    }

    fn lint_surface(&self, info: &ItemInfo, lists: &[(&str, usize)]) -> Vec<Problem> {
        let mut lints = ItemLints::of(self, info);
        lints.reason(info);
        lists.iter().for_each(|(name, length)| lints.length(name, *length, MAX_SURFACE));
        lints.finish()
    }

    fn lint_event(&self, event: &Event) -> Vec<Problem> {
        let mut lints = ItemLints::of(self, &event.info);
        lints.name(&event.name);
        lints.info(&event.info);
        let any = |fits: fn(&FieldKind) -> bool| event.fields.iter().any(|field| fits(&field.kind));
        let has_parts =
            any(|kind| matches!(kind, FieldKind::Flag | FieldKind::Choice(_) | FieldKind::Set(_)));
        let has_sizes =
            any(|kind| matches!(kind, FieldKind::Count(_) | FieldKind::Bucket(_) | FieldKind::Duration(_)));
        match event.info.chart {
            Chart::Share if !has_parts => {
                lints.chart("a share needs parts", "add a flag, choice or set, or choose another chart");
            }
            Chart::Distribution if !has_sizes => lints.chart(
                "a distribution needs sizes",
                "add a count, bucket or duration, or choose another chart",
            ),
            _ => {}
        }
        lints.finish()
    }

    fn lint_field(&self, field: &Field) -> Vec<Problem> {
        let mut lints = ItemLints::new(self, &field.allow, &field.span);
        lints.name(&field.name);
        match &field.kind {
            FieldKind::Choice(names) => lints.list("choice", names.len()),
            FieldKind::Set(names) => lints.list("set", names.len()),
            FieldKind::Count(bound) if *bound > MAX_EXACT => lints.report(
                "wide-number",
                format!("`{}` may be as large as {bound}", field.name),
                "exact large numbers recognise an installation from report to report",
                "use `bucket`, or a smaller bound",
            ),
            _ => {}
        }
        lints.finish()
    }
}

/// What is found at one item, and which of its allowances were of use.
struct ItemLints<'m> {
    source: &'m SourceText,
    allow: &'m [Allowance],
    span: &'m Range<usize>,
    used: Vec<&'static str>,
    problems: Vec<Problem>,
}

impl<'m> ItemLints<'m> {
    fn new(manifest: &'m Manifest, allow: &'m [Allowance], span: &'m Range<usize>) -> Self {
        Self { source: &manifest.source, allow, span, used: Vec::new(), problems: Vec::new() }
    }

    fn of(manifest: &'m Manifest, info: &'m ItemInfo) -> Self {
        Self::new(manifest, &info.allow, &info.span)
    }

    fn report(&mut self, lint: &'static str, what: impl Into<String>, why: &str, remedy: &str) {
        if self.allow.iter().any(|allowance| allowance.lint == lint) {
            self.used.push(lint);
        } else {
            let explanation = explain(what, why, remedy);
            self.problems.push(self.source.problem(Some(lint), self.span, explanation));
        }
    }

    /// Everything found, and the allowances that silenced nothing.
    fn finish(mut self) -> Vec<Problem> {
        for allowance in self.allow.iter().filter(|allowance| !self.used.contains(&&*allowance.lint)) {
            let explanation = explain(
                format!("`{}` is silenced here and finds nothing", allowance.lint),
                "an exception that nothing needs hides the next one",
                "remove it from `allow`",
            );
            self.problems.push(self.source.problem(Some("idle-allowance"), self.span, explanation));
        }
        self.problems
    }

    fn name(&mut self, name: &str) {
        if WEAK_NAMES.contains(&name) {
            self.report(
                "weak-name",
                format!("`{name}` says nothing"),
                "the name is what pages and users see",
                "name what is collected",
            );
        }
        if let Some(part) = name.split(['-', '_']).find(|part| IDENTIFIERS.contains(part)) {
            self.report(
                "looks-like-identifier",
                format!("`{name}` looks like an identifier (`{part}`)"),
                "what singles out a machine or a person must not be collected",
                "rename it, or say in `allow` why no value of it can identify anybody",
            );
        }
    }

    fn info(&mut self, info: &ItemInfo) {
        self.reason(info);
        match info.until {
            None => self.report(
                "never-expires",
                "this item never expires",
                "a question that is never reviewed is collected out of habit",
                "write a date, or say in `allow` why it is needed as long as the product lives",
            ),
            Some(until) if until.days() - info.since.days() > MAX_ITEM_DAYS => self.report(
                "long-lived",
                format!("this item is collected from {} to {until}", info.since),
                "after three years hardly anybody knows what it was for",
                "choose an earlier `until`; a review can move it",
            ),
            Some(_) => {}
        }
    }

    fn reason(&mut self, info: &ItemInfo) {
        if info.why.split_whitespace().count() < MIN_REASON_WORDS {
            self.report(
                "short-reason",
                format!("`why` says little: {:?}", info.why),
                "users decide by it, and reviewers ask whether the item answers it",
                "write the question that the item answers",
            );
        }
    }

    fn list(&mut self, name: &str, length: usize) {
        if length == 1 {
            self.report(
                "single-entry",
                format!("`{name}` has one entry"),
                "one answer is no answer",
                "add the alternatives, or remove the list",
            );
        }
        self.length(name, length, MAX_ENTRIES);
    }

    fn length(&mut self, name: &str, length: usize, max: usize) {
        if length > max {
            self.report(
                "long-list",
                format!("`{name}` has {length} entries"),
                "rare entries of a long list single people out, and nobody reads the chart",
                "keep what a decision hangs on; everything else is `other`",
            );
        }
    }

    fn exact(&mut self) {
        self.report(
            "exact-without-reason",
            "the exact number is collected, and nothing says why its edge does not do",
            "exact large numbers recognise an installation",
            "write `exact-why`, or remove `exact`",
        );
    }

    fn chart(&mut self, what: &str, remedy: &str) {
        self.report("chart-shows-nothing", what, "what no chart shows need not be collected", remedy);
    }
}
