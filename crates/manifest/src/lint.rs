//! Lints: what the grammar allows and a reviewer should not have to find.

use std::ops::Range;

use aboveboard_core::declaration::FieldKind;

use crate::date::Date;
use crate::model::{Allowance, Chart, Event, Field, ItemInfo, Manifest};
use crate::problem::{Problem, Words, words};

/// Every lint with what it looks for.
pub(crate) const LINTS: [(&str, &str); 10] = [
    (
        "chart-shows-nothing",
        "The chart cannot show what is collected: a share without parts, a distribution of no number.",
    ),
    ("idle-allowance", "A lint is silenced that finds nothing here."),
    (
        "long-list",
        "A closed list has more than 40 entries, or the commands, actions or routes more than 200.",
    ),
    ("long-lived", "The item is collected for more than three years."),
    (
        "looks-like-identifier",
        "The name says id, hash, host, user, path or the like: what singles out a machine or a person.",
    ),
    ("never-expires", "The item has no last day."),
    ("short-reason", "`why` has fewer than five words; users read it."),
    ("single-entry", "A closed list has one entry, so it tells nothing."),
    ("weak-name", "The name says nothing: data, info, misc, value."),
    (
        "wide-number",
        "A count may exceed 1,000,000: exact large numbers recognise an installation; a bucket does not.",
    ),
];

/// The name of every lint.
pub(crate) const NAMES: [&str; LINTS.len()] = {
    let mut names = [""; LINTS.len()];
    let mut at = 0;
    while at < LINTS.len() {
        names[at] = LINTS[at].0;
        at += 1;
    }
    names
};

const THREE_YEARS: u32 = 3 * 366;
const MAX_ENTRIES: usize = 40;
const MAX_SURFACE: usize = 200;
const WIDE: u64 = 1_000_000;
const WEAK: [&str; 12] = [
    "data", "info", "misc", "value", "values", "stuff", "custom", "generic", "payload", "extra", "thing",
    "tmp",
];
const IDENTIFIERS: [&str; 27] = [
    "id",
    "uid",
    "uuid",
    "guid",
    "ids",
    "hash",
    "digest",
    "fingerprint",
    "serial",
    "token",
    "secret",
    "mac",
    "ip",
    "address",
    "host",
    "hostname",
    "domain",
    "user",
    "username",
    "login",
    "email",
    "mail",
    "account",
    "path",
    "file",
    "url",
    "pid",
];

impl Manifest {
    /// What the lints find, in the order of the file, without what is silenced in place.
    #[must_use]
    pub fn lints(&self) -> Vec<Problem> {
        let mut findings = Findings { manifest: self, problems: Vec::new() };
        for count in &self.counts {
            let mut subject = Subject::of(&count.info);
            findings.name(&mut subject, &count.name);
            findings.item(&mut subject, &count.info);
            findings.list(&mut subject, "by", count.by.len());
            if count.info.chart == Chart::Share && count.by.is_empty() {
                findings.chart(
                    &mut subject,
                    "a share needs parts",
                    "split the count with `by`, or choose another chart",
                );
            }
            findings.close(subject);
        }
        for timing in &self.timings {
            let mut subject = Subject::of(&timing.info);
            findings.name(&mut subject, &timing.name);
            findings.item(&mut subject, &timing.info);
            for (name, list) in &timing.by {
                findings.name(&mut subject, name);
                findings.list(&mut subject, name, list.len());
            }
            timing.parts.iter().for_each(|part| findings.name(&mut subject, part));
            findings.close(subject);
        }
        if let Some(cli) = &self.cli {
            let mut subject = Subject::of(&cli.info);
            findings.reason(&mut subject, &cli.info);
            findings.surface(&mut subject, "commands", cli.commands.len());
            findings.close(subject);
        }
        if let Some(console) = &self.console {
            let mut subject = Subject::of(&console.info);
            findings.reason(&mut subject, &console.info);
            findings.surface(&mut subject, "actions", console.actions.len());
            findings.surface(&mut subject, "routes", console.routes.len());
            findings.close(subject);
        }
        self.events.iter().for_each(|event| findings.event(event));
        findings.problems.sort_by_key(|problem| (problem.line, problem.column));
        findings.problems
    }

    /// The items whose last day has passed: errors that cannot be silenced.
    #[must_use]
    pub fn expired(&self, today: Date) -> Vec<Problem> {
        let counts = self.counts.iter().map(|count| (&count.name, &count.info));
        let events = self.events.iter().map(|event| (&event.name, &event.info));
        let timings = self.timings.iter().map(|timing| (&timing.name, &timing.info));
        let passed = |(_, info): &(&String, &ItemInfo)| info.until.is_some_and(|until| until <= today);
        let problem = |(name, info): (&String, &ItemInfo)| {
            let until = info.until.map(|until| until.to_string()).unwrap_or_default();
            self.sheet.error(
                &info.span,
                words(
                    format!("`{name}` expired on {until}"),
                    "from its date the agents no longer record it; its question was to be answered by then",
                    "remove it, or move `until` after a review and raise `revision`",
                ),
            )
        };
        counts.chain(timings).chain(events).filter(passed).map(problem).collect()
    }
}

/// What a lint looks at, and which allowances have been of use.
struct Subject<'m> {
    allow: &'m [Allowance],
    span: &'m Range<usize>,
    used: Vec<&'static str>,
}

impl<'m> Subject<'m> {
    fn of(info: &'m ItemInfo) -> Self {
        Self { allow: &info.allow, span: &info.span, used: Vec::new() }
    }
}

struct Findings<'m> {
    manifest: &'m Manifest,
    problems: Vec<Problem>,
}

