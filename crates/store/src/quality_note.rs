//! How stores spell what they note of the data itself.

use std::borrow::Cow;

use aboveboard_types::outcome::DropReason;

use crate::read::QualityNote;

/// The notes that are not about drops, each with its spelling.
const SPELLINGS: [(QualityNote, &str); 10] = [
    (QualityNote::Batch, "batch"),
    (QualityNote::Duplicate, "duplicate"),
    (QualityNote::Conflict, "conflict"),
    (QualityNote::Unplaced, "unplaced"),
    (QualityNote::Refused, "refused"),
    (QualityNote::OverCap, "over-cap"),
    (QualityNote::Erased, "erased"),
    (QualityNote::Cloned, "cloned"),
    (QualityNote::OtherVersion, "other-version"),
    (QualityNote::Overgrown, "overgrown"),
];

impl QualityNote {
    /// How stores spell it.
    #[must_use]
    pub fn spelling(self) -> Cow<'static, str> {
        if let Self::Dropped(reason) = self {
            return Cow::Owned(format!("drop:{}", reason.name()));
        }
        let known = SPELLINGS.iter().find(|(known, _)| *known == self);
        Cow::Borrowed(known.map_or("", |(_, spelling)| *spelling))
    }

    /// The note that a spelling stands for; none where it is of a later version.
    #[must_use]
    pub fn from_spelling(spelling: &str) -> Option<Self> {
        match spelling.strip_prefix("drop:") {
            Some(reason) => DropReason::parse(reason).map(Self::Dropped),
            None => SPELLINGS.iter().find(|(_, known)| *known == spelling).map(|(note, _)| *note),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spelled_reads_as_the_same_note() {
        let dropped = DropReason::ALL.map(|(reason, _)| QualityNote::Dropped(reason));
        for note in SPELLINGS.iter().map(|(note, _)| *note).chain(dropped) {
            assert_eq!(QualityNote::from_spelling(&note.spelling()), Some(note));
        }
        assert_eq!(QualityNote::from_spelling("later"), None);
        assert_eq!(QualityNote::from_spelling("drop:later"), None);
    }
}
