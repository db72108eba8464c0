//! How a person changes what telemetry does, as hints say it: in words that work in this program.

use aboveboard_command_line::Program;

/// What is known of the words that call the verbs.
#[derive(Clone, Debug, Default)]
pub(crate) enum Calls {
    /// Nothing: the host parses by itself and has not said.
    #[default]
    Unknown,
    /// The host has said.
    Named(String),
    /// What the host's command line gives.
    Read(Box<Program>),
}

/// The words of hints.
#[derive(Clone, Debug)]
pub(crate) struct Hints {
    /// What stands before a verb, with the blank or the sign between them; `None` where no verb can be called.
    verbs: Option<String>,
    /// The product's own variable for the switch.
    variable: String,
}

impl Hints {
    /// The hints of a program that people call by these words, where the host says so.
    pub(crate) fn new(calls: &Calls, program: Option<&str>, variable: String) -> Self {
        let verbs = match calls {
            Calls::Unknown => None,
            Calls::Named(words) if words.ends_with(['=', ' ']) => Some(words.clone()),
            Calls::Named(words) => Some(format!("{words} ")),
            Calls::Read(read) => read.verbs(program),
        };
        Self { verbs, variable }
    }

    /// The command line of a verb; `None` where there is none.
    pub(crate) fn verb(&self, verb: &str) -> Option<String> {
        self.verbs.as_ref().map(|verbs| format!("{verbs}{verb}"))
    }

    /// The words before a verb.
    pub(crate) fn words(&self) -> &str {
        self.verbs.as_deref().unwrap_or("telemetry").trim_end_matches([' ', '='])
    }

    /// What allows telemetry for everybody who has not answered yet, as `true`, or refuses it, as `false`.
    pub(crate) fn variable(&self, value: bool) -> String {
        format!("{}={value}", self.variable)
    }

    /// What to call for a verb, as a part of a sentence.
    pub(crate) fn call(&self, verb: &str) -> String {
        match self.verb(verb) {
            Some(line) => format!("`{line}`"),
            // Whoever reads this has called another verb, by words that only the host knows.
            None => format!("`{verb}` in the place of this verb"),
        }
    }
}
