use std::fmt;
use std::path::{Path, PathBuf};

/// A place and what is wrong there. Line 0 stands for the whole file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    file: PathBuf,
    line: usize,
    what: String,
}

impl Finding {
    pub(super) fn new(file: &Path, line: usize, what: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, what } = self;
        match line {
            0 => write!(formatter, "{}: {what}", file.display()),
            line => write!(formatter, "{}:{line}: {what}", file.display()),
        }
    }
}
