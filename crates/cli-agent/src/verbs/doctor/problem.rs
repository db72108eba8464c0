//! One thing that `doctor` found.

/// Something found.
#[derive(Debug)]
pub(super) struct Problem {
    /// One word for programs.
    pub(super) name: &'static str,
    /// What is wrong.
    pub(super) what: String,
    /// Where.
    pub(super) place: String,
    /// What to do about it.
    pub(super) remedy: String,
}

impl Problem {
    pub(super) fn new(
        name: &'static str,
        what: impl Into<String>,
        place: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { name, what: what.into(), place: place.into(), remedy: remedy.into() }
    }
}
