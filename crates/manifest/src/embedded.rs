//! The manifest as it lies in a binary: that of a Rust program as a marker, the hash, the length and the text, that of
//! another as its sealed form.

use std::io::{self, Read};

use aboveboard_types::hex;

use crate::markers::{EMBEDDED, MAX_MANIFEST_BYTES, SEALED};
use crate::model::Manifest;
use crate::sealed::{self, MAX_SEALED_BYTES};

const HASH: usize = 64;
const LENGTH: usize = 8;

impl Manifest {
    /// The text that [`inspect`] finds: marker, hash, length in eight digits, line feed, manifest.
    #[must_use]
    pub fn embedded(&self) -> String {
        format!("{EMBEDDED}{} {:08}\n{}", self.hash, self.text().len(), self.text())
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
    /// Whether it is sealed, and then whether as a release. A Rust program does not say whether it is one.
    pub sealed_as_release: Option<bool>,
}

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
        // What a manifest could begin in but not end in is looked at with the next piece; a sealed one is the longest.
        let searched = if is_last { window.len() } else { window.len() - MAX_SEALED_BYTES };
        let mut at = next_marker(&window, 0);
        while let Some(marker) = at.filter(|marker| *marker < searched) {
            let next = next_marker(&window, marker + 1);
            if let Some(mut manifest) = verified(&window[marker..next.unwrap_or(window.len())]) {
                manifest.offset = offset + marker;
                add(&mut found, manifest);
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

/// Each text once: that a program also carries it sealed is said of the one that was found first.
fn add(found: &mut Vec<EmbeddedManifest>, manifest: EmbeddedManifest) {
    if let Some(known) = found.iter_mut().find(|known| known.hash == manifest.hash) {
        known.sealed_as_release = known.sealed_as_release.max(manifest.sealed_as_release);
    } else if found.len() < MAX_FOUND {
        found.push(manifest);
    }
}

/// Where a marker is next, from a place on.
fn next_marker(program: &[u8], from: usize) -> Option<usize> {
    let markers = [EMBEDDED.as_bytes(), SEALED.as_bytes()];
    let first = markers[0][0];
    let mut at = from;
    while let Some(skip) = program.get(at..)?.iter().position(|byte| *byte == first) {
        at += skip;
        if markers.iter().any(|marker| program[at..].starts_with(marker)) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// The manifest with which these bytes begin, if it is as long as it says and has the hash it says.
fn verified(bytes: &[u8]) -> Option<EmbeddedManifest> {
    let Some(rest) = bytes.strip_prefix(EMBEDDED.as_bytes()) else {
        let opened = sealed::open(sealed::first_of(bytes)?).ok()?;
        return Some(EmbeddedManifest {
            offset: 0,
            hash: hash_of(opened.text),
            text: opened.text.to_owned(),
            sealed_as_release: Some(opened.release.is_some()),
        });
    };
    let head = std::str::from_utf8(rest.get(..HEAD)?).ok()?;
    let (hash, length) = head.strip_suffix('\n')?.split_once(' ')?;
    let length: usize = length.parse().ok().filter(|length| *length <= MAX_MANIFEST_BYTES)?;
    let text = std::str::from_utf8(rest.get(HEAD..HEAD + length)?).ok()?;
    (hash_of(text) == hash).then(|| EmbeddedManifest {
        offset: 0,
        hash: hash.to_owned(),
        text: text.to_owned(),
        sealed_as_release: None,
    })
}

#[cfg(test)]
mod tests {
    use super::{EMBEDDED, HASH, MAX_MANIFEST_BYTES, MAX_SEALED_BYTES, SEALED, WINDOW, inspect};
    use crate::parse;

    #[test]
    fn a_manifest_is_found_in_any_bytes_and_only_where_its_hash_proves_it() {
        let text = include_str!("../tests/fixtures/every.toml");
        let manifest = parse(text, "every.toml").unwrap();
        let embedded = manifest.embedded();
        let mut program =
            format!("\u{7f}ELF {EMBEDDED}{EMBEDDED}{} 00000003\nabc", "0".repeat(HASH)).into_bytes();
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
        for at in EMBEDDED.len()..embedded.len() {
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
        let manifest = parse(text, "every.toml").unwrap();
        let embedded = manifest.embedded();
        let sealed = manifest.seal(true);
        for at in [
            WINDOW - MAX_SEALED_BYTES,
            WINDOW - MAX_MANIFEST_BYTES,
            WINDOW - 5,
            WINDOW,
            WINDOW + 1,
            3 * WINDOW - 7,
        ] {
            for form in [&embedded, &sealed] {
                let mut program = vec![b'a'; at];
                program.extend_from_slice(form.as_bytes());
                program.extend_from_slice(&[0; 100]);
                let found = inspect(&program[..]).unwrap();
                assert_eq!(found.iter().map(|found| found.offset).collect::<Vec<_>>(), [at]);
                assert_eq!((&*found[0].text, &found[0].hash), (text, &manifest.hash));
            }
        }
    }

    #[test]
    fn a_program_full_of_markers_is_read_once() {
        // Each says that all that follows belongs to it. Read each to its end, this would take hours.
        let forged = format!("{EMBEDDED}{} {:08}\n", "0".repeat(HASH), MAX_MANIFEST_BYTES - 1);
        let length = MAX_MANIFEST_BYTES - 1;
        let sealed = format!("{SEALED}1 grammar=1 release=- length={length} sha256={}\n", "0".repeat(HASH));
        for forged in [forged, sealed] {
            let program = forged.repeat((16 << 20) / forged.len());
            let started = std::time::Instant::now();
            assert_eq!(inspect(program.as_bytes()).unwrap(), []);
            assert!(started.elapsed() < std::time::Duration::from_secs(60), "{:?}", started.elapsed());
        }
    }
}
