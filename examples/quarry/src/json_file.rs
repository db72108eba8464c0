//! JSON documents in files.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads a document.
pub(crate) fn read<T: DeserializeOwned>(file: &Path) -> anyhow::Result<T> {
    parse(&std::fs::read(file).with_context(|| cannot_read(file))?, file)
}

/// Reads a document; `None` where there is no file.
pub(crate) fn read_existing<T: DeserializeOwned>(file: &Path) -> anyhow::Result<Option<T>> {
    match std::fs::read(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        text => parse(&text.with_context(|| cannot_read(file))?, file).map(Some),
    }
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
