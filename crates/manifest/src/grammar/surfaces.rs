//! What a program offers as a whole: commands of the CLI, actions and routes of the console.

use super::item_info::{Defaults, surface_info};
use super::{Table, name, not_a_name};
use crate::model::{Action, Cli, Console};

pub(super) fn cli(table: &Table<'_, '_, '_>, defaults: &Defaults) -> Option<Cli> {
    let info = surface_info(table, defaults, "commands of the command line program");
    let commands = table.texts("commands")?;
    let commands_span = table.span_of("commands");
    Some(Cli {
        info: info?,
        program: table.text("program"),
        commands,
        commands_was: table.splits("commands-was").unwrap_or_default(),
        commands_span,
    })
}

pub(super) fn console(table: &Table<'_, '_, '_>, defaults: &Defaults) -> Option<Console> {
    let info = surface_info(table, defaults, "actions and pages of the web console");
    let routes = table.texts("routes").unwrap_or_default();
    let actions = actions(table);
    if let Some(unknown) = routes.iter().find(|route| *route == "unknown") {
        table.diagnostics.error(&table.span_of("routes"), not_a_name(unknown));
    }
    Some(Console {
        info: info?,
        actions,
        routes,
        actions_was: table.splits("actions-was").unwrap_or_default(),
        routes_was: table.splits("routes-was").unwrap_or_default(),
    })
}

fn actions(table: &Table<'_, '_, '_>) -> Vec<Action> {
    let pairs = table.pairs("actions").unwrap_or_default();
    let names: Vec<_> = pairs.iter().map(|(name, _, span)| (&**name, span.clone())).collect();
    table.require_names("actions", &names);
    for (index, (name, action_type, span)) in pairs.iter().enumerate() {
        if !name::is_action_type(action_type) {
            table.diagnostics.report(
                span,
                format!("the action type of `{name}` cannot be `{action_type}`"),
                "an action type is compared byte by byte in the page",
                "write printable ASCII without quotes, at most 128 bytes",
            );
        }
        if let Some((twin, ..)) = pairs[..index].iter().find(|(_, other, _)| other == action_type) {
            table.diagnostics.report(
                span,
                format!("`{name}` and `{twin}` stand for the same action type"),
                "one action would be two events",
                "remove one of them",
            );
        }
    }
    pairs.into_iter().map(|(name, action_type, span)| Action { name, action_type, span }).collect()
}
