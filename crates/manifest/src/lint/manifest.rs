//! What the lints find in a manifest.

use aboveboard_types::declaration::FieldKind;
use aboveboard_types::printable::neutral;

use super::item_lints::ItemLints;
use crate::problem::{Problem, explain};
use crate::{Chart, Count, Date, Event, Field, ItemInfo, Manifest, Timing};

/// Most commands, actions or routes that somebody still reads.
const MAX_SURFACE: usize = 200;
/// Largest bound of an exact number that does not recognise an installation.
const MAX_EXACT: u64 = 1_000_000;

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
        problems.extend(self.funnels.iter().flat_map(|funnel| super::funnel::lint(self, funnel)));
        problems.extend(self.publish.iter().flat_map(|publish| super::publish::lint(self, publish)));
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
