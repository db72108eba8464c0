//! A manifest that is read at run time, plain or sealed, and its sealed form.

use std::fmt;

use crate::grammar::{GRAMMAR, parse};
use crate::model::Manifest;
use crate::problem::Problem;
use crate::sealed::{self, MAX_SEALED_BYTES, SealError};

/// Why a file is no manifest that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError {
    /// It is longer than [`MAX_SEALED_BYTES`].
    TooLong,
    /// It is not UTF-8.
    NotText,
    /// It is sealed and cannot be opened.
    Seal(SealError),
    /// It is sealed, and its manifest is written in a grammar of this number.
    NewerGrammar(u64),
    /// What is wrong with the manifest, as [`parse`] says it.
    Problems(Vec<Problem>),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "a manifest has at most {MAX_SEALED_BYTES} bytes"),
            Self::NotText => f.write_str("this is not text in UTF-8, as a manifest is"),
            Self::Seal(error) => error.fmt(f),
            Self::NewerGrammar(grammar) => write!(
                f,
                "this sealed manifest is written in grammar {grammar}, and this program reads grammar {GRAMMAR}: use a \
                 newer aboveboard"
            ),
            Self::Problems(problems) => {
                let problems: Vec<_> = problems.iter().map(Problem::to_string).collect();
                f.write_str(&problems.join("\n"))
            }
        }
    }
}

impl std::error::Error for ReadError {}

impl Manifest {
    /// The sealed form, as a release of the product or for its development. A manifest has exactly one of each.
    #[must_use]
    pub fn seal(&self, release: bool) -> String {
        aboveboard_types::sealed::seal(GRAMMAR, release.then_some(&*self.product.id), self.text())
    }
}

/// Reads the content of a file that was named at run time: a `telemetry.toml`, which is for development, or a
/// `telemetry.sealed`, which may be a release. `file` is its name in problems.
///
/// # Errors
/// All that makes the file unusable. Any byte that was changed in a sealed one does.
pub fn read(content: &[u8], file: &str) -> Result<Manifest, ReadError> {
    if content.len() > MAX_SEALED_BYTES {
        return Err(ReadError::TooLong);
    }
    if !sealed::is_meant_as_sealed(content) {
        let text = std::str::from_utf8(content).map_err(|_| ReadError::NotText)?;
        return parse(text, file).map_err(ReadError::Problems);
    }
    let opened = sealed::open(content).map_err(ReadError::Seal)?;
    if opened.grammar > GRAMMAR {
        return Err(ReadError::NewerGrammar(opened.grammar));
    }
    // Problems have their places in the text.
    let manifest = parse(opened.text, &format!("the manifest in {file}")).map_err(ReadError::Problems)?;
    let release = opened.release == Some(&manifest.product.id);
    // Whatever else has a checksum that holds, sealing did not make it.
    if manifest.seal(release).as_bytes() != content {
        return Err(ReadError::Seal(SealError::Damaged));
    }
    Ok(Manifest { sealed: true, release, ..manifest })
}
