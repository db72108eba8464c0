//! What does not fit.

use aboveboard_types::printable::neutral;

use super::site::{Fetched, SiteFiles};

/// How a check ended. Of several the first in this order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Something of the site could not be read, so nothing can be said of it.
    Unreadable,
    /// The head is not signed by a key that was known before.
    Signature,
    /// The log is not the one that was signed, or not a continuation of the one that is remembered.
    Log,
    /// A document, or a file with figures, is not as it was published, or breaks a rule of published figures.
    Figures,
    /// A publication is overdue.
    Overdue,
    /// All fits together, but no key was known before: whose figures these are is not known.
    UnknownKey,
    /// All fits.
    Fits,
}

/// Something that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How the check ends by it.
    pub outcome: Outcome,
    /// The file, relative to the site.
    pub file: String,
    /// What is wrong with it.
    pub what: String,
    /// What to do.
    pub remedy: &'static str,
}

/// Another copy shows who changed it.
pub(super) const COMPARE: &str =
    "compare it with another copy of the site: one that somebody kept, its history, or the roots in its feed";

/// A site that is put up only in parts looks like this too.
pub(super) const FETCH_AGAIN: &str =
    "try again; if it stays so, the site is not whole: put up the whole directory, or ask who publishes it";

/// What was published breaks its own rules.
pub(super) const ASK: &str =
    "do not use these figures, and ask who publishes them; they withdraw or correct them";

/// All that does not fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings(pub(super) Vec<Finding>);

impl Findings {
    /// In the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter()
    }

    /// How the check ended.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.0.iter().map(|finding| finding.outcome).min().unwrap_or(Outcome::Fits)
    }

    pub(super) fn add(
        &mut self,
        outcome: Outcome,
        file: &str,
        what: impl Into<String>,
        remedy: &'static str,
    ) {
        // Both may repeat what a site says.
        let file = neutral(file).into_owned();
        let what = neutral(&what.into()).into_owned();
        self.0.push(Finding { outcome, file, what, remedy });
    }

    /// Reads a file that must be there.
    pub(super) fn read(&mut self, site: &dyn SiteFiles, path: &str, max: usize) -> Option<Vec<u8>> {
        match site.read(path, max) {
            Ok(Fetched::Found(bytes)) if bytes.len() <= max => return Some(bytes),
            Ok(Fetched::Found(_)) => {
                self.add(Outcome::Unreadable, path, format!("longer than {max} bytes"), COMPARE)
            }
            Ok(Fetched::Missing) => self.add(Outcome::Unreadable, path, "not there", FETCH_AGAIN),
            Err(why) => self.add(Outcome::Unreadable, path, why, FETCH_AGAIN),
        }
        None
    }
}
