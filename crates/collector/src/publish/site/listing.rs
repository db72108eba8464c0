//! The page of all publications.

use askama::Template;

use super::frame::{Frame, PageName};
use super::history::{History, Shown, active};
use super::words::{capital, day, number, period};

/// The page as the template sees it.
#[derive(Template)]
#[template(path = "published/publications.html")]
pub(super) struct Listing {
    frame: Frame,
    /// The newest first.
    rows: Vec<ListingRow>,
}

struct ListingRow {
    folder: String,
    period: String,
    id: String,
    drawn: String,
    active: String,
    range: String,
    state: String,
    reason: String,
    is_struck: bool,
}

impl Listing {
    pub(super) fn of(history: &History) -> Self {
        let rows = history.publications.iter().rev().map(row).collect();
        Self { frame: Frame::around(PageName::All, history), rows }
    }
}

fn row(shown: &Shown) -> ListingRow {
    let publication = &shown.publication;
    let figure = active(publication);
    let (state, reason) = match (&shown.withdrawal, &shown.corrected_by, &publication.corrects) {
        (Some(withdrawal), ..) => {
            (format!("withdrawn on {}", day(&withdrawal.day)), withdrawal.reason.clone())
        }
        (None, Some(correction), _) => (format!("corrected by {correction}"), String::new()),
        (None, None, Some(corrected)) => (format!("corrects {corrected}"), reason(shown)),
        (None, None, None) => ("stands".to_owned(), reason(shown)),
    };
    ListingRow {
        folder: shown.folder(),
        period: capital(&period(&publication.period)),
        id: publication.id.clone(),
        drawn: day(&publication.drawn),
        active: figure.map_or_else(
            || format!("fewer than {}", publication.parameters.small),
            |figure| number(figure.value),
        ),
        range: figure
            .map(|figure| format!("{}–{}", number(figure.low), number(figure.high)))
            .unwrap_or_default(),
        state,
        reason,
        is_struck: !shown.stands(),
    }
}

/// What the maker says of it.
fn reason(shown: &Shown) -> String {
    let texts: Vec<_> = shown.publication.notes.iter().map(|note| note.text.as_str()).collect();
    texts.join(" ")
}
