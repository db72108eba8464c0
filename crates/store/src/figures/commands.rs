//! Runs of commands: how often, and how often not well.

use std::collections::BTreeMap;

use aboveboard_types::event::Ending;

use super::super::read::{Days, ReadResult, Snapshot};
use super::by_name::update;
use super::question::Question;
use crate::calendar::Day;

/// How runs ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Runs {
    /// With success.
    pub well: u64,
    /// With an error.
    pub error: u64,
    /// They began and never said how they ended.
    pub unfinished: u64,
}

impl Runs {
    /// All runs.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.well + self.error + self.unfinished
    }

    fn add(&mut self, ending: Ending, runs: u64) {
        match ending {
            Ending::Success => self.well += runs,
            Ending::Error => self.error += runs,
            Ending::Unfinished => self.unfinished += runs,
        }
    }
}

/// Runs of commands.
#[derive(Debug, Default)]
pub struct Commands {
    /// By command; also commands that ran only shortly before the window.
    pub by_command: BTreeMap<String, CommandRuns>,
    /// In the window, by day.
    pub days: BTreeMap<Day, Runs>,
}

/// Runs of one command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommandRuns {
    /// In the window.
    pub window: Runs,
    /// On the last two days of the window.
    pub(super) last_two_days: Runs,
    /// In its last seven days.
    pub(super) week: Runs,
    /// In the 28 days before those.
    pub(super) before: Runs,
}

impl Commands {
    pub(super) fn gather(snapshot: &dyn Snapshot, question: &Question) -> ReadResult<Self> {
        let Days { first, last } = question.days;
        let reach = Days { first: first.min(last - 34), last };
        let mut commands = Self::default();
        snapshot.commands(&question.selection_of(reach), &mut |cell| {
            let ago = last - cell.day;
            update(&mut commands.by_command, cell.command, |runs: &mut CommandRuns| {
                if cell.day >= first {
                    runs.window.add(cell.ending, cell.runs);
                }
                if ago < 2 {
                    runs.last_two_days.add(cell.ending, cell.runs);
                }
                if ago < 7 {
                    runs.week.add(cell.ending, cell.runs);
                } else if ago < 35 {
                    runs.before.add(cell.ending, cell.runs);
                }
            });
            if cell.day >= first {
                commands.days.entry(cell.day).or_default().add(cell.ending, cell.runs);
            }
        })?;
        Ok(commands)
    }

    /// The commands that ran in the window, the most frequent first.
    #[must_use]
    pub fn ranked(&self) -> Vec<(&str, Runs)> {
        let window = self.by_command.iter().map(|(command, runs)| (command.as_str(), runs.window));
        let mut ranked: Vec<_> = window.filter(|(_, runs)| runs.all() > 0).collect();
        ranked.sort_by_key(|(_, runs)| std::cmp::Reverse(runs.all()));
        ranked
    }
}
