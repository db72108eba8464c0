//! What the runs of a check showed.

use std::fmt;

use super::trace::Effect;

/// How many effects of one run a message shows.
const MAX_SHOWN: usize = 12;

/// What the runs showed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SilenceReport {
    /// The program with its arguments.
    pub command: String,
    /// Whether it ran in a network namespace of its own.
    pub isolated: bool,
    /// One for each switch.
    pub runs: Vec<SilenceRun>,
    /// The run with telemetry on, to compare with.
    pub on: SilenceRun,
    pub(super) proves_nothing: bool,
}

/// The program under one switch.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SilenceRun {
    /// The switch, in words.
    pub name: String,
    /// What the program did that it was not allowed to.
    pub effects: Vec<Effect>,
}

impl SilenceReport {
    /// Whether no run left a trace, although the runs could have shown one.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        !self.proves_nothing && self.runs.iter().all(|run| run.effects.is_empty())
    }
}

impl fmt::Display for SilenceReport {
    /// Every effect, by switch.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let loud: Vec<_> = self.runs.iter().filter(|run| !run.effects.is_empty()).collect();
        if loud.is_empty() && self.proves_nothing {
            return write!(
                formatter,
                "{}: silent, but with telemetry on too, so nothing was proved: name a command that is recorded, or \
                 say control = false",
                self.command
            );
        }
        if loud.is_empty() {
            return write!(formatter, "{}: silent under {} switches", self.command, self.runs.len());
        }
        write!(formatter, "{}: not silent", self.command)?;
        for run in loud {
            write!(formatter, "\n  under {}", run.name)?;
            for effect in run.effects.iter().take(MAX_SHOWN) {
                write!(formatter, "\n    it {effect}")?;
            }
            if let more @ 1.. = run.effects.len().saturating_sub(MAX_SHOWN) {
                write!(formatter, "\n    and {more} more")?;
            }
        }
        Ok(())
    }
}
