//! Why a proxy is not used.

use std::fmt;

/// A proxy that is named and cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnusableProxy {
    /// The variable that names it. Its value is kept nowhere: it may hold a password.
    pub variable: &'static str,
    /// Why it cannot be used.
    pub why: Why,
}

impl fmt::Display for UnusableProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy in {} cannot be used: {}", self.variable, self.why.text())
    }
}

aboveboard_types::spelled! {
    /// Why a proxy is not used.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum Why {
        /// It is no text, or longer than any address.
        Value = "value",
        /// A scheme of which no transport knows how to speak it.
        Scheme = "scheme",
        /// The host or the port does not read.
        Address = "address",
        /// The user name or password cannot be said to such a proxy.
        Credentials = "credentials",
        /// The roots come from the environment too: together they would lead what was recorded to somebody else.
        Roots = "roots",
    }
}

impl Why {
    /// The reason for people, as the end of a sentence.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Value => "its value is no text or too long",
            Self::Scheme => "its scheme is none of http, https, socks4, socks4a, socks5 and socks5h",
            Self::Address => "its host or port cannot be read",
            Self::Credentials => "its user name and password cannot be given to such a proxy",
            Self::Roots => "a variable names root certificates, too, and both together could mislead",
        }
    }
}
