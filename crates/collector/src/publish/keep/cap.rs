//! What draws may cost together: the publications of any twelve months, one more than a year has.

use aboveboard_published::ledger::{Charge, year_at_most, year_loss};
use aboveboard_published::period::PublicationId;
use aboveboard_published::publication::LogDocument;
use aboveboard_published::ratio::Ratio;

use super::error::KeepError;
use super::record::{DrawState, KeptDraw};

/// Refuses a draw that would cost so much that the publications of some twelve months cost more than they may. Every draw
/// counts, whether it is shown or not.
pub(super) fn check(draws: &[KeptDraw], id: PublicationId, more: Ratio) -> Result<(), KeepError> {
    let charges: Option<Vec<Charge>> = draws.iter().map(charge).collect();
    let cap = year_at_most(id.period.every());
    let later = draws.iter().filter_map(id_of).map(|later| later.period);
    let first = id.period.last_month();
    let in_a_year = later.filter(|later| later.last_month() >= first && later.last_month() < first + 12);
    for newest in in_a_year.chain([id.period]) {
        let spent = charges.as_ref().and_then(|charges| year_loss(charges, newest)).unwrap_or(cap);
        if spent.plus(more).is_none_or(|sum| sum > cap) {
            let id = id.to_string();
            return Err(KeepError::Cap { id, more, upto: newest.to_string(), spent, cap });
        }
    }
    Ok(())
}

fn id_of(draw: &KeptDraw) -> Option<PublicationId> {
    PublicationId::parse(&draw.publication.id)
}

/// As the ledger charges it.
fn charge(draw: &KeptDraw) -> Option<Charge> {
    match &draw.state {
        DrawState::Withdrawn { published: None, .. } => id_of(draw).map(Charge::unseen),
        _ => Charge::of(&LogDocument::Publication(Box::new(draw.publication.clone()))),
    }
}
