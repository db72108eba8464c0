//! Product-usage telemetry that both sides can see: the crate that adopters add.
//!
//! A product declares in `telemetry.toml` what it may collect; [`manifest!`] makes a typed API of it, and the
//! agents behind the features `server`, `cli` and `console` record, ask and deliver.
#![forbid(unsafe_code)]

pub use aboveboard_core::declaration::Declaration;
pub use aboveboard_core::typed::{Bounded, Counts, Record};
pub use aboveboard_core::{declaration, event, id, value};
pub use aboveboard_macros::manifest;

#[cfg(feature = "cli")]
pub use aboveboard_cli_agent as cli;
#[cfg(feature = "console")]
pub use aboveboard_console_bridge as console;
#[cfg(feature = "testing")]
pub use aboveboard_core::testing;
#[cfg(feature = "server")]
pub use aboveboard_server_agent as server;

/// The declaration that `manifest!` writes.
#[doc(hidden)]
#[macro_export]
macro_rules! __product {
    (marked: $marked:literal, declaration: { $($field:ident: $value:expr,)* }) => {
        $crate::Declaration { hash: $crate::__private::hash_of($marked), $($field: $value,)* }
    };
}

/// What generated code calls; no part of the interface.
#[doc(hidden)]
pub mod __private {
    use std::borrow::Cow;

    pub use aboveboard_core::typed::edge_of;

    /// The hash inside a marked manifest. It borrows from the whole, so whoever keeps the declaration keeps the
    /// manifest in the binary, where `aboveboard inspect` finds it.
    #[must_use]
    pub const fn hash_of(marked: &'static str) -> Cow<'static, str> {
        let (_, rest) = marked.split_at("aboveboard.manifest/1 ".len());
        let (hash, _) = rest.split_at(16);
        Cow::Borrowed(hash)
    }

    /// Whether this build is a release of `product`.
    #[must_use]
    pub const fn released(release: Option<&str>, product: &str) -> bool {
        let Some(release) = release else { return false };
        let (release, product) = (release.as_bytes(), product.as_bytes());
        if release.len() != product.len() {
            return false;
        }
        let mut at = 0;
        while at < product.len() {
            if release[at] != product[at] {
                return false;
            }
            at += 1;
        }
        true
    }
}
