//! The manifest as it lies in a binary: a marker, the hash, the length, the text.

use aboveboard_types::hex;

use crate::model::Manifest;

/// What an embedded manifest begins with. The hash that follows proves that it is one.
const MARKER: &str = "aboveboard.manifest/1 ";
const HASH: usize = 64;
const LENGTH: usize = 8;

impl Manifest {
    /// The text that [`inspect`] finds: marker, hash, length in eight digits, line feed, manifest.
    #[must_use]
    pub fn embedded(&self) -> String {
        format!("{MARKER}{} {:08}\n{}", self.hash, self.text().len(), self.text())
    }
}

/// The hash of a manifest: which text somebody saw, agreed to or was built with. It is the SHA-256 of the text in full:
/// what is shorter can be met on purpose by another text.
pub(crate) fn hash_of(text: &str) -> String {
    hex::encode(&hmac_sha256::Hash::hash(text.as_bytes()))
}

/// A manifest found in a binary.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EmbeddedManifest {
    /// Where its marker begins, in bytes.
    pub offset: usize,
    /// Its hash, verified.
    pub hash: String,
    /// Its text, for [`crate::parse`].
    pub text: String,
}

/// Finds every manifest in the bytes of a program, without running it; each text once.
#[must_use]
pub fn inspect(program: &[u8]) -> Vec<EmbeddedManifest> {
    let mut found: Vec<EmbeddedManifest> = Vec::new();
    let mut at = 0;
    while let Some(next) = next_marker(program, at) {
        at = next + MARKER.len();
        if let Some((hash, text)) = verified(&program[at..])
            && !found.iter().any(|known| known.hash == hash)
        {
            found.push(EmbeddedManifest { offset: next, hash, text });
        }
    }
    found
}

fn next_marker(program: &[u8], from: usize) -> Option<usize> {
    let marker = MARKER.as_bytes();
    let first = marker[0];
    let mut at = from;
    while let Some(skip) = program.get(at..)?.iter().position(|byte| *byte == first) {
        at += skip;
        if program[at..].starts_with(marker) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// Hash and text, if what follows the marker is as long as it says and has the hash it says.
fn verified(rest: &[u8]) -> Option<(String, String)> {
    let head = std::str::from_utf8(rest.get(..HASH + 1 + LENGTH + 1)?).ok()?;
    let (hash, length) = head.strip_suffix('\n')?.split_once(' ')?;
    let length: usize = length.parse().ok()?;
    let start = HASH + 1 + LENGTH + 1;
    let text = std::str::from_utf8(rest.get(start..start.checked_add(length)?)?).ok()?;
    (hash_of(text) == hash).then(|| (hash.to_owned(), text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{HASH, MARKER, inspect};
    use crate::parse;

    #[test]
    fn a_manifest_is_found_in_any_bytes_and_only_where_its_hash_proves_it() {
        let text = include_str!("../tests/fixtures/every.toml");
        let manifest = parse(text, "every.toml").unwrap();
        let embedded = manifest.embedded();
        let mut program =
            format!("\u{7f}ELF {MARKER}{MARKER}{} 00000003\nabc", "0".repeat(HASH)).into_bytes();
        program.extend_from_slice(embedded.as_bytes());
        program.extend_from_slice(embedded.as_bytes());
        program.push(0xff);
        let found = inspect(&program);
        assert_eq!(found.len(), 1);
        assert_eq!((&*found[0].text, &found[0].hash), (text, &manifest.hash));
        assert!(inspect(&program[..program.len() / 2]).is_empty());
        assert!(inspect(b"").is_empty());
        let forged = embedded.replacen("90 days", "99 days", 1);
        assert!(inspect(forged.as_bytes()).is_empty());
    }

    #[test]
    fn one_flipped_bit_of_the_hash_or_the_text_is_noticed() {
        let text = include_str!("../tests/fixtures/every.toml");
        let embedded = parse(text, "every.toml").unwrap().embedded().into_bytes();
        assert_eq!(inspect(&embedded).len(), 1);
        for at in MARKER.len()..embedded.len() {
            let mut flipped = embedded.clone();
            flipped[at] ^= 1 << (at % 8);
            assert!(inspect(&flipped).is_empty(), "{at}");
        }
    }

    #[test]
    fn a_manifest_has_the_sha_256_of_its_text_whatever_ends_its_lines() {
        let text = include_str!("../tests/fixtures/every.toml");
        let manifest = parse(text, "every.toml").unwrap();
        let of_text = aboveboard_types::hex::encode(&hmac_sha256::Hash::hash(text.as_bytes()));
        assert_eq!(manifest.hash, of_text);
        assert_eq!(parse(&text.replace('\n', "\r\n"), "every.toml").unwrap().hash, of_text);
    }
}
