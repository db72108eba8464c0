//! One thing that `doctor` found.

/// Something found.
#[derive(Debug)]
pub(crate) struct Problem {
    /// One word for programs.
    pub(crate) name: &'static str,
    /// What is wrong.
    pub(crate) what: String,
    /// Where.
    pub(crate) place: String,
    /// What to do about it.
    pub(crate) remedy: String,
}

impl Problem {
    pub(crate) fn new(
        name: &'static str,
        what: impl Into<String>,
        place: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { name, what: what.into(), place: place.into(), remedy: remedy.into() }
    }
}
