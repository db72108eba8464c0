//! The last of a document: the hashes of its files and the root of the log before it.

use aboveboard_collector::publish::site::data_files;
use aboveboard_published::publication::{FileHash, Publication};

use super::compose::CountedFiles;
use super::directory::sha256;

/// The document as it is published.
pub(super) fn finished(
    mut publication: Publication,
    previous_root: Option<String>,
    counted: &CountedFiles,
) -> Publication {
    let files = data_files(&publication);
    let mut hashes: Vec<FileHash> = files
        .iter()
        .chain(counted)
        .map(|(name, bytes)| FileHash { name: name.clone(), sha256: sha256(bytes) })
        .collect();
    hashes.sort_by(|one, other| one.name.cmp(&other.name));
    publication.files = hashes;
    publication.previous_root = previous_root;
    publication
}
