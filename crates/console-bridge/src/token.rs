//! The token of a process: a page gets it with the config and sends it back in a header.
//!
//! A page of another origin can neither read the config nor set the header without a preflight request, and another
//! user of the machine does not get the token. It says nothing about the page: all pages of a process have the same.

use aboveboard_types::headers;
use aboveboard_types::id::Id;
use http::HeaderMap;

/// The token, in the text that pages send.
pub(crate) struct Token(String);

impl Token {
    pub(crate) fn new(random: Id) -> Self {
        Self(random.to_string())
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// Whether a request carries it, once. The time this takes does not depend on where they differ.
    pub(crate) fn is_in(&self, request: &HeaderMap) -> bool {
        let mut given = request.get_all(headers::TOKEN).iter();
        let Some(first) = given.next().filter(|_| given.next().is_none()) else { return false };
        let given = first.as_bytes();
        let own = self.0.as_bytes();
        given.len() == own.len() && given.iter().zip(own).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
    }
}
