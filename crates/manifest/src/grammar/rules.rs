//! What must fit together across tables.

use aboveboard_core::declaration::{Component, Policy};

use super::reader::{Reader, Span};
use crate::model::Manifest;
use crate::problem::words;

/// Most numbers in one report; the wire refuses more.
const MOST_CELLS: usize = 200;

pub(super) fn check(reader: &Reader<'_>, manifest: &Manifest) {
    chosen(reader, manifest);
    family(reader, manifest);
    if manifest.cells() > MOST_CELLS {
        let span = manifest.counts.last().map_or(0..0, |count| count.about.span.clone());
        reader.error(
            &span,
            words(
                format!("the counts have {} cells, more than {MOST_CELLS}", manifest.cells()),
                "a report with many numbers is a fingerprint of its server",
                "drop counts or shorten their `by` lists",
            ),
        );
    }
}

/// Whatever records needs a policy that somebody chose.
fn chosen(reader: &Reader<'_>, manifest: &Manifest) {
    let missing = |component: Component, span: &Span, what: &str| {
        if manifest.consent.of(component).is_some() {
            return;
        }
        let name = component.name();
        reader.error(
            span,
            words(
                format!("{what} without `{name}` in `[consent]`"),
                "consent has no default: it must be chosen and reviewed",
                format!("write `{name} = \"ask\"` in `[consent]`, or the policy you mean"),
            ),
        );
    };
    if let Some(count) = manifest.counts.first() {
        missing(Component::Server, &count.about.span, "`[counts]` stands");
    }
    if let Some(cli) = &manifest.cli {
        missing(Component::Cli, &cli.about.span, "`[cli]` stands");
    }
    for event in &manifest.events {
        missing(event.component, &event.about.span, "an event is declared for a component");
    }
    let serves = manifest.consent.server.or(manifest.consent.cli);
    if let (Some(console), None) = (&manifest.console, serves) {
        reader.error(
            &console.about.span,
            words(
                "`[console]` stands without `server` or `cli` in `[consent]`",
                "a console obeys the server or CLI that serves it",
                "choose the policy of what serves it",
            ),
        );
    }
}

fn family(reader: &Reader<'_>, manifest: &Manifest) {
    let consent = &manifest.consent;
    let follows = [consent.server, consent.cli, consent.app].contains(&Some(Policy::Follow));
    if follows && manifest.product.family.is_none() {
        reader.error(
            &(0..0),
            words(
                "a component follows the family's answer, and `[product]` names no family",
                "`follow` never asks: it obeys the answer given to another tool of the family",
                "write `family = \"…\"` in `[product]`",
            ),
        );
    }
}
