//! Lints of what is published: figures that cannot be made, or that nobody can use.

use aboveboard_types::declaration::Component;

use super::item_lints::ItemLints;
use crate::problem::Problem;
use crate::{Manifest, Publish, PublishEvery, PublishTable};

/// Most ones of one installation before its figures are blurred: 95 of 100 figures are then within 40 of the truth.
const MAX_ONES: u32 = 40;

pub(super) fn lint(manifest: &Manifest, publish: &Publish) -> Vec<Problem> {
    let mut lints = ItemLints::new(manifest, &publish.allow, &publish.span);
    lints.why(&publish.why);
    retention(&mut lints, manifest, publish.every);
    if manifest.product.releases.is_empty() {
        lints.report(
            "no-releases",
            "`[product]` names no `releases`",
            "anybody can make up a version, so that a publication has a table of versions only where the release lines are named",
            "write `releases = [\"2.0\", \"2.1\"]` in `[product]`",
        );
    }
    let counted = RECORDING.into_iter().filter(|component| manifest.is_publishable(*component));
    if counted.clone().next().is_none() {
        lints.report(
            "nothing-to-publish",
            "no component has installations that can be counted",
            "a hosted service is one installation for all of its users, and what is off records nothing",
            "remove `[publish]`, or choose another policy in `[consent]`",
        );
    }
    for component in counted {
        blurry(&mut lints, manifest, publish, component);
    }
    for table in &publish.tables {
        let PublishTable::Event(name) = table else { continue };
        let share = manifest.events.iter().find(|event| event.name == *name).and_then(|it| it.limits.share);
        if let Some(share) = share {
            lints.report(
                "sampled-table",
                format!("only {share} of the installations record what `{table}` counts"),
                "the figures seem to say that the others never do it",
                "remove `share` from the event, or take the table out",
            );
        }
    }
    lints.finish()
}

/// The components that can have a policy of their own.
const RECORDING: [Component; 3] = [Component::Server, Component::Cli, Component::App];

/// A publication that turns out wrong is drawn again from raw data, if that is still there.
fn retention(lints: &mut ItemLints<'_>, manifest: &Manifest, every: PublishEvery) {
    let kept = manifest.product.retention_days;
    let needed = needed_days(every);
    if kept < needed {
        lints.report(
            "retention-too-short",
            format!("raw data is kept {kept} days; a publication each {} needs {needed}", every.name()),
            "the first day of a period must still be there when it is drawn, and three months longer, in case a mistake is found",
            "keep raw data longer, or publish each month",
        );
    }
}

/// The longest period, the days after which it is drawn, and three months.
fn needed_days(every: PublishEvery) -> u32 {
    const QUARTER: u32 = 92;
    const DRAWN_AFTER: u32 = 15;
    let period = match every {
        PublishEvery::Month => 31,
        PublishEvery::Quarter => QUARTER,
    };
    period + DRAWN_AFTER + QUARTER
}

/// All tables share one privacy loss, so that each of them makes the others less sharp.
fn blurry(lints: &mut ItemLints<'_>, manifest: &Manifest, publish: &Publish, component: Component) {
    let counted = |table: &&PublishTable| manifest.counted_in(table).contains(&component);
    let ones: u32 = publish.tables.iter().filter(counted).map(|table| manifest.ones(table)).sum();
    if ones > MAX_ONES {
        lints.report(
            "blurred-figures",
            format!(
                "one installation of the {} may add {ones} ones to the tables, so that figures are within ±{} only",
                component.name(),
                half_width(ones)
            ),
            "noise hides all that one installation adds to a publication: the more tables there are, the more noise has each",
            "take tables out that nobody asks for; `aboveboard publish plan` says how sharp the others become",
        );
    }
}

/// Within which distance 95 of 100 figures are, where the variance of the noise is ten for each one.
fn half_width(ones: u32) -> u64 {
    // The square of 1.96 is 3.8416.
    (u64::from(ones) * 10 * 38_416 / 10_000).isqrt() + 1
}

#[cfg(test)]
mod tests {
    use super::half_width;

    #[test]
    fn the_width_is_that_of_the_noise() {
        assert_eq!([10, 11, 30, 37, 40].map(half_width), [20, 21, 34, 38, 40]);
    }
}
