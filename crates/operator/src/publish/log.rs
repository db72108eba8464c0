//! The log: every document of a product in its order, each of which names the root before it.

use aboveboard_published::note::Checkpoint;
use aboveboard_published::publication::LogDocument;
use aboveboard_published::tree::{Digest, leaf, root};
use aboveboard_types::hex;
use anyhow::Context as _;

/// The documents with their bytes and leaves.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    documents: Vec<(LogDocument, Vec<u8>)>,
    leaves: Vec<Digest>,
}

impl Log {
    /// The log of these documents.
    pub(super) fn of(documents: impl IntoIterator<Item = LogDocument>) -> anyhow::Result<Self> {
        documents.into_iter().try_fold(Self::default(), |mut log, document| log.push(document).map(|()| log))
    }

    /// Puts a document at the end.
    pub(super) fn push(&mut self, document: LogDocument) -> anyhow::Result<()> {
        let bytes = document.bytes().context("a document cannot be written")?;
        self.leaves.push(leaf(&bytes));
        self.documents.push((document, bytes));
        Ok(())
    }

    /// The documents with their bytes.
    pub(super) fn documents(&self) -> &[(LogDocument, Vec<u8>)] {
        &self.documents
    }

    /// The leaves.
    pub(super) fn leaves(&self) -> &[Digest] {
        &self.leaves
    }

    /// The root over all in hexadecimal digits; none where there is no document.
    pub(super) fn root(&self) -> Option<String> {
        (!self.leaves.is_empty()).then(|| hex::encode(&root(&self.leaves)))
    }

    /// The head, as it is signed.
    pub(super) fn checkpoint(&self, origin: &str) -> Checkpoint {
        Checkpoint { origin: origin.to_owned(), size: self.leaves.len() as u64, root: root(&self.leaves) }
    }
}
