//! The event of a line.

use aboveboard_types::declaration::{Component, Declaration};
use aboveboard_types::event::Event;

use super::json::Object;
use super::wrong::Wrong;
use crate::values::{self, Given, WrongField, value};

/// The event of this name and these fields, and the component that it is of.
///
/// # Errors
/// It is not what the manifest declares.
pub(super) fn read(
    declaration: &'static Declaration,
    name: &str,
    fields: &Object<'_, Given<'_>>,
) -> Result<(Component, Event<'static>), Wrong> {
    let known = declaration.events.iter().find(|known| known.name == name).ok_or(Wrong::Event)?;
    let event = values::event(known, &fields.0, value).map_err(|wrong| match wrong {
        WrongField::Value(_) => Wrong::Value,
        WrongField::Unknown(_) | WrongField::Twice(_) => Wrong::Field,
    })?;
    Ok((known.component, event))
}
