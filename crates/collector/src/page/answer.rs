//! From a question to its tables: which figures each needs, gathered once and no earlier than needed.

use std::cell::OnceCell;

use super::compare::compare;
use super::figures::activity::{self, Activity};
use super::figures::commands::Commands;
use super::figures::counts::Counts;
use super::figures::events::Events;
use super::figures::{changes, console, people, quality, timings};
use super::scope::Scope;
use super::table::Table;
use crate::store::sqlite::Snapshot;

/// Every table, in the order of the page.
pub(crate) const TABLES: [&str; 14] = [
    "changes",
    "active",
    "activity",
    "versions",
    "commands",
    "counts",
    "timings",
    "actions",
    "routes",
    "events",
    "platforms",
    "funnel",
    "retention",
    "quality",
];

/// The answers to one question.
pub(crate) struct Answers<'s> {
    snapshot: &'s Snapshot<'s>,
    pub(crate) scope: &'s Scope,
    activity: OnceCell<Activity>,
    commands: OnceCell<Commands>,
    console: OnceCell<[Table; 2]>,
    events: OnceCell<Events>,
    /// The window before, where it is asked for too.
    earlier: OnceCell<Scope>,
}

impl<'s> Answers<'s> {
    pub(crate) fn new(snapshot: &'s Snapshot<'s>, scope: &'s Scope) -> Self {
        let (activity, commands) = (OnceCell::new(), OnceCell::new());
        let (console, events, earlier) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { snapshot, scope, activity, commands, console, events, earlier }
    }

    pub(crate) fn activity(&self) -> rusqlite::Result<&Activity> {
        once(&self.activity, || Activity::gather(self.snapshot, self.scope))
    }

    pub(crate) fn commands(&self) -> rusqlite::Result<&Commands> {
        once(&self.commands, || Commands::gather(self.snapshot, self.scope))
    }

    pub(crate) fn events(&self) -> rusqlite::Result<&Events> {
        once(&self.events, || Events::gather(self.snapshot, self.scope))
    }

    /// Some tables by their names, beside those of the window before where that is asked for. `None` for a name that
    /// is none. Together, because the window before is then gathered once.
    pub(crate) fn tables<const N: usize>(&self, names: [&str; N]) -> rusqlite::Result<[Option<Table>; N]> {
        let mut tables = [const { None }; N];
        for (table, name) in tables.iter_mut().zip(names) {
            *table = self.alone(name)?;
        }
        if self.scope.query.compare {
            let earlier = once(&self.earlier, || self.scope.before(self.snapshot))?;
            let before = Answers::new(self.snapshot, earlier);
            for table in tables.iter_mut().flatten().filter(|table| !table.figures.is_empty()) {
                if let Some(before) = before.alone(table.name)? {
                    compare(table, &before, self.scope.query.window());
                }
            }
        }
        Ok(tables)
    }

    /// One table by its name.
    pub(crate) fn table(&self, name: &str) -> rusqlite::Result<Option<Table>> {
        let [table] = self.tables([name])?;
        Ok(table)
    }

    fn alone(&self, name: &str) -> rusqlite::Result<Option<Table>> {
        let (snapshot, scope) = (self.snapshot, self.scope);
        let console = || once(&self.console, || console::tables(snapshot, scope));
        Ok(Some(match name {
            "changes" => {
                let quality = quality::table(snapshot, scope, self.activity()?)?;
                changes::table(self.activity()?, self.commands()?, &quality, scope)
            }
            "active" => activity::cards(self.activity()?, scope),
            "activity" => self.activity()?.days_table(scope),
            "versions" => self.activity()?.versions_table(scope),
            "commands" => self.commands()?.table(scope),
            "counts" => Counts::gather(snapshot, scope)?.table(scope),
            "timings" => timings::table(snapshot, scope)?,
            "actions" => console()?[0].clone(),
            "routes" => console()?[1].clone(),
            "events" => self.events()?.table(scope),
            "platforms" => self.activity()?.platforms_table(scope),
            "retention" => self.activity()?.retention_table(scope),
            "funnel" => people::funnel(snapshot, self.activity()?, scope)?,
            "quality" => quality::table(snapshot, scope, self.activity()?)?,
            _ => return Ok(None),
        }))
    }
}

/// What the cell holds, made now if it holds nothing.
fn once<T>(cell: &OnceCell<T>, make: impl FnOnce() -> rusqlite::Result<T>) -> rusqlite::Result<&T> {
    if cell.get().is_none() {
        let made = make()?;
        return Ok(cell.get_or_init(|| made));
    }
    // Just seen to be full; the closure is never called.
    cell.get().ok_or(rusqlite::Error::QueryReturnedNoRows)
}
