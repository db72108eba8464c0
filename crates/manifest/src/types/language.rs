//! What the types are written for.

use super::{console, go, python, typescript};
use crate::model::Manifest;

/// Whose types are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Language {
    /// TypeScript, for the page of a web console.
    Console,
    /// TypeScript, for a program on Node.
    TypeScript,
    /// Python.
    Python,
    /// Go.
    Go,
}

impl Language {
    /// Every language with its spelling on the command line.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Console, "console"),
        (Self::TypeScript, "typescript"),
        (Self::Python, "python"),
        (Self::Go, "go"),
    ];
}

impl Manifest {
    /// The typed API as a file in that language, as the language's formatter leaves it. What the manifest does not
    /// declare does not type-check against it.
    #[must_use]
    pub fn types(&self, language: Language) -> String {
        match language {
            Language::Console => console::types(self),
            Language::TypeScript => typescript::types(self),
            Language::Python => python::types(self),
            Language::Go => go::types(self),
        }
    }
}
