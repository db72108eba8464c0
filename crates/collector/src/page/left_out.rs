//! Data that the marks keep out of headline figures, so that nobody takes it for missing.

use aboveboard_store::context::{MarksFilter, is_headline};
use aboveboard_store::read::EventTotal;
use aboveboard_types::envelope::CodingAgents;

use super::format;
use super::scope::{Scope, coding_agents};

/// What is said of it, and the address that shows it; nothing where there is none, or where it is not kept out.
pub(crate) fn left_out(scope: &Scope, totals: &[EventTotal]) -> Option<(String, String)> {
    let query = &scope.query;
    let agents = coding_agents(scope.manifest.as_deref());
    let others = totals.iter().filter(|total| !is_headline(total.marks, agents));
    let others: u64 = others.map(|total| total.events).sum();
    if others == 0 || query.contexts.marks != MarksFilter::default() {
        return None;
    }
    let words = format!(
        "{} from {} sources {} left out of these figures.",
        format::counted(others, "event", "events"),
        match agents {
            CodingAgents::Counted => "synthetic, test, CI or development",
            CodingAgents::Apart => "synthetic, test, CI, development or coding agents'",
        },
        if others == 1 { "is" } else { "are" }
    );
    Some((words, query.with(|query| query.contexts.marks = MarksFilter::All)))
}
