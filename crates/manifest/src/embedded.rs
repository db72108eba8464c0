//! The manifest as it lies in a binary: a marker, the hash, the length, the text.

use std::io::{self, Read};

use aboveboard_types::hex;

use crate::model::Manifest;

/// What an embedded manifest begins with. The hash that follows proves that it is one.
pub(crate) const MARKER: &str = "aboveboard.manifest/1 ";
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

/// Longest text of a manifest, in bytes. One that declares all that the grammar lets it stays below; a program is
/// searched in pieces of a few of these.
pub const MAX_MANIFEST_BYTES: usize = 1 << 20;

/// Most manifests of one program: as many as any program has products in it.
const MAX_FOUND: usize = 64;

/// How much of a program is in memory at once.
const WINDOW: usize = 4 * MAX_MANIFEST_BYTES;

/// Bytes between the marker and the text: hash, space, length, line feed.
const HEAD: usize = HASH + 1 + LENGTH + 1;

/// Finds every manifest in the bytes of a program, without running it; each text once, and at most 64 of them.
///
/// The time is linear in the length of the program, also where somebody filled it with markers, since no manifest holds
/// the marker: the text behind one ends before the next. No more than a piece of the program is in memory.
///
/// # Errors
/// Those of reading it.
pub fn inspect(mut program: impl Read) -> io::Result<Vec<EmbeddedManifest>> {
    let mut found: Vec<EmbeddedManifest> = Vec::new();
    let mut window = Vec::new();
    let mut offset = 0;
    loop {
        let wanted = WINDOW - window.len();
        let is_last = program.by_ref().take(wanted as u64).read_to_end(&mut window)? < wanted;
        // What a text could begin in but not end in is looked at with the next piece.
        let searched =
            if is_last { window.len() } else { window.len() - MARKER.len() - HEAD - MAX_MANIFEST_BYTES };
        let mut at = next_marker(&window, 0);
        while let Some(marker) = at.filter(|marker| *marker < searched) {
            let start = marker + MARKER.len();
            let next = next_marker(&window, start);
            let rest = &window[start..next.unwrap_or(window.len())];
            if let Some((hash, text)) = verified(rest)
                && found.len() < MAX_FOUND
                && !found.iter().any(|known| known.hash == hash)
            {
                found.push(EmbeddedManifest { offset: offset + marker, hash, text });
            }
            at = next;
        }
        if is_last {
            return Ok(found);
        }
        window.drain(..searched);
        offset += searched;
    }
}

/// Where the marker is next, from a place on.
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
    let head = std::str::from_utf8(rest.get(..HEAD)?).ok()?;
    let (hash, length) = head.strip_suffix('\n')?.split_once(' ')?;
    let length: usize = length.parse().ok().filter(|length| *length <= MAX_MANIFEST_BYTES)?;
    let text = std::str::from_utf8(rest.get(HEAD..HEAD + length)?).ok()?;
    (hash_of(text) == hash).then(|| (hash.to_owned(), text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{HASH, MARKER, MAX_MANIFEST_BYTES, WINDOW, inspect};
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
        let found = inspect(&program[..]).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((&*found[0].text, &found[0].hash), (text, &manifest.hash));
        assert!(inspect(&program[..program.len() / 2]).unwrap().is_empty());
        assert!(inspect(&b""[..]).unwrap().is_empty());
        let forged = embedded.replacen("90 days", "99 days", 1);
        assert!(inspect(forged.as_bytes()).unwrap().is_empty());
    }

    #[test]
    fn one_flipped_bit_of_the_hash_or_the_text_is_noticed() {
        let text = include_str!("../tests/fixtures/every.toml");
        let embedded = parse(text, "every.toml").unwrap().embedded().into_bytes();
        assert_eq!(inspect(&embedded[..]).unwrap().len(), 1);
        for at in MARKER.len()..embedded.len() {
            let mut flipped = embedded.clone();
            flipped[at] ^= 1 << (at % 8);
            assert!(inspect(&flipped[..]).unwrap().is_empty(), "{at}");
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

    #[test]
    fn a_manifest_is_found_wherever_the_pieces_of_a_program_begin() {
        let text = include_str!("../tests/fixtures/every.toml");
        let embedded = parse(text, "every.toml").unwrap().embedded();
        for at in [
            WINDOW - MAX_MANIFEST_BYTES - 300,
            WINDOW - MAX_MANIFEST_BYTES,
            WINDOW - 5,
            WINDOW,
            WINDOW + 1,
            3 * WINDOW - 7,
        ] {
            let mut program = vec![b'a'; at];
            program.extend_from_slice(embedded.as_bytes());
            program.extend_from_slice(&[0; 100]);
            let found = inspect(&program[..]).unwrap();
            assert_eq!(found.iter().map(|found| found.offset).collect::<Vec<_>>(), [at]);
        }
    }

    #[test]
    fn a_program_full_of_markers_is_read_once() {
        // Each says that all that follows belongs to it. Read each to its end, this would take hours.
        let forged = format!("{MARKER}{} {:08}\n", "0".repeat(HASH), MAX_MANIFEST_BYTES - 1);
        let program = forged.repeat((16 << 20) / forged.len());
        let started = std::time::Instant::now();
        assert_eq!(inspect(program.as_bytes()).unwrap(), []);
        assert!(started.elapsed() < std::time::Duration::from_secs(60), "{:?}", started.elapsed());
    }
}
