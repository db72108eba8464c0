//! The lints of one item.

use std::ops::Range;

use crate::problem::{Problem, SourceText, explain};
use crate::{Allowance, ItemInfo, Manifest};

/// Longest that an item is collected without a lint, in days: three years.
const MAX_ITEM_DAYS: u32 = 3 * 366;
/// Most entries of a closed list that a chart still shows.
const MAX_ENTRIES: usize = 40;
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

/// What is found at one item, and which of its allowances were of use.
pub(super) struct ItemLints<'m> {
    source: &'m SourceText,
    allow: &'m [Allowance],
    span: &'m Range<usize>,
    used: Vec<&'static str>,
    problems: Vec<Problem>,
}

impl<'m> ItemLints<'m> {
    pub(super) fn new(manifest: &'m Manifest, allow: &'m [Allowance], span: &'m Range<usize>) -> Self {
        Self { source: &manifest.source, allow, span, used: Vec::new(), problems: Vec::new() }
    }

    pub(super) fn of(manifest: &'m Manifest, info: &'m ItemInfo) -> Self {
        Self::new(manifest, &info.allow, &info.span)
    }

    pub(super) fn report(&mut self, lint: &'static str, what: impl Into<String>, why: &str, remedy: &str) {
        if self.allow.iter().any(|allowance| allowance.lint == lint) {
            self.used.push(lint);
        } else {
            let explanation = explain(what, why, remedy);
            self.problems.push(self.source.problem(Some(lint), self.span, explanation));
        }
    }

    /// Everything found, and the allowances that silenced nothing.
    pub(super) fn finish(mut self) -> Vec<Problem> {
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

    pub(super) fn name(&mut self, name: &str) {
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

    pub(super) fn info(&mut self, info: &ItemInfo) {
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

    pub(super) fn reason(&mut self, info: &ItemInfo) {
        self.why(&info.why);
    }

    pub(super) fn why(&mut self, why: &str) {
        if why.split_whitespace().count() < MIN_REASON_WORDS {
            self.report(
                "short-reason",
                format!("`why` says little: {why:?}"),
                "users decide by it, and reviewers ask whether the item answers it",
                "write the question that the item answers",
            );
        }
    }

    pub(super) fn list(&mut self, name: &str, length: usize) {
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

    pub(super) fn length(&mut self, name: &str, length: usize, max: usize) {
        if length > max {
            self.report(
                "long-list",
                format!("`{name}` has {length} entries"),
                "rare entries of a long list single people out, and nobody reads the chart",
                "keep what a decision hangs on; everything else is `other`",
            );
        }
    }

    pub(super) fn exact(&mut self) {
        self.report(
            "exact-without-reason",
            "the exact number is collected, and nothing says why its edge does not do",
            "exact large numbers recognise an installation",
            "write `exact-why`, or remove `exact`",
        );
    }

    pub(super) fn chart(&mut self, what: &str, remedy: &str) {
        self.report("chart-shows-nothing", what, "what no chart shows need not be collected", remedy);
    }
}
