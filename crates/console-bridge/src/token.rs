//! Secrets of a process that requests carry in a header, and the one of pages: a page gets it with the config and sends it
//! back.
//!
//! A page of another origin can neither read the config nor set the header without a preflight request, and another
//! user of the machine does not get the token. It says nothing about the page: all pages of a process have the same.

use aboveboard_types::headers;
use aboveboard_types::id::Id;
use http::HeaderMap;

/// A secret in the text that requests carry, and the header in which they do.
pub struct Token {
    header: &'static str,
    text: String,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("header", &self.header).finish_non_exhaustive()
    }
}

impl Token {
    /// The token of pages.
    pub(crate) fn new(random: Id) -> Self {
        Self::in_header(headers::TOKEN, random)
    }

    /// A secret made of a fresh random id, which requests carry in this header.
    #[must_use]
    pub fn in_header(header: &'static str, random: Id) -> Self {
        Self { header, text: random.to_string() }
    }

    /// What requests carry.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a request carries it, once. The time this takes does not depend on where they differ.
    #[must_use]
    pub fn is_in(&self, request: &HeaderMap) -> bool {
        let mut given = request.get_all(self.header).iter();
        let Some(first) = given.next().filter(|_| given.next().is_none()) else { return false };
        let given = first.as_bytes();
        let own = self.text.as_bytes();
        given.len() == own.len() && given.iter().zip(own).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
    }
}
