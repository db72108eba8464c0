//! The documents of a log, in their order.

use crate::canonical::{self, Document, NotADocument};
use crate::period::PublicationId;
use crate::publication::{LogDocument, Publication, Withdrawal};

/// The most documents that a log has: those of two hundred years of months.
pub const MAX_DOCUMENTS: usize = 2_400;

impl LogDocument {
    /// The publication that it is, or that it withdraws.
    #[must_use]
    pub fn publication_id(&self) -> &str {
        match self {
            Self::Publication(publication) => &publication.id,
            Self::Withdrawal(withdrawal) => &withdrawal.withdraws,
        }
    }

    /// The same id, understood.
    #[must_use]
    pub fn parsed_id(&self) -> Option<PublicationId> {
        PublicationId::parse(self.publication_id())
    }

    /// Product id.
    #[must_use]
    pub fn product(&self) -> &str {
        match self {
            Self::Publication(publication) => &publication.product.id,
            Self::Withdrawal(withdrawal) => &withdrawal.product,
        }
    }

    /// The day on which it came to be: that of the draw, or of the withdrawal.
    #[must_use]
    pub fn day(&self) -> &str {
        match self {
            Self::Publication(publication) => &publication.drawn,
            Self::Withdrawal(withdrawal) => &withdrawal.day,
        }
    }

    /// The root of the log before it, in hexadecimal digits; none of the first.
    #[must_use]
    pub fn previous_root(&self) -> Option<&str> {
        match self {
            Self::Publication(publication) => publication.previous_root.as_deref(),
            Self::Withdrawal(withdrawal) => Some(&withdrawal.previous_root),
        }
    }

    /// The canonical bytes.
    ///
    /// # Errors
    /// As [`canonical::write`].
    pub fn bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        match self {
            Self::Publication(publication) => canonical::write(publication.as_ref()),
            Self::Withdrawal(withdrawal) => canonical::write(withdrawal),
        }
    }

    /// Reads the canonical bytes of a publication, or of a withdrawal.
    ///
    /// # Errors
    /// As [`canonical::read`].
    pub fn read(bytes: &[u8], is_withdrawal: bool) -> Result<Self, NotADocument> {
        if is_withdrawal {
            return canonical::read(bytes).map(Self::Withdrawal);
        }
        canonical::read(bytes).map(|publication| Self::Publication(Box::new(publication)))
    }
}

impl Document for Publication {}
impl Document for Withdrawal {}
