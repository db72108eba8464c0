//! The log: every document of a product in its order, each of which names the root before it.

use aboveboard_published::publication::LogDocument;
use anyhow::Context as _;

/// The documents with their bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    documents: Vec<(LogDocument, Vec<u8>)>,
}

impl Log {
    /// The log of these documents.
    pub(super) fn of(documents: impl IntoIterator<Item = LogDocument>) -> anyhow::Result<Self> {
        documents.into_iter().try_fold(Self::default(), |mut log, document| log.push(document).map(|()| log))
    }

    /// Puts a document at the end.
    pub(super) fn push(&mut self, document: LogDocument) -> anyhow::Result<()> {
        let bytes = document.bytes().context("a document cannot be written")?;
        self.documents.push((document, bytes));
        Ok(())
    }

    /// The documents with their bytes.
    pub(super) fn documents(&self) -> &[(LogDocument, Vec<u8>)] {
        &self.documents
    }
}
