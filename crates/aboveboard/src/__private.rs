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
    let (_, rest) = embedded.split_at(MARKER.len());
    let (hash, _) = rest.split_at(HASH);
    std::borrow::Cow::Borrowed(hash)
}

/// What this build was made a release of, where that is not `product`.
#[must_use]
pub const fn release_of_another(
    release: Option<&'static str>,
    product: &str,
) -> std::borrow::Cow<'static, str> {
    let another = match release {
        Some(another) if !released(release, product) => another,
        _ => "",
    };
    std::borrow::Cow::Borrowed(another)
}

/// The text inside an embedded manifest.
#[cfg(feature = "telemetry")]
#[must_use]
pub const fn text_of(embedded: &'static str) -> std::borrow::Cow<'static, str> {
    let (_, text) = embedded.split_at(MARKER.len() + HASH + " 00000000\n".len());
    std::borrow::Cow::Borrowed(text)
}

/// What an embedded manifest begins with.
#[cfg(feature = "telemetry")]
const MARKER: &str = "aboveboard.manifest/1 ";

/// The digits of the hash that follows.
#[cfg(feature = "telemetry")]
const HASH: usize = 64;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_is_a_release_of_just_the_product_that_it_names() {
        for (release, is_release, another) in [
            (None, false, ""),
            (Some("kiln"), true, ""),
            (Some("kiln2"), false, "kiln2"),
            (Some(""), false, ""),
        ] {
            assert_eq!(released(release, "kiln"), is_release);
            assert_eq!(release_of_another(release, "kiln"), another);
        }
    }
}
