//! What the files of all languages have in common.

use crate::model::{ItemInfo, Manifest};

/// How each file says where it is from.
pub(super) fn origin(manifest: &Manifest, language: &str) -> String {
    format!(
        "by `aboveboard manifest types --language {language}` from the manifest of {}, revision {}",
        manifest.product.id, manifest.product.revision
    )
}

/// What an item is and why it is collected, as one line.
pub(super) fn sentence(info: &ItemInfo) -> String {
    let what = info.what.trim_end_matches('.');
    if what.is_empty() { info.why.clone() } else { format!("{what}. {}", info.why) }
}

/// `"a", "b"`: texts that need no escaping, as the grammar has it for every name.
pub(super) fn quoted<T: AsRef<str>>(names: &[T]) -> Vec<String> {
    names.iter().map(|name| format!("\"{}\"", name.as_ref())).collect()
}

/// The entries of a closed list of an event: what is not listed is `other`.
pub(super) fn with_other<T: AsRef<str>>(names: &[T]) -> Vec<&str> {
    names.iter().map(AsRef::as_ref).chain(std::iter::once("other")).collect()
}