impl Findings<'_> {
    fn tell(&mut self, subject: &mut Subject<'_>, lint: &'static str, words: Words) {
        if subject.allow.iter().any(|allowance| allowance.lint == lint) {
            subject.used.push(lint);
        } else {
            self.problems.push(self.manifest.sheet.problem(Some(lint), subject.span, words));
        }
    }

    /// Tells the allowances that silenced nothing.
    fn close(&mut self, subject: Subject<'_>) {
        let idle = subject.allow.iter().filter(|allowance| !subject.used.contains(&&*allowance.lint));
        for allowance in idle {
            let words = words(
                format!("`{}` is silenced here and finds nothing", allowance.lint),
                "an exception that nothing needs hides the next one",
                "remove it from `allow`",
            );
            self.problems.push(self.manifest.sheet.problem(Some("idle-allowance"), subject.span, words));
        }
    }

    fn name(&mut self, subject: &mut Subject<'_>, name: &str) {
        if WEAK.contains(&name) {
            let what = format!("`{name}` says nothing");
            let words = words(what, "the name is what pages and users see", "name what is collected");
            self.tell(subject, "weak-name", words);
        }
        if let Some(part) = name.split(['-', '_']).find(|part| IDENTIFIERS.contains(part)) {
            let words = words(
                format!("`{name}` looks like an identifier (`{part}`)"),
                "what singles out a machine or a person must not be collected",
                "rename it, or say in `allow` why no value of it can identify anybody",
            );
            self.tell(subject, "looks-like-identifier", words);
        }
    }

    fn item(&mut self, subject: &mut Subject<'_>, info: &ItemInfo) {
        self.reason(subject, info);
        match info.until {
            None => {
                let words = words(
                    "this item never expires",
                    "a question that is never reviewed is collected out of habit",
                    "write a date, or say in `allow` why it is needed as long as the product lives",
                );
                self.tell(subject, "never-expires", words);
            }
            Some(until) if until.days() - info.since.days() > THREE_YEARS => {
                let words = words(
                    format!("this item is collected from {} to {until}", info.since),
                    "after three years hardly anybody knows what it was for",
                    "choose an earlier `until`; a review can move it",
                );
                self.tell(subject, "long-lived", words);
            }
            Some(_) => {}
        }
    }

    fn reason(&mut self, subject: &mut Subject<'_>, info: &ItemInfo) {
        if info.why.split_whitespace().count() < 5 {
            let words = words(
                format!("`why` says little: {:?}", info.why),
                "users decide by it, and reviewers ask whether the item answers it",
                "write the question that the item answers",
            );
            self.tell(subject, "short-reason", words);
        }
    }

    fn list(&mut self, subject: &mut Subject<'_>, name: &str, length: usize) {
        if length == 1 {
            let what = format!("`{name}` has one entry");
            let words =
                words(what, "one answer is no answer", "add what it is to be told from, or remove the list");
            self.tell(subject, "single-entry", words);
        }
        self.length(subject, name, length, MAX_ENTRIES);
    }

    fn surface(&mut self, subject: &mut Subject<'_>, name: &str, length: usize) {
        self.length(subject, name, length, MAX_SURFACE);
    }

    fn length(&mut self, subject: &mut Subject<'_>, name: &str, length: usize, most: usize) {
        if length > most {
            let words = words(
                format!("`{name}` has {length} entries"),
                "rare entries of a long list single people out, and nobody reads the chart",
                "keep what a decision hangs on; everything else is `other`",
            );
            self.tell(subject, "long-list", words);
        }
    }

    fn chart(&mut self, subject: &mut Subject<'_>, what: &str, remedy: &str) {
        self.tell(
            subject,
            "chart-shows-nothing",
            words(what, "what no chart shows need not be collected", remedy),
        );
    }

    fn event(&mut self, event: &Event) {
        let mut subject = Subject::of(&event.info);
        self.name(&mut subject, &event.name);
        self.item(&mut subject, &event.info);
        let any = |fits: fn(&FieldKind) -> bool| event.fields.iter().any(|field| fits(&field.kind));
        let parts = any(|kind| matches!(kind, FieldKind::Flag | FieldKind::Choice(_) | FieldKind::Set(_)));
        let sizes =
            any(|kind| matches!(kind, FieldKind::Count(_) | FieldKind::Bucket(_) | FieldKind::Duration(_)));
        match event.info.chart {
            Chart::Share if !parts => {
                self.chart(
                    &mut subject,
                    "a share needs parts",
                    "add a flag, choice or set, or choose another chart",
                );
            }
            Chart::Distribution if !sizes => {
                let what = "a distribution needs sizes";
                self.chart(&mut subject, what, "add a count, bucket or duration, or choose another chart");
            }
            _ => {}
        }
        self.close(subject);
        event.fields.iter().for_each(|field| self.field(field));
    }

    fn field(&mut self, field: &Field) {
        let mut subject = Subject { allow: &field.allow, span: &field.span, used: Vec::new() };
        self.name(&mut subject, &field.name);
        match &field.kind {
            FieldKind::Choice(names) => self.list(&mut subject, "choice", names.len()),
            FieldKind::Set(names) => self.list(&mut subject, "set", names.len()),
            FieldKind::Count(bound) if *bound > WIDE => {
                let words = words(
                    format!("`{}` may be as large as {bound}", field.name),
                    "exact large numbers recognise an installation from report to report",
                    "use `bucket`, or a smaller bound",
                );
                self.tell(&mut subject, "wide-number", words);
            }
            _ => {}
        }
        self.close(subject);
    }
}
