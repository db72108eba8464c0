//! What an operator may see and change.

use std::sync::Arc;

/// The products of an operator. The guard puts it into the extensions of every request that it lets through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Every product.
    All,
    /// One.
    One(Arc<str>),
}

impl Access {
    /// Whether this product is among them.
    pub(crate) fn sees(&self, product: &str) -> bool {
        match self {
            Self::All => true,
            Self::One(own) => **own == *product,
        }
    }
}
