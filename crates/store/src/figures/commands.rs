//! Commands: how often they ran and for how many installations, and how often not well.

use std::collections::BTreeMap;

use aboveboard_types::event::Ending;

use super::super::read::{ReadResult, Snapshot};
use super::by_name::update;
use super::kept::KeptInstallations;
use super::outcomes::{Ended, EndedSets};
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

/// Runs of commands, in the window.
#[derive(Debug, Default)]
pub struct Commands {
    /// By command.
    pub by_command: BTreeMap<String, CommandFigures>,
    /// By day.
    pub days: BTreeMap<Day, Runs>,
    /// How any of them ended, by installation.
    pub any: Ended,
}

/// One command, in the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommandFigures {
    /// Its runs.
    pub runs: Runs,
    /// The installations that ran it: one machine that runs it all day is one. Of days on which it is not known who used what,
    /// there are none.
    pub installations: Ended,
}

impl Commands {
    pub(super) fn gather(
        snapshot: &dyn Snapshot,
        question: &Question,
        kept: &KeptInstallations,
    ) -> ReadResult<Self> {
        let mut commands = Self::default();
        snapshot.commands(&question.selection(), &mut |cell| {
            update(&mut commands.by_command, cell.command, |command: &mut CommandFigures| {
                command.runs.add(cell.ending, cell.runs);
            });
            commands.days.entry(cell.day).or_default().add(cell.ending, cell.runs);
        })?;
        let mut installations: BTreeMap<String, EndedSets> = BTreeMap::new();
        let mut any = EndedSets::default();
        snapshot.endings(&question.selection(), &mut |mut set| {
            kept.restrict(&mut set.installations);
            any.add(set.ending, &set.installations);
            update(&mut installations, set.command, |sets: &mut EndedSets| {
                sets.add(set.ending, &set.installations)
            });
        })?;
        for (command, sets) in &installations {
            update(&mut commands.by_command, command, |command| command.installations = sets.count());
        }
        commands.any = any.count();
        Ok(commands)
    }

    /// The commands that ran, those of most installations first.
    #[must_use]
    pub fn ranked(&self) -> Vec<(&str, CommandFigures)> {
        let all = self.by_command.iter().map(|(command, figures)| (command.as_str(), *figures));
        let mut ranked: Vec<_> = all.filter(|(_, figures)| figures.runs.all() > 0).collect();
        ranked.sort_by_key(|(_, figures)| std::cmp::Reverse((figures.installations.ran, figures.runs.all())));
        ranked
    }
}
