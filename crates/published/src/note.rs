//! The signed head of the log: a checkpoint in a signed note, both as C2SP writes them down.
//!
//! A note is text and, after an empty line, signatures: `— NAME BASE64`, each of the four bytes that name the key and an
//! Ed25519 signature of the text. Signatures of others, such as witnesses, may stand beside and are passed over.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::key::{Signer, Verifier};
use crate::tree::Digest;

/// The longest note that is read: a checkpoint with more signatures than any log has witnesses.
pub const MAX_NOTE_BYTES: usize = 16 << 10;

/// What a log is at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Names the log: the address of the site without its scheme, such as `quarry.example/figures`.
    pub origin: String,
    /// How many documents it has.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
}

/// Why bytes are not the signed head of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteProblem {
    /// They are not a signed note.
    Form,
    /// None of the keys has signed it.
    UnknownKey,
    /// A signature in the name of one of the keys is not of this text.
    Signature,
    /// Its text is not a checkpoint.
    Checkpoint,
}

impl fmt::Display for NoteProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "not a signed note",
            Self::UnknownKey => "not signed by any of the keys",
            Self::Signature => "a signature is not of this text",
            Self::Checkpoint => "signed, but not a checkpoint",
        })
    }
}

impl std::error::Error for NoteProblem {}

impl Checkpoint {
    /// The text that is signed: origin, size and root, each on a line of its own.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// Reads the text. Lines after the three are an extension that says nothing here.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let origin = lines.next().filter(|origin| !origin.is_empty())?.to_owned();
        let digits = lines.next()?;
        let size: u64 = digits.parse().ok().filter(|size: &u64| size.to_string() == digits)?;
        let root = STANDARD.decode(lines.next()?).ok()?.try_into().ok()?;
        lines.all(|line| !line.is_empty()).then_some(Self { origin, size, root })
    }

    /// The checkpoint as a note that `signer` signed.
    #[must_use]
    pub fn sign(&self, signer: &Signer) -> String {
        let text = self.text();
        let mut signature = signer.verifier().hash().to_vec();
        signature.extend_from_slice(&signer.sign(text.as_bytes()));
        format!("{text}\n\u{2014} {} {}\n", signer.verifier().name(), STANDARD.encode(signature))
    }

    /// Reads a note that one of `verifiers` signed.
    ///
    /// # Errors
    /// Where it is none, or the text is not a checkpoint.
    pub fn open(note: &[u8], verifiers: &[Verifier]) -> Result<Self, NoteProblem> {
        let (text, signatures) = parts(note).ok_or(NoteProblem::Form)?;
        let mut is_signed = false;
        for line in signatures {
            let (name, signature) = signature(line).ok_or(NoteProblem::Form)?;
            let (hash, signature) = signature.split_first_chunk::<4>().ok_or(NoteProblem::Form)?;
            let Some(verifier) = verifiers.iter().find(|known| known.name() == name && known.hash() == *hash)
            else {
                continue;
            };
            if !verifier.verifies(text.as_bytes(), signature) {
                return Err(NoteProblem::Signature);
            }
            is_signed = true;
        }
        if !is_signed {
            return Err(NoteProblem::UnknownKey);
        }
        Self::parse(text).ok_or(NoteProblem::Checkpoint)
    }
}

/// The text of a note with its last newline, and the lines of its signatures.
fn parts(note: &[u8]) -> Option<(&str, impl Iterator<Item = &str>)> {
    let note = std::str::from_utf8(note).ok().filter(|note| note.len() <= MAX_NOTE_BYTES)?;
    if note.chars().any(|letter| letter.is_control() && letter != '\n') {
        return None;
    }
    let (text, signatures) = note.rsplit_once("\n\n")?;
    let signatures = signatures.strip_suffix('\n')?;
    Some((&note[..=text.len()], signatures.split('\n')))
}

/// Name and bytes of a signature.
fn signature(line: &str) -> Option<(&str, Vec<u8>)> {
    let (name, signature) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
    Some((name, STANDARD.decode(signature).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{leaf, root};

    /// The example of the package `golang.org/x/mod/sumdb/note`, which C2SP's signed note describes.
    const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\
        \n\
        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    fn checkpoint() -> Checkpoint {
        Checkpoint { origin: "quarry.example/figures".into(), size: 2, root: root(&[leaf(b"a"), leaf(b"b")]) }
    }

    fn signer(seed: u8) -> Signer {
        Signer::from_seed("quarry.example/figures", &[seed; 32]).unwrap()
    }

    #[test]
    fn the_example_of_the_note_of_go_verifies_and_is_no_checkpoint() {
        let key = Verifier::parse(GO_KEY).unwrap();
        assert_eq!(
            Checkpoint::open(GO_NOTE.as_bytes(), std::slice::from_ref(&key)),
            Err(NoteProblem::Checkpoint)
        );
        let changed = GO_NOTE.replace("don't", "do not");
        assert_eq!(Checkpoint::open(changed.as_bytes(), &[key]), Err(NoteProblem::Signature));
    }

    #[test]
    fn a_checkpoint_is_read_with_the_key_that_signed_it_and_no_other() {
        let note = checkpoint().sign(&signer(1));
        assert!(note.starts_with("quarry.example/figures\n2\n"), "{note}");
        let verifier = signer(1).verifier().clone();
        assert_eq!(Checkpoint::open(note.as_bytes(), std::slice::from_ref(&verifier)), Ok(checkpoint()));
        let other = signer(2).verifier().clone();
        assert_eq!(
            Checkpoint::open(note.as_bytes(), std::slice::from_ref(&other)),
            Err(NoteProblem::UnknownKey)
        );
        assert_eq!(Checkpoint::open(note.as_bytes(), &[]), Err(NoteProblem::UnknownKey));
        let witnessed = format!("{note}\u{2014} witness.example AAAAAAAA\n");
        assert_eq!(Checkpoint::open(witnessed.as_bytes(), &[other, verifier]), Ok(checkpoint()));
    }

    #[test]
    fn no_other_bytes_are_a_note_of_the_key() {
        let note = checkpoint().sign(&signer(1));
        let verifiers = [signer(1).verifier().clone()];
        for at in 0..note.len() {
            for bit in 0..8 {
                let mut flipped = note.clone().into_bytes();
                flipped[at] ^= 1 << bit;
                assert!(Checkpoint::open(&flipped, &verifiers).is_err(), "bit {bit} of byte {at}");
            }
            assert!(Checkpoint::open(&note.as_bytes()[..at], &verifiers).is_err(), "cut at {at}");
        }
        assert_eq!(Checkpoint::open(&vec![b'\n'; MAX_NOTE_BYTES + 1], &verifiers), Err(NoteProblem::Form));
    }

    #[test]
    fn a_checkpoint_has_one_spelling() {
        let text = checkpoint().text();
        assert_eq!(Checkpoint::parse(&text), Some(checkpoint()));
        for wrong in [
            text.replace("\n2\n", "\n02\n"),
            text.replace("\n2\n", "\n-2\n"),
            text.replace("=\n", "\n"),
            "\n".into(),
        ] {
            assert_eq!(Checkpoint::parse(&wrong), None, "{wrong}");
        }
    }
}
