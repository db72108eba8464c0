//! The Atom feed: one entry for each document of the log, with the root of the log. A reader that keeps it is a witness.

use aboveboard_published::publication::LogDocument;
use aboveboard_published::tree;
use aboveboard_types::hex;
use askama::Template;

use super::history::{History, Shown};
use super::input::SiteInput;
use super::sentences;
use super::words::{capital, period};

/// The feed as the template sees it.
#[derive(Template)]
#[template(path = "published/feed.xml")]
pub(super) struct Feed {
    site: String,
    title: String,
    author: String,
    updated: String,
    /// The newest first.
    entries: Vec<FeedEntry>,
}

struct FeedEntry {
    id: String,
    title: String,
    updated: String,
    page: String,
    text: String,
}

impl Feed {
    pub(super) fn of(input: &SiteInput, history: &History, newest: &Shown) -> Self {
        let product = &newest.publication.product;
        let leaves: Vec<_> = input.documents.iter().map(|entry| tree::leaf(&entry.bytes)).collect();
        let mut entries: Vec<_> = input
            .documents
            .iter()
            .enumerate()
            .filter_map(|(place, document)| {
                let root = hex::encode(&tree::root(leaves.get(..=place)?));
                entry(history, &document.document, &product.site, place, &root)
            })
            .collect();
        entries.reverse();
        Self {
            site: product.site.clone(),
            title: format!("{}: published figures", product.name),
            author: product.controller.clone(),
            updated: entries.first().map(|entry| entry.updated.clone()).unwrap_or_default(),
            entries,
        }
    }
}

fn entry(
    history: &History,
    document: &LogDocument,
    site: &str,
    place: usize,
    root: &str,
) -> Option<FeedEntry> {
    let is_of = |shown: &&Shown| match document {
        LogDocument::Publication(_) => shown.place == place,
        LogDocument::Withdrawal(_) => shown.withdrawal_place == Some(place),
    };
    let shown = history.publications.iter().find(is_of)?;
    let publication = &shown.publication;
    let page = format!("{site}/{}/", shown.folder());
    let period = capital(&period(&publication.period));
    let log = format!("Log: {} documents, root {root}.", place + 1);
    let (id, title, day, text) = match (document, &shown.withdrawal) {
        (LogDocument::Withdrawal(_), Some(withdrawal)) => {
            let text = format!("{} {} {log}", sentences::withdrawn(withdrawal), withdrawal.reason);
            (format!("{page}withdrawal.json"), format!("{period}: withdrawn"), &withdrawal.day, text)
        }
        _ => {
            let notes: Vec<_> = publication.notes.iter().map(|note| format!(" {}", note.text)).collect();
            let doubt = sentences::doubt(publication).map(|doubt| format!(" ({doubt})")).unwrap_or_default();
            let sentence = sentences::headline(publication).text();
            (page.clone(), period, &publication.drawn, format!("{sentence}{doubt}.{} {log}", notes.concat()))
        }
    };
    Some(FeedEntry { id, title, updated: format!("{day}T00:00:00Z"), page, text })
}
