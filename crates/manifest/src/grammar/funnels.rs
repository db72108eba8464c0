//! Funnels over what is declared.

use super::explain::listed;
use super::item_info::allow;
use super::{Diagnostics, MAX_WITHIN_DAYS, Table};
use crate::model::Manifest;
use crate::{Funnel, StepItem};

const DAY: u64 = 86_400_000;

pub(super) fn funnel(name: String, table: &Table<'_, '_, '_>) -> Option<Funnel> {
    let allow = allow(table);
    let within = within(table);
    Some(Funnel {
        name,
        steps: table.texts("steps")?,
        within: within?,
        why: table.text("why")?,
        allow,
        span: table.span.clone(),
    })
}

fn within(table: &Table<'_, '_, '_>) -> Option<u16> {
    let length = table.number("within")?;
    if length % DAY == 0 && (DAY..=MAX_WITHIN_DAYS * DAY).contains(&length) {
        return u16::try_from(length / DAY).ok();
    }
    table.report_at(
        "within",
        format!("`within` must be whole days from `1d` to `{MAX_WITHIN_DAYS}d`"),
        "a funnel is exact to the day, and what comes later has other reasons",
        "write `within = \"7d\"`",
    );
    None
}

/// A short name must stand for one thing. What is not declared is a lint, so that a funnel outlives an item.
pub(super) fn check(diagnostics: &Diagnostics<'_>, manifest: &Manifest) {
    for funnel in &manifest.funnels {
        for step in &funnel.steps {
            let meanings: Vec<_> = manifest.meanings(step).iter().map(StepItem::spelled).collect();
            if meanings.len() > 1 {
                diagnostics.report(
                    &funnel.span,
                    format!("the step `{step}` stands for {}", listed(meanings.iter().map(String::as_str))),
                    "each of them would give other numbers",
                    format!("write the one that is meant: `{}`", meanings[0]),
                );
            }
        }
    }
}
