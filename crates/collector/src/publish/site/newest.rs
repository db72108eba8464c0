//! `latest.json`: what a program asks first.

use serde::Serialize;

use super::data::pretty;
use super::history::{History, Shown, active};

/// The newest publication in a few words.
#[derive(Serialize)]
struct Latest<'a> {
    /// The newest publication that stands.
    publication: &'a str,
    /// Where its document is, seen from here.
    path: String,
    drawn: &'a str,
    /// The day by which the next one is due.
    due: &'a str,
    is_small: bool,
    is_made_up: bool,
    /// None of a small publication.
    active: Option<&'a aboveboard_published::publication::Figure>,
    /// Of the newest period, where that was withdrawn and nothing stands in its place.
    withdrawn: Option<&'a str>,
}

/// The file.
pub(super) fn latest(history: &History, newest: &Shown) -> Vec<u8> {
    let publication = &newest.publication;
    let last = Some(history.latest()).filter(|last| last.withdrawal.is_some() && last.corrected_by.is_none());
    pretty(&Latest {
        publication: &publication.id,
        path: format!("{}/publication.json", newest.folder()),
        drawn: &publication.drawn,
        due: &history.latest().publication.next_due,
        is_small: publication.is_small,
        is_made_up: publication.is_made_up,
        active: active(publication),
        withdrawn: last.map(|last| last.publication.id.as_str()),
    })
}
