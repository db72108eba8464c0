//! Why an endpoint is not used.

use std::fmt;

/// Why an endpoint is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unusable {
    /// Not `https://`; `http://` only together with `allow_private`.
    NotHttps,
    /// A user name or password stands before the host.
    UserInfo,
    /// The host is empty, longer than a name may be, or spelled in a way that readers disagree about.
    Host,
    /// The port is not a number from 1 to 65535.
    Port,
    /// The path holds more than plain segments: a query, a fragment, an escape, a backslash.
    Path,
    /// Longer than 256 bytes.
    TooLong,
    /// An address that is loopback, link-local, private or reserved.
    PrivateAddress,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotHttps => "the endpoint is not https",
            Self::UserInfo => "the endpoint holds a user name",
            Self::Host => "the endpoint's host is not a plain name or address",
            Self::Port => "the endpoint's port is not a number from 1 to 65535",
            Self::Path => "the endpoint's path is not plain",
            Self::TooLong => "the endpoint is longer than 256 bytes",
            Self::PrivateAddress => "the endpoint is a private address and private addresses are not allowed",
        })
    }
}

impl std::error::Error for Unusable {}
