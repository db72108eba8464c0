//! JSON documents in files.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The longest document that is read: people write them by hand.
const MAX_BYTES: u64 = 16 << 20;

/// Reads a document.
pub(crate) fn read<T: DeserializeOwned>(file: &Path) -> anyhow::Result<T> {
    parse(&content(file).with_context(|| cannot_read(file))?, file)
}

/// Reads a document; `None` where there is no file.
pub(crate) fn read_existing<T: DeserializeOwned>(file: &Path) -> anyhow::Result<Option<T>> {
    match content(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        text => parse(&text.with_context(|| cannot_read(file))?, file).map(Some),
    }
}

/// The content of a regular file. Opening a pipe would wait for whoever writes into it, and a device has no end.
fn content(file: &Path) -> std::io::Result<Vec<u8>> {
    if !std::fs::metadata(file)?.is_file() {
        return Err(ErrorKind::InvalidInput.into());
    }
    let mut content = Vec::new();
    let length = File::open(file)?.take(MAX_BYTES + 1).read_to_end(&mut content)? as u64;
    if length > MAX_BYTES { Err(ErrorKind::FileTooLarge.into()) } else { Ok(content) }
}

fn parse<T: DeserializeOwned>(text: &[u8], file: &Path) -> anyhow::Result<T> {
    serde_json::from_slice(text).with_context(|| format!("cannot parse {}", file.display()))
}

fn cannot_read(file: &Path) -> String {
    format!("cannot read {}", file.display())
}

/// A value as text: `false` and `"false"` are the same.
pub(crate) fn text_of(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// Writes a document, indented for people.
pub(crate) fn write(file: &Path, document: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(document)?;
    text.push('\n');
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
