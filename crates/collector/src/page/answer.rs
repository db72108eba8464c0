//! From a question to its tables: which figures each needs, and nothing more.

use super::figures::activity::{self, Activity};
use super::figures::commands::Commands;
use super::figures::counts::Counts;
use super::figures::{changes, console, events, people, quality};
use super::scope::Scope;
use super::table::Table;
use crate::store::sqlite::Snapshot;

/// Every table, in the order of the page.
pub(crate) const TABLES: [&str; 13] = [
    "changes",
    "active",
    "activity",
    "versions",
    "commands",
    "counts",
    "actions",
    "routes",
    "events",
    "platforms",
    "retention",
    "funnel",
    "quality",
];

/// One table by its name; `None` for a name that is none.
pub(crate) fn table(snapshot: &Snapshot<'_>, scope: &Scope, name: &str) -> rusqlite::Result<Option<Table>> {
    let activity = || Activity::gather(snapshot, scope);
    Ok(Some(match name {
        "changes" => {
            let commands = Commands::gather(snapshot, scope)?;
            changes::table(&activity()?, &commands, &quality::table(snapshot, scope)?, scope)
        }
        "active" => activity::cards(&activity()?, scope),
        "activity" => activity()?.days_table(scope),
        "versions" => activity()?.versions_table(scope),
        "commands" => Commands::gather(snapshot, scope)?.table(scope),
        "counts" => Counts::gather(snapshot, scope)?.table(scope.manifest.as_deref()),
        "actions" => console::tables(snapshot, scope)?.into_iter().next().unwrap_or_else(empty),
        "routes" => console::tables(snapshot, scope)?.into_iter().nth(1).unwrap_or_else(empty),
        "events" => events::table(snapshot, scope)?,
        "platforms" => activity()?.platforms_table(scope),
        "retention" => activity()?.retention_table(scope),
        "funnel" => people::funnel(&activity()?, scope),
        "quality" => quality::table(snapshot, scope)?,
        _ => return Ok(None),
    }))
}

fn empty() -> Table {
    Table::new("", "", &[])
}
