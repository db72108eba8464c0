//! What generated code calls; no part of the interface.

pub use aboveboard_macros::typed_api;
pub use aboveboard_types::typed::edge_of;

/// The numbers of a timing, whatever its size.
#[cfg(feature = "telemetry")]
pub type AnyMeter = dyn aboveboard_types::typed::MeterSums;
#[cfg(not(feature = "telemetry"))]
pub use crate::disabled::AnyMeter;

/// The hash inside an embedded manifest. It borrows from the whole, so a binary that keeps the declaration keeps the
/// manifest too, where `aboveboard inspect` finds it.
#[cfg(feature = "telemetry")]
#[must_use]
pub const fn hash_of(embedded: &'static str) -> std::borrow::Cow<'static, str> {
    let (_, rest) = embedded.split_at("aboveboard.manifest/1 ".len());
    let (hash, _) = rest.split_at(64);
    std::borrow::Cow::Borrowed(hash)
}

/// Whether this build is a release of `product`.
#[must_use]
pub const fn released(release: Option<&str>, product: &str) -> bool {
    let Some(release) = release else { return false };
    let release = release.as_bytes();
    let product = product.as_bytes();
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
