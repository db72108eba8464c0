//! Reading a manifest as it lies beside a program that is not written in Rust, `telemetry.sealed`. Its form is that of
//! [`aboveboard_types::sealed`].

use std::fmt;

use aboveboard_types::sealed::{CHECKSUM, FORMAT, MARKER, NO_RELEASE, checksum};

use crate::markers::MAX_MANIFEST_BYTES;

/// Longest first line with its end, in bytes: one with the longest id and numbers has 210.
pub(crate) const MAX_LINE: usize = 256;

/// Longest sealed manifest, in bytes.
pub const MAX_SEALED_BYTES: usize = MAX_LINE + MAX_MANIFEST_BYTES;

/// What a sealed manifest says, with a checksum that holds.
pub(crate) struct Opened<'a> {
    pub(crate) grammar: u64,
    /// The product of which it is a release.
    pub(crate) release: Option<&'a str>,
    pub(crate) text: &'a str,
}

/// Why a sealed manifest is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealError {
    /// A byte is not the one that was sealed, or is missing, or was added.
    Damaged,
    /// The same, and its lines end as some systems end them.
    LineEnds,
    /// A format of this number, of which nothing else can be said.
    NewerFormat(u64),
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged => f.write_str(
                "this sealed manifest is damaged: it is not byte for byte what was sealed; copy it anew, or seal the \
                 manifest again",
            ),
            Self::LineEnds => f.write_str(
                "this sealed manifest is damaged: its line ends were changed; copy it as a binary file (for git: \
                 `*.sealed -text` in .gitattributes)",
            ),
            Self::NewerFormat(format) => write!(
                f,
                "this manifest is sealed in format {format}, and this program reads format {FORMAT}: use a newer \
                 aboveboard"
            ),
        }
    }
}

impl std::error::Error for SealError {}

/// Whether this is a sealed manifest, also one of which any one byte was changed. Its beginning will do.
#[must_use]
pub fn is_meant_as_sealed(file: &[u8]) -> bool {
    let line = &file[..file.len().min(MAX_LINE)];
    [MARKER, CHECKSUM].iter().any(|part| line.windows(part.len()).any(|piece| piece == part.as_bytes()))
}

/// Reads all of a file as a sealed manifest whose text may be of any grammar.
pub(crate) fn open(file: &[u8]) -> Result<Opened<'_>, SealError> {
    let damaged = if file.contains(&b'\r') { SealError::LineEnds } else { SealError::Damaged };
    if let Some(format) = format_of(file).filter(|format| *format > FORMAT) {
        return Err(SealError::NewerFormat(format));
    }
    let opened = std::str::from_utf8(file).ok().and_then(|file| {
        let (line, text) = file.split_once('\n')?;
        let (head, sum) = line.split_once(CHECKSUM)?;
        if checksum(head, text) != sum {
            return None;
        }
        let fields = head.strip_prefix(MARKER)?.strip_prefix(&FORMAT.to_string())?;
        let (grammar, fields) = fields.strip_prefix(" grammar=")?.split_once(" release=")?;
        let (mark, length) = fields.split_once(" length=")?;
        (text.len().to_string() == length).then_some(())?;
        Some(Opened {
            grammar: grammar.parse().ok()?,
            release: Some(mark).filter(|mark| *mark != NO_RELEASE),
            text,
        })
    });
    opened.ok_or(damaged)
}

/// The sealed manifest with which these bytes begin, by the length that it states.
pub(crate) fn first_of(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().take(MAX_LINE).position(|byte| *byte == b'\n')?;
    let (head, _) = std::str::from_utf8(&bytes[..end]).ok()?.split_once(CHECKSUM)?;
    let (_, length) = head.split_once(" length=")?;
    let length: usize = length.parse().ok().filter(|length| *length <= MAX_MANIFEST_BYTES)?;
    bytes.get(..end + 1 + length)
}

fn format_of(file: &[u8]) -> Option<u64> {
    let rest = file.strip_prefix(MARKER.as_bytes())?;
    let end = rest.iter().position(|byte| !byte.is_ascii_digit())?;
    std::str::from_utf8(&rest[..end]).ok()?.parse().ok()
}
