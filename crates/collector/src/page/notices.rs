//! What keeps the collector from its work, in words, above every page.

use aboveboard_store::calendar::day_of;

use super::format;
use super::state::PageState;
use crate::access::Access;
use crate::dates::iso;
use crate::manifests::MAX_NAMED_REJECTIONS;

/// A line for each thing that an operator has to mend, as far as it concerns their products.
pub(super) fn notices(state: &PageState, access: &Access) -> Vec<String> {
    let mut notices = Vec::new();
    if let Err(problem) = state.clock.check() {
        notices.push(format!("Agents are told to come again: {problem}."));
    }
    let rejected = state.manifests.rejected();
    let concerns = |product: Option<&str>| match product {
        Some(product) => access.sees(product),
        None => access.sees_all(),
    };
    let mut theirs = rejected.iter().filter(|rejected| concerns(rejected.product.as_deref()));
    for rejected in theirs.by_ref().take(MAX_NAMED_REJECTIONS) {
        let product = rejected.product.as_deref().unwrap_or("an unknown product");
        notices.push(format!(
            "The manifest {} of {product} cannot be used: {}. What was in force stays; what needs this revision waits \
             with its agents until the file is mended.",
            rejected.file, rejected.why
        ));
    }
    let more = theirs.count();
    if more > 0 {
        notices.push(format!("And {more} more manifests cannot be used."));
    }
    if let Some(warning) = state.warning.filter(|_| access.sees_all()) {
        notices.push(format!("Note: {warning}."));
    }
    for paused in state.paused.list().into_iter().filter(|paused| access.sees(&paused.product)) {
        notices.push(format!(
            "{} of {} is paused since {}: {} left out since the collector started.",
            paused.item,
            paused.product,
            iso(day_of(paused.since)),
            format::counted(paused.left_out, "event or part of one was", "events or parts of one were"),
        ));
    }
    notices
}
