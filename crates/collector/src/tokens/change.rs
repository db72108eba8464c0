//! What can be done with tokens, as the verbs ask for it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::access::Scope;

/// A change of the tokens in a data directory.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum TokenChange {
    /// Makes a token.
    Make {
        /// Its name.
        name: String,
        /// What it allows.
        scope: Scope,
        /// The products that it is for; `None` for every one.
        products: Option<Vec<String>>,
    },
    /// Replaces what opens a token.
    Rotate {
        /// Its name.
        name: String,
    },
    /// Ends a token, or the cookie of a browser.
    Revoke {
        /// Its name.
        name: String,
    },
}

/// As the audit log says it.
impl fmt::Display for TokenChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Make { name, scope, products } => {
                let scope = if *scope == Scope::Read { "read" } else { "operate" };
                write!(f, "new {name} to {scope}")?;
                products.as_ref().map_or(Ok(()), |products| write!(f, " {}", products.join(" ")))
            }
            Self::Rotate { name } => write!(f, "rotate {name}"),
            Self::Revoke { name } => write!(f, "revoke {name}"),
        }
    }
}
