//! Lints of funnels: steps that nobody can take, or that seem to lose who takes them.

use std::collections::BTreeSet;

use super::item_lints::ItemLints;
use crate::funnel::Recorder;
use crate::grammar::name;
use crate::problem::Problem;
use crate::{Date, Funnel, ItemInfo, Manifest, StepItem};

pub(super) fn lint(manifest: &Manifest, funnel: &Funnel) -> Vec<Problem> {
    let mut lints = ItemLints::new(manifest, &funnel.allow, &funnel.span);
    lints.name(&funnel.name);
    lints.why(&funnel.why);
    for pair in funnel.steps.windows(2) {
        if manifest.meanings(&pair[0]) == manifest.meanings(&pair[1])
            && !manifest.meanings(&pair[0]).is_empty()
        {
            lints.report(
                "repeated-step",
                format!("the step `{}` follows itself", pair[1]),
                "whoever does it once has done both steps, so the second says nothing",
                "remove one of the two",
            );
        }
    }
    let mut known = Vec::new();
    for step in &funnel.steps {
        match manifest.meanings(step).into_iter().next().filter(|item| manifest.declares(item)) {
            Some(item) => known.push((&**step, item)),
            None => unknown(&mut lints, manifest, step),
        }
    }
    apart(&mut lints, manifest, &known);
    expires(&mut lints, manifest, &known);
    for (step, item) in &known {
        let StepItem::Event(name) = item else { continue };
        let share = manifest.events.iter().find(|event| event.name == *name).and_then(|it| it.limits.share);
        if let Some(share) = share {
            lints.report(
                "sampled-step",
                format!("only {share} of the installations record `{step}`"),
                "the others seem to stop there, although they go on",
                "remove `share` from the event, or choose another step",
            );
        }
    }
    lints.finish()
}

fn unknown(lints: &mut ItemLints<'_>, manifest: &Manifest, step: &str) {
    let name = step.split_once(':').map_or(step, |(_, name)| name);
    let remedy = if let Some(now) = manifest.now_called(step) {
        format!("write `{}`, as it is called now", now.spelled())
    } else if let Some(near) = name::nearest(name, manifest.step_names()) {
        format!("write `{near}`, if that is meant")
    } else {
        "declare it as an event, command or action, or remove the step".to_owned()
    };
    lints.report(
        "unknown-step",
        format!("the step `{step}` is not declared"),
        "nothing new is recorded of it, so from here on everybody seems to stop",
        &remedy,
    );
}

/// Each installation is a server's or a user's; a funnel whose steps need both loses everybody.
fn apart(lints: &mut ItemLints<'_>, manifest: &Manifest, known: &[(&str, StepItem)]) {
    let mut common: Option<(BTreeSet<Recorder>, &str)> = None;
    for (step, item) in known {
        let own = manifest.recorders(item);
        let Some((before, first)) = &common else {
            common = Some((own, step));
            continue;
        };
        let both: BTreeSet<_> = before.intersection(&own).copied().collect();
        if both.is_empty() {
            let of = |set: &BTreeSet<Recorder>| set.first().map_or("no installation", |one| one.title());
            let what = format!("`{first}` is recorded by {}, `{step}` by {}", of(before), of(&own));
            lints.report(
                "steps-apart",
                what,
                "a funnel follows one installation, and none of them does both",
                "choose steps of one component, or make two funnels of it",
            );
            return;
        }
        if both.len() < before.len() {
            common = Some((both, step));
        }
    }
}

/// A step that ends first stops everybody from then on.
fn expires(lints: &mut ItemLints<'_>, manifest: &Manifest, known: &[(&str, StepItem)]) {
    let end = |info: &ItemInfo| info.until.unwrap_or(Date::LAST);
    // Commands and actions have no last day of their own.
    let until = |item: &StepItem| match item {
        StepItem::Event(name) => {
            manifest.events.iter().find(|event| event.name == *name).map(|event| end(&event.info))
        }
        StepItem::Report => {
            let counts = manifest.counts.iter().map(|count| end(&count.info));
            // The report goes on as long as one of its numbers.
            counts.chain(manifest.timings.iter().map(|timing| end(&timing.info))).max()
        }
        _ => None,
    };
    let ends: Vec<_> = known.iter().filter_map(|(step, item)| Some((*step, until(item)?))).collect();
    let last = ends.iter().map(|(_, end)| *end).max();
    for (step, end) in ends.iter().filter(|(_, end)| Some(*end) < last) {
        lints.report(
            "step-expires",
            format!("`{step}` is recorded until {end}, other steps go on"),
            "from that day on everybody seems to stop there",
            "give all steps the same last day, or end the funnel with it",
        );
    }
}
