//! What draws may cost together: the publications of any twelve months, one more than a year has.

use aboveboard_published::ledger::{year_at_most, year_loss};
use aboveboard_published::period::PublicationId;
use aboveboard_published::publication::LogDocument;
use aboveboard_published::ratio::Ratio;

use super::error::KeepError;
use super::record::KeptDraw;

/// Refuses a draw that would cost so much that the publications of some twelve months cost more than they may. Every draw
/// counts, whether it is shown or not.
pub(super) fn check(draws: &[KeptDraw], id: PublicationId, more: Ratio) -> Result<(), KeepError> {
    let documents: Vec<LogDocument> =
        draws.iter().map(|draw| LogDocument::Publication(Box::new(draw.publication.clone()))).collect();
    let cap = year_at_most(id.period.every());
    let later = documents.iter().filter_map(LogDocument::parsed_id).map(|later| later.period);
    let first = id.period.last_month();
    let in_a_year = later.filter(|later| later.last_month() >= first && later.last_month() < first + 12);
    for newest in in_a_year.chain([id.period]) {
        let spent = year_loss(&documents, newest).unwrap_or(cap);
        if spent.plus(more).is_none_or(|sum| sum > cap) {
            let id = id.to_string();
            return Err(KeepError::Cap { id, more, upto: newest.to_string(), spent, cap });
        }
    }
    Ok(())
}
