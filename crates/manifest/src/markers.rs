//! What marks a manifest among other bytes. No manifest holds a marker, so one cannot hide another.

/// What a manifest in a program begins with. The hash that follows proves that it is one.
pub(crate) const EMBEDDED: &str = "aboveboard.manifest/1 ";

/// What a sealed manifest begins with, in a file or in a program.
pub(crate) use aboveboard_types::sealed::MARKER as SEALED;

/// Longest text of a manifest, in bytes. One that declares all that the grammar lets it stays below; a program is
/// searched in pieces of a few of these.
pub const MAX_MANIFEST_BYTES: usize = 1 << 20;
