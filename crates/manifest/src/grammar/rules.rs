//! What must fit together across tables.

use aboveboard_types::declaration::{Component, Policy};

use super::{Diagnostics, MAX_CELLS, Span, funnels, names_that_changed, publish};
use crate::model::{Manifest, Timing};

pub(super) fn check(diagnostics: &Diagnostics<'_>, manifest: &Manifest) {
    chosen(diagnostics, manifest);
    family(diagnostics, manifest);
    timings(diagnostics, manifest);
    names_that_changed::check(diagnostics, manifest);
    funnels::check(diagnostics, manifest);
    publish::check(diagnostics, manifest);
    if manifest.cells() > MAX_CELLS {
        let span = manifest.counts.last().map_or(0..0, |count| count.info.span.clone());
        diagnostics.report(
            &span,
            format!("the counts have {} cells, more than {MAX_CELLS}", manifest.cells()),
            "a report with many numbers is a fingerprint of its server",
            "drop counts or shorten their `by` lists",
        );
    }
}

/// Bytes for the rest of a report, so that its line stays below what a spool takes.
const REPORT_BYTES: usize = aboveboard_types::limits::MAX_EVENT_BYTES - 1_024;

/// The longest number on the wire, in digits.
const DIGITS: usize = 16;

fn timings(diagnostics: &Diagnostics<'_>, manifest: &Manifest) {
    let Some(last) = manifest.timings.last() else { return };
    let cells: usize = manifest.timings.iter().map(Timing::cells).sum();
    if cells > MAX_CELLS {
        diagnostics.report(
            &last.info.span,
            format!("the timings have {cells} cells, more than {MAX_CELLS}"),
            "each kind and edge is a cell, and a report with many numbers is a fingerprint of its server",
            "drop edges, or entries of the `by` lists",
        );
        return;
    }
    let counts = manifest.counts.iter().map(|count| {
        let entries: usize = count.by.iter().map(|name| name.len() + DIGITS + 4).sum();
        count.name.len() + DIGITS + 6 + entries
    });
    let bytes = counts.sum::<usize>() + manifest.timings.iter().map(Timing::max_bytes).sum::<usize>();
    if bytes > REPORT_BYTES {
        diagnostics.report(
            &last.info.span,
            format!(
                "a report with these counts and timings may take {bytes} bytes, more than {REPORT_BYTES}"
            ),
            "a larger one would not be recorded",
            "shorten names, or drop edges and entries of the `by` lists",
        );
    }
}

impl Timing {
    fn cells(&self) -> usize {
        let kinds = self.by.iter().fold(1, |kinds: usize, (_, list)| kinds.saturating_mul(list.len()));
        kinds.saturating_mul(self.edges.len() + 1)
    }

    /// The most that it may take in a report: every cell with the longest names and numbers.
    fn max_bytes(&self) -> usize {
        let longest = |list: &[String]| list.iter().map(String::len).max().unwrap_or(0);
        let kind: usize = self.by.iter().map(|(name, list)| name.len() + longest(list) + 6).sum();
        let parts: usize = self.parts.iter().map(|part| part.len() + DIGITS + 4).sum();
        self.cells() * (kind + parts + 3 * DIGITS + 32) + self.name.len() + 8
    }
}

/// Whatever records needs a policy that somebody chose.
fn chosen(diagnostics: &Diagnostics<'_>, manifest: &Manifest) {
    let missing = |component: Component, span: &Span, what: &str| {
        if manifest.policy(component).is_some() {
            return;
        }
        let name = component.name();
        diagnostics.report(
            span,
            format!("{what} needs `{name}` in `[consent]`"),
            "consent has no default: it must be chosen and reviewed",
            format!("write `{name} = \"ask\"` in `[consent]`, or the policy you mean"),
        );
    };
    if let Some(count) = manifest.counts.first() {
        missing(Component::Server, &count.info.span, "`[counts]`");
    }
    if let Some(timing) = manifest.timings.first() {
        missing(Component::Server, &timing.info.span, "`[timings]`");
    }
    if let Some(cli) = &manifest.cli {
        missing(Component::Cli, &cli.info.span, "`[cli]`");
    }
    for event in &manifest.events {
        missing(event.component, &event.info.span, "an event");
    }
    let serves = manifest.consent.server.or(manifest.consent.cli);
    if let (Some(console), None) = (&manifest.console, serves) {
        diagnostics.report(
            &console.info.span,
            "`[console]` needs `server` or `cli` in `[consent]`",
            "a console obeys the server or CLI that serves it",
            "choose the policy of what serves it",
        );
    }
}

fn family(diagnostics: &Diagnostics<'_>, manifest: &Manifest) {
    let consent = &manifest.consent;
    let follows = [consent.server, consent.cli, consent.app].contains(&Some(Policy::Follow));
    if follows && manifest.product.family.is_none() {
        diagnostics.report(
            &(0..0),
            "a component follows the family's answer, and `[product]` names no family",
            "`follow` never asks: it obeys the answer given to another tool of the family",
            "write `family = \"…\"` in `[product]`",
        );
    }
}
