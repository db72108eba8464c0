//! The port to a site.

/// What was found at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// A file.
    Found(Vec<u8>),
    /// Nothing.
    Missing,
}

/// Gives the files of a site by their paths relative to its address, such as `2026-q4/publication.json`.
pub trait SiteFiles {
    /// Reads a file of at most `max` bytes.
    ///
    /// # Errors
    /// Why it cannot be read, as the end of a sentence; a file that is longer cannot.
    fn read(&self, path: &str, max: usize) -> Result<Fetched, String>;
}
