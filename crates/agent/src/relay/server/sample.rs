//! What the unit tests of these files share.

use aboveboard_types::declaration::Declaration;

/// The product of the shared vectors, which counts and measures.
pub(super) fn declaration() -> &'static Declaration {
    let text = include_str!("../../../../../tests/vectors/telemetry.toml");
    let manifest = aboveboard_manifest::parse(text, "telemetry.toml").unwrap();
    Box::leak(Box::new(manifest.declaration()))
}
