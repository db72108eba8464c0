//! The file of tokens in the data directory: hashes, never a token.

use std::io;
use std::path::Path;

use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::error::TokensError;
use crate::access::Scope;
use crate::config::Digest;
use crate::disk::{Folder, TOKENS};

/// Most bytes of it that are read. A token has some hundred.
const MAX_FILE_BYTES: usize = 1 << 20;

/// One token, without what opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct StoredToken {
    /// Its name, which the audit log shows.
    pub name: String,
    /// SHA-256 of the token.
    hash: Digest,
    /// What it allows.
    pub scope: Scope,
    /// The products that it is for; `None` for every one.
    pub products: Option<Vec<String>>,
    /// The day on which it was made or last rotated.
    pub created: String,
    /// For the cookie of a browser: until when it is good, in seconds since 1970 UTC.
    pub cookie_until: Option<i64>,
}

impl StoredToken {
    pub(super) fn new(
        name: String,
        hash: Digest,
        scope: Scope,
        products: Option<Vec<String>>,
        created: String,
    ) -> Self {
        Self { name, hash, scope, products, created, cookie_until: None }
    }

    pub(super) const fn hash(&self) -> &Digest {
        &self.hash
    }

    pub(super) fn rotate(&mut self, hash: Digest, created: String) {
        self.hash = hash;
        self.created = created;
    }
}

/// Where the tokens of a data directory are kept.
#[derive(Debug)]
pub(super) struct TokenFile {
    data: Folder,
}

impl TokenFile {
    pub(super) fn of(data: &Path) -> Result<Self, TokensError> {
        match Folder::make(data) {
            Ok(data) => Ok(Self { data }),
            Err(source) => Err(TokensError::Io { path: data.join(TOKENS), source }),
        }
    }

    /// The tokens; none where there is no file.
    pub(super) fn read(&self) -> Result<Vec<StoredToken>, TokensError> {
        let text = match self.data.content(TOKENS, MAX_FILE_BYTES) {
            Err(Errno::NOENT) => return Ok(Vec::new()),
            text => text.map_err(|error| self.failed(error))?,
        };
        serde_json::from_slice(&text)
            .map_err(|error| TokensError::Unreadable { path: self.data.join(TOKENS), why: error.to_string() })
    }

    /// Replaces the file, durably.
    pub(super) fn write(&self, tokens: &[StoredToken]) -> Result<(), TokensError> {
        let text = serde_json::to_vec_pretty(tokens)
            .map_err(|error| TokensError::Io { path: self.data.join(TOKENS), source: error.into() })?;
        self.data.replace(TOKENS, &text, true).map_err(|error| self.failed(error))
    }

    fn failed(&self, error: Errno) -> TokensError {
        TokensError::Io { path: self.data.join(TOKENS), source: io::Error::from(error) }
    }
}
