//! All files of a site.

use aboveboard_published::canonical;
use aboveboard_published::paths;
use aboveboard_published::publication::LogDocument;
use aboveboard_published::tree;
use aboveboard_types::hex;
use askama::Template;

use super::badge::badges;
use super::clean::file_name;
use super::data::{data_files, history as history_table};
use super::dictionary::Dictionary;
use super::feed::Feed;
use super::frame::PageName;
use super::history::{History, Shown};
use super::how::How;
use super::input::{SiteDocument, SiteInput};
use super::ledger::{Loss, ledger};
use super::licence::licence;
use super::listing::Listing;
use super::newest::latest;
use super::package::package;
use super::publication_page::PublicationPage;

/// A file of a site: its path, with slashes, and its bytes.
pub type SiteFile = (String, Vec<u8>);

const STYLE: &str =
    concat!(include_str!("../../../assets/palette.css"), include_str!("../../../assets/published.css"));
const ICON: &str = include_str!("../../../assets/icon.svg");

/// Why a site cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// A template or a document could not be written.
    #[error("a page cannot be written: {0}")]
    Page(#[from] askama::Error),
    /// The ledger could not be written.
    #[error("the ledger cannot be written: {0}")]
    Ledger(#[from] serde_json::Error),
    /// The documents are of no log.
    #[error("a document names no period, or the ledger does not add up")]
    NoLedger,
}

/// All files of the site, ordered by their paths; none where no publication is among the documents.
///
/// # Errors
/// Where the documents are of no log.
pub fn pages(input: &SiteInput) -> Result<Vec<SiteFile>, SiteError> {
    let Some(history) = History::of(input) else { return Ok(Vec::new()) };
    let newest = history.newest();
    let ledger = ledger(input).ok_or(SiteError::NoLedger)?;
    let page =
        |shown: &Shown, here| PublicationPage::of(&history, shown, here, Loss::of(&ledger, shown)).render();
    let mut files: Vec<SiteFile> = Vec::new();
    let mut add = |path: &str, bytes: Vec<u8>| files.push((path.to_owned(), bytes));
    add("index.html", page(newest, PageName::Newest)?.into_bytes());
    add("how.html", How::of(&history, newest, Loss::of(&ledger, newest)).render()?.into_bytes());
    add("dictionary.html", Dictionary::of(&history, newest).render()?.into_bytes());
    add("publications.html", Listing::of(&history).render()?.into_bytes());
    add("style.css", STYLE.into());
    add("icon.svg", ICON.into());
    add("datapackage.json", package(newest));
    let standing: Vec<_> =
        history.publications.iter().filter(|shown| shown.stands()).map(|shown| &shown.publication).collect();
    add("history.csv", history_table(&standing));
    add("latest.json", latest(&history, newest));
    add("LICENSE", licence(&newest.publication.product).into_bytes());
    add(paths::LEDGER, canonical::write(&ledger)?);
    if let Some(checkpoint) = &input.checkpoint {
        add(paths::CHECKPOINT, checkpoint.clone().into_bytes());
    }
    if !newest.publication.is_made_up {
        add("feed.xml", Feed::of(input, &history, newest).render()?.into_bytes());
        add(paths::LEAVES, leaves(input).into_bytes());
        add(paths::KEYS, input.keys.iter().flat_map(|key| [key, "\n"]).collect::<String>().into_bytes());
    }
    files.extend(badges(&history)?);
    for shown in &history.publications {
        let html = page(shown, PageName::Publication)?.into_bytes();
        files.push((format!("{}/index.html", shown.folder()), html));
    }
    files.extend(input.documents.iter().flat_map(beside));
    files.sort();
    Ok(files)
}

/// The leaves of the log, one a line.
fn leaves(input: &SiteInput) -> String {
    input.documents.iter().map(|entry| hex::encode(&tree::leaf(&entry.bytes)) + "\n").collect()
}

/// A document and what lies beside it.
fn beside(entry: &SiteDocument) -> Vec<SiteFile> {
    let folder = file_name(entry.document.publication_id());
    let LogDocument::Publication(publication) = &entry.document else {
        return vec![(paths::withdrawal(&folder), entry.bytes.clone())];
    };
    let mut files = vec![(paths::publication(&folder), entry.bytes.clone())];
    files.extend(
        data_files(publication).into_iter().map(|(name, bytes)| (paths::file(&folder, &name), bytes)),
    );
    files.extend(entry.counted.iter().map(|(name, bytes)| (paths::file(&folder, name), bytes.clone())));
    files
}
