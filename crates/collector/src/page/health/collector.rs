//! What concerns the collector and not one product: its clock, its disk, when it did not run, manifests without a page.

use aboveboard_store::calendar::{SECONDS_A_DAY, day_of};
use aboveboard_store::figures::health::Outage;

use super::message::HealthMessage;
use super::refused::of_nobody;
use crate::access::Access;
use crate::manifests::{MAX_NAMED_REJECTIONS, RejectedManifest};
use crate::page::format;
use crate::page::state::PageState;

/// How long it is said that the collector did not run, in seconds after it started again.
const OUTAGE_IS_NEWS: i64 = SECONDS_A_DAY;

/// What an operator has to know of the collector. `pages` are the products that have a page, where the rest is said.
pub(crate) fn of_collector(state: &PageState, access: &Access, pages: &[String]) -> Vec<HealthMessage> {
    let mut messages = Vec::new();
    if let Err(problem) = state.clock.check() {
        messages.push(HealthMessage::bad(format!("Agents are told to come again: {problem}.")));
    }
    let has_page = |product: &str| pages.iter().any(|page| page == product);
    messages.extend(rejected(state, |rejected| match rejected.product.as_deref() {
        Some(product) => access.sees(product) && !has_page(product),
        None => access.sees_all(),
    }));
    messages.extend(outage(&state.outages.list(), (state.now)(), state.is_one_of_several));
    if access.sees_all() {
        messages.extend(
            state.warning.map(|warning| HealthMessage::notice(format!("{}.", format::capital(warning)))),
        );
        messages.extend(of_nobody(state));
    }
    messages
}

/// The manifests that cannot be used and are wanted.
pub(super) fn rejected(
    state: &PageState,
    is_wanted: impl Fn(&RejectedManifest) -> bool,
) -> Vec<HealthMessage> {
    let rejected = state.manifests.rejected();
    let mut wanted = rejected.iter().filter(|rejected| is_wanted(rejected));
    let mut messages = Vec::new();
    for RejectedManifest { file, product, why } in wanted.by_ref().take(MAX_NAMED_REJECTIONS) {
        let product = product.as_deref().unwrap_or("an unknown product");
        messages.push(HealthMessage::bad(format!(
            "The manifest {file} of {product} cannot be used: {}. What was in force stays; what needs this revision waits \
             with its agents until the file is mended.",
            in_short(why)
        )));
    }
    let more = wanted.count() as u64;
    if more > 0 {
        let manifests = format::counted(more, "manifest", "manifests");
        messages.push(HealthMessage::bad(format!("And {manifests} more cannot be used.")));
    }
    messages
}

/// What is wrong, and the remedy where there is one, of the first problem of a manifest: the whole of it is in the log.
fn in_short(why: &str) -> String {
    let mut parts = why.split("; ");
    let first = parts.next().unwrap_or_default();
    let first = first.strip_prefix("error: ").unwrap_or(first);
    match parts.find_map(|part| part.trim_start().strip_prefix("= remedy: ")) {
        Some(remedy) => format!("{first} (remedy: {})", remedy.trim_end_matches('.')),
        None => first.to_owned(),
    }
}

fn outage(outages: &[Outage], now: i64, is_one_of_several: bool) -> Option<HealthMessage> {
    let last = outages.last().filter(|outage| now - outage.to < OUTAGE_IS_NEWS)?;
    let age = |seconds: i64| format::age(seconds);
    let meanwhile = if is_one_of_several {
        "other collectors of the cluster may have taken in what came meanwhile"
    } else {
        "what agents kept meanwhile comes later"
    };
    Some(HealthMessage::notice(format!(
        "This collector did not run for {} and started {} ago, on {}; {meanwhile}.",
        age(last.to - last.from),
        age(now - last.to),
        format::weekday(day_of(last.to), day_of(now)),
    )))
}
