//! Funnels: which recorded thing each step means.

use std::collections::BTreeSet;

use aboveboard_types::declaration::{Component, Policy};

use crate::grammar::name;
use crate::{Manifest, RenamedItem, StepItem};

/// The step that means a report of the server.
const REPORT: &str = "report";

impl StepItem {
    /// Reads the long form: `event:started`, `command:init`, `action:table_tracked`, `report`.
    fn parse(text: &str) -> Option<Self> {
        if text == REPORT {
            return Some(Self::Report);
        }
        let (kind, name) = text.split_once(':')?;
        match kind {
            "event" if name::is_name(name) => Some(Self::Event(name.to_owned())),
            "command" if name::is_command(name) => Some(Self::Command(name.to_owned())),
            "action" if name::is_name(name) => Some(Self::Action(name.to_owned())),
            _ => None,
        }
    }

    /// The long form.
    #[must_use]
    pub fn spelled(&self) -> String {
        match self {
            Self::Event(name) => format!("event:{name}"),
            Self::Command(path) => format!("command:{path}"),
            Self::Action(name) => format!("action:{name}"),
            Self::Report => REPORT.to_owned(),
        }
    }

    /// The name alone.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Event(name) | Self::Command(name) | Self::Action(name) => name,
            Self::Report => REPORT,
        }
    }
}

/// Whether a text can be a step. Names are command paths by their spelling.
pub(crate) fn is_step(text: &str) -> bool {
    StepItem::parse(text).is_some() || name::is_command(text)
}

/// Whose installation records a step: what a server is, or a user's home directory, which command line program and
/// application share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Recorder {
    Server,
    User,
}

impl Recorder {
    pub(crate) fn of(component: Component) -> Self {
        if component == Component::Server { Self::Server } else { Self::User }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Server => "the installation of a server",
            Self::User => "the installation of a user",
        }
    }
}

impl Manifest {
    /// What a step means: none where it is the name of nothing that is declared, now or under an old name. The long form
    /// says it also of what is not declared (any more); see [`Manifest::declares`].
    #[must_use]
    pub fn step(&self, text: &str) -> Option<StepItem> {
        let meant = self.meanings(text).into_iter().next();
        match meant {
            Some(item) if self.declares(&item) => Some(item),
            undeclared => self.now_called(text).or(undeclared),
        }
    }

    /// What a step means whose name is an old one.
    pub(crate) fn now_called(&self, text: &str) -> Option<StepItem> {
        let long = StepItem::parse(text);
        let mut renamed = self.renames().into_iter().filter_map(|rename| {
            let (was, now) = match rename.item {
                RenamedItem::Event(now) => {
                    (StepItem::Event(rename.old.to_owned()), StepItem::Event(now.to_owned()))
                }
                RenamedItem::Command(now) => {
                    (StepItem::Command(rename.old.to_owned()), StepItem::Command(now.to_owned()))
                }
                RenamedItem::Action(now) => {
                    (StepItem::Action(rename.old.to_owned()), StepItem::Action(now.to_owned()))
                }
                _ => return None,
            };
            let is_meant = long.as_ref().map_or(rename.old == text, |long| *long == was);
            is_meant.then_some(now)
        });
        renamed.next()
    }

    /// Everything that a step may mean: more than one thing where a short name stands for several.
    pub(crate) fn meanings(&self, text: &str) -> Vec<StepItem> {
        if let Some(item) = StepItem::parse(text) {
            return vec![item];
        }
        let name = text.to_owned();
        [StepItem::Event(name.clone()), StepItem::Command(name.clone()), StepItem::Action(name)]
            .into_iter()
            .filter(|item| self.declares(item))
            .collect()
    }

    /// Whether what a step means can be recorded.
    #[must_use]
    pub fn declares(&self, item: &StepItem) -> bool {
        match item {
            StepItem::Event(name) => self.events.iter().any(|event| event.name == *name),
            StepItem::Command(path) => self.cli.as_ref().is_some_and(|cli| cli.commands.contains(path)),
            StepItem::Action(name) => {
                self.console.iter().flat_map(|console| &console.actions).any(|action| action.name == *name)
            }
            StepItem::Report => !self.counts.is_empty() || !self.timings.is_empty(),
        }
    }

    /// Every name that a step can have, in its short form.
    pub(crate) fn step_names(&self) -> impl Iterator<Item = &str> {
        let events = self.events.iter().map(|event| &*event.name);
        let commands = self.cli.iter().flat_map(|cli| &cli.commands).map(|command| &**command);
        let actions = self.console.iter().flat_map(|console| &console.actions).map(|action| &*action.name);
        events.chain(commands).chain(actions).chain(self.declares(&StepItem::Report).then_some(REPORT))
    }

    /// Whose installations can record a step.
    pub(crate) fn recorders(&self, item: &StepItem) -> BTreeSet<Recorder> {
        let on = |policy: Option<Policy>| policy.is_some_and(|policy| policy != Policy::Off);
        match item {
            StepItem::Event(name) => {
                let events = self.events.iter().filter(|event| event.name == *name);
                events.map(|event| Recorder::of(event.component)).collect()
            }
            StepItem::Command(_) => BTreeSet::from([Recorder::User]),
            // What is done in a console counts for the server or the program that serves it.
            StepItem::Action(_) => {
                [(Recorder::Server, self.consent.server), (Recorder::User, self.consent.cli)]
                    .into_iter()
                    .filter_map(|(recorder, policy)| on(policy).then_some(recorder))
                    .collect()
            }
            StepItem::Report => BTreeSet::from([Recorder::Server]),
        }
    }
}
