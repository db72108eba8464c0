//! One call of a program.

/// How a program is called.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) arguments: Vec<&'static str>,
    /// Words of telemetry that the embedded program finds after its arguments, and its twin does not.
    pub(crate) ours: &'static [&'static str],
    /// The name by which it is called, where that is not its own.
    pub(crate) called: Option<&'static str>,
    /// What it finds on its standard input.
    pub(crate) input: &'static str,
    /// Whether nobody reads more than the first line of its standard output.
    pub(crate) first_line_only: bool,
    /// Whether what it prints shows its usage, which may differ by what was recorded.
    pub(crate) shows_usage: bool,
}

/// A call whose every byte is the twin's.
pub(crate) fn line(arguments: &[&'static str]) -> Line {
    Line {
        arguments: arguments.to_vec(),
        ours: &[],
        called: None,
        input: "",
        first_line_only: false,
        shows_usage: false,
    }
}

/// A call that prints the usage, which may differ from the twin's as the file of the shape's differences says.
pub(crate) fn usage(arguments: &[&'static str]) -> Line {
    Line { shows_usage: true, ..line(arguments) }
}

impl Line {
    pub(crate) fn called(self, name: &'static str) -> Self {
        Self { called: Some(name), ..self }
    }

    pub(crate) fn ours(self, ours: &'static [&'static str]) -> Self {
        Self { ours, ..self }
    }

    /// The line as the embedded program gets it.
    pub(crate) fn with_ours(&self) -> Self {
        Self { arguments: [&self.arguments, self.ours].concat(), ..self.clone() }
    }

    pub(crate) fn input(self, input: &'static str) -> Self {
        Self { input, ..self }
    }

    pub(crate) fn first_line_only(self) -> Self {
        Self { first_line_only: true, ..self }
    }
}
