//! What was known of a site before it is read.

use crate::key::Verifier;
use crate::note::{Checkpoint, NoteProblem};

/// What is trusted: keys, and the head of the log as it was once seen.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// From the manifest, or from somebody who had them from the maker.
    pub keys: Vec<Verifier>,
    /// From an earlier check.
    pub remembered: Option<RememberedHead>,
}

impl Trust {
    /// The keys that may sign. Where none was named, those that are remembered do.
    pub(super) fn keys(&self) -> &[Verifier] {
        match &self.remembered {
            Some(remembered) if self.keys.is_empty() => &remembered.keys,
            _ => &self.keys,
        }
    }
}

/// The head of a log as it was seen: with the signature, so whoever kept it can show that it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RememberedHead {
    keys: Vec<Verifier>,
    note: String,
    checkpoint: Checkpoint,
}

impl RememberedHead {
    /// A signed head and the keys that signed it.
    ///
    /// # Errors
    /// Where it is not signed by one of them.
    pub fn new(keys: Vec<Verifier>, note: &str) -> Result<Self, NoteProblem> {
        let checkpoint = Checkpoint::open(note.as_bytes(), &keys)?;
        Ok(Self { keys, note: note.to_owned(), checkpoint })
    }

    /// What was signed.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The text to keep: a key a line, an empty line, the note.
    #[must_use]
    pub fn text(&self) -> String {
        let keys: String = self.keys.iter().map(|key| format!("{key}\n")).collect();
        format!("{keys}\n{}", self.note)
    }

    /// Reads what was kept. None where it is not whole.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (keys, note) = text.split_once("\n\n")?;
        let keys = keys.lines().map(Verifier::parse).collect::<Option<_>>()?;
        Self::new(keys, note).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Signer;

    #[test]
    fn a_head_is_kept_with_its_signature_and_read_only_whole() {
        let signer = Signer::from_seed("quarry.example/figures", &[1; 32]).unwrap();
        let checkpoint = Checkpoint { origin: "quarry.example/figures".into(), size: 1, root: [7; 32] };
        let head = RememberedHead::new(vec![signer.verifier().clone()], &checkpoint.sign(&signer)).unwrap();
        assert_eq!(RememberedHead::parse(&head.text()), Some(head.clone()));
        assert_eq!(head.checkpoint(), &checkpoint);
        for at in 0..head.text().chars().count() {
            let cut = head.text().chars().take(at).collect::<String>();
            assert_eq!(RememberedHead::parse(&cut), None, "{at}");
        }
        assert_eq!(RememberedHead::parse(&head.text().replace("\n1\n", "\n2\n")), None);
    }
}
