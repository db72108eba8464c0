//! The files of a site: pages made anew of all documents, and files of the past as they are.

use std::collections::BTreeMap;

use aboveboard_collector::publish::site::{SiteDocument, SiteInput, pages};
use aboveboard_published::publication::{FileHash, LogDocument, Publication};
use aboveboard_published::{counted, paths};
use anyhow::{Context as _, bail};

use super::directory::{NewFile, SiteContent, sha256};
use super::log::Log;

/// The list of counted installations of a publication that no site has yet, by the names of its files.
pub(super) type CountedFiles = Vec<(String, Vec<u8>)>;

/// What a site is made of.
pub(super) struct Composition<'a> {
    /// The documents.
    pub(super) log: &'a Log,
    /// The signed head; none for figures that are made up.
    pub(super) checkpoint: Option<String>,
    /// The keys that the manifest names.
    pub(super) keys: &'a [String],
    /// The lists of counted installations by the id of their publication, where they are still kept.
    pub(super) counted: &'a BTreeMap<String, CountedFiles>,
}

impl Composition<'_> {
    /// All files of the site. What is published already stays as it is.
    pub(super) fn files(&self, before: &SiteContent) -> anyhow::Result<BTreeMap<String, NewFile>> {
        let input = SiteInput {
            documents: self.log.documents().iter().map(|known| self.document(known)).collect(),
            checkpoint: self.checkpoint.clone(),
            keys: self.keys.to_vec(),
        };
        let pages = pages(&input).context("the site cannot be made")?;
        let mut files: BTreeMap<String, NewFile> =
            pages.into_iter().map(|(path, bytes)| (path, NewFile::Bytes(bytes))).collect();
        for (document, _) in self.log.documents() {
            if let LogDocument::Publication(publication) = document {
                publication
                    .files
                    .iter()
                    .try_for_each(|file| settle(&mut files, before, publication, file))?;
            }
        }
        Ok(files)
    }

    fn document(&self, (document, bytes): &(LogDocument, Vec<u8>)) -> SiteDocument {
        let counted = match document {
            LogDocument::Publication(publication) => {
                self.counted.get(&publication.id).cloned().unwrap_or_else(|| at_the_site(publication))
            }
            LogDocument::Withdrawal(_) => Vec::new(),
        };
        SiteDocument { document: document.clone(), bytes: bytes.clone(), counted }
    }
}

/// The list of a publication that the site has already: by its names alone, since its files stay as they are.
fn at_the_site(publication: &Publication) -> CountedFiles {
    let names =
        publication.files.iter().map(|file| &file.name).filter(|name| name.starts_with(counted::STEM));
    names.map(|name| (name.clone(), Vec::new())).collect()
}

/// Sees to it that a file whose hash stands in a publication is that file.
fn settle(
    files: &mut BTreeMap<String, NewFile>,
    before: &SiteContent,
    publication: &Publication,
    file: &FileHash,
) -> anyhow::Result<()> {
    let path = paths::file(&publication.id, &file.name);
    if before.hash(&path) == Some(&file.sha256) && before.has(&path) {
        files.insert(path, NewFile::AsItIs);
        return Ok(());
    }
    match files.get(&path) {
        Some(NewFile::Bytes(bytes)) if sha256(bytes) == file.sha256 => Ok(()),
        _ => bail!(
            "{path} is not in the site directory as it was published, and cannot be made again: fetch it back, from the web \
             server, a backup or your repository. Nothing was written"
        ),
    }
}
