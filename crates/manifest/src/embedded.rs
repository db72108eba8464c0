//! The manifest as it lies in a binary: a marker, the hash, the length, the text.

use crate::model::Manifest;

/// What a marked manifest begins with. The hash that follows proves that the find is one.
const MARK: &str = "aboveboard.manifest/1 ";
const HASH: usize = 16;
const LENGTH: usize = 8;

impl Manifest {
    /// The text that [`inspect`] finds: marker, hash, length in eight digits, line feed, manifest.
    #[must_use]
    pub fn marked(&self) -> String {
        format!("{MARK}{} {:08}\n{}", self.hash, self.text().len(), self.text())
    }
}

/// A manifest found in a binary.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// Where its marker begins, in bytes.
    pub offset: usize,
    /// Its hash, proved.
    pub hash: String,
    /// Its text, for [`crate::parse`].
    pub text: String,
}

/// Finds every manifest in the bytes of a program, without running it; each text once.
#[must_use]
pub fn inspect(program: &[u8]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut at = 0;
    while let Some(next) = next_mark(program, at) {
        at = next + MARK.len();
        if let Some((hash, text)) = proved(&program[at..])
            && !found.iter().any(|known| known.hash == hash)
        {
            found.push(Found { offset: next, hash, text });
        }
    }
    found
}

fn next_mark(program: &[u8], from: usize) -> Option<usize> {
    let mark = MARK.as_bytes();
    let first = mark[0];
    let mut at = from;
    while let Some(skip) = program.get(at..)?.iter().position(|byte| *byte == first) {
        at += skip;
        if program[at..].starts_with(mark) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// Hash and text, if what follows the marker is as long as it says and has the hash it says.
fn proved(rest: &[u8]) -> Option<(String, String)> {
    let head = std::str::from_utf8(rest.get(..HASH + 1 + LENGTH + 1)?).ok()?;
    let (hash, length) = head.strip_suffix('\n')?.split_once(' ')?;
    let length: usize = length.parse().ok()?;
    let start = HASH + 1 + LENGTH + 1;
    let text = std::str::from_utf8(rest.get(start..start.checked_add(length)?)?).ok()?;
    (crate::hash::of(text) == hash).then(|| (hash.to_owned(), text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::inspect;
    use crate::parse;

    #[test]
    fn a_manifest_is_found_in_any_bytes_and_only_where_its_hash_proves_it() {
        let text = include_str!("../tests/fixtures/every.toml");
        let manifest = parse(text, "every.toml").unwrap();
        let marked = manifest.marked();
        let mut program =
            b"\x7fELF\xff aboveboard.manifest/1 aboveboard.manifest/1 0123456789abcdef 00000003\nabc"
                .to_vec();
        program.extend_from_slice(marked.as_bytes());
        program.extend_from_slice(marked.as_bytes());
        program.push(0xff);
        let found = inspect(&program);
        assert_eq!(found.len(), 1);
        assert_eq!((&*found[0].text, &found[0].hash), (text, &manifest.hash));
        assert!(inspect(&program[..program.len() / 2]).is_empty());
        assert!(inspect(b"").is_empty());
        let forged = marked.replacen("90 days", "99 days", 1);
        assert!(inspect(forged.as_bytes()).is_empty());
    }
}
