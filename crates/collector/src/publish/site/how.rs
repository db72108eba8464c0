//! The page that says in sentences how the figures are made, what was added, and how to check them.

use askama::Template;

use super::frame::{Frame, PageName};
use super::history::{Counted, History, Shown};
use super::interval::{half_width_of, threshold};
use super::ledger::Loss;
use super::words::{day, number, period, unit};
use aboveboard_published::parameters::HEADLINE_VARIANCE;
use aboveboard_published::publication::Every;

/// The page as the template sees it.
#[derive(Template)]
#[template(path = "published/how.html")]
pub(super) struct How {
    frame: Frame,
    product: String,
    /// What the user calls the program, as far as the document knows.
    program: String,
    site: String,
    unit: &'static str,
    in_a_year: u8,
    small: u32,
    threshold: String,
    detail_threshold: Option<String>,
    half_width: String,
    detail_half_width: Option<String>,
    loss: Loss,
    is_made_up: bool,
    folder: String,
    counted: Counted,
    corrections: Vec<Correction>,
}

/// What did not go as it should.
struct Correction {
    folder: String,
    id: String,
    period: String,
    day: String,
    what: &'static str,
    reason: String,
}

impl How {
    pub(super) fn of(history: &History, newest: &Shown, loss: Loss) -> Self {
        let publication = &newest.publication;
        let every = publication.period.every;
        let least = publication.parameters.threshold;
        // Of all groups of details, that of the most noise.
        let detail = publication.groups.iter().skip(1).map(|group| group.variance).max();
        Self {
            frame: Frame::around(PageName::How, history),
            product: publication.product.name.clone(),
            program: publication.product.id.clone(),
            site: publication.product.site.clone(),
            unit: unit(every),
            in_a_year: if every == Every::Quarter { 4 } else { 12 },
            small: publication.parameters.small,
            threshold: number(threshold(HEADLINE_VARIANCE, least)),
            detail_threshold: detail.map(|variance| number(threshold(variance, least))),
            half_width: number(half_width_of(HEADLINE_VARIANCE)),
            detail_half_width: detail.map(|variance| number(half_width_of(variance))),
            loss,
            is_made_up: publication.is_made_up,
            folder: newest.folder(),
            counted: newest.counted,
            corrections: history.publications.iter().rev().flat_map(corrections).collect(),
        }
    }
}

fn corrections(shown: &Shown) -> Vec<Correction> {
    let publication = &shown.publication;
    let of = |day_text: &str, what, reason: &str| Correction {
        folder: shown.folder(),
        id: publication.id.clone(),
        period: period(&publication.period),
        day: day(day_text),
        what,
        reason: reason.to_owned(),
    };
    let withdrawn =
        shown.withdrawal.iter().map(|withdrawal| of(&withdrawal.day, "withdrawn", &withdrawal.reason));
    let notes = publication.notes.iter().map(|note| {
        let what = if note.about == "held" { "held back at first" } else { "drawn again, as a correction" };
        of(&publication.drawn, what, &note.text)
    });
    withdrawn.chain(notes).collect()
}
