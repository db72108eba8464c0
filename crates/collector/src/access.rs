//! What an operator may see and change.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Whether a token may only look, or also change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The page, its tables and rows, and metrics.
    Read,
    /// All of it, and what changes something: manifests, erasures, and so on.
    Operate,
}

/// Who an operator is, and of what. The guard puts it into the extensions of every request that it lets through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    /// The name of the token, or the user of this machine: for the audit log.
    pub(crate) who: Arc<str>,
    /// The products; `None` for every one.
    products: Option<Arc<[String]>>,
    scope: Scope,
}

impl Access {
    /// Access to every product.
    pub(crate) fn to_all(who: &str, scope: Scope) -> Self {
        Self { who: who.into(), products: None, scope }
    }

    /// Access to these products.
    pub(crate) fn to_some(who: &str, products: &[String], scope: Scope) -> Self {
        Self { who: who.into(), products: Some(products.into()), scope }
    }

    /// Whether this product is among them.
    pub(crate) fn sees(&self, product: &str) -> bool {
        self.products.as_ref().is_none_or(|own| own.iter().any(|own| own == product))
    }

    /// Whether it is to every product.
    pub(crate) fn sees_all(&self) -> bool {
        self.products.is_none()
    }

    /// Whether it may change something.
    pub(crate) fn operates(&self) -> bool {
        self.scope == Scope::Operate
    }
}
