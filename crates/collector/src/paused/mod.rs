//! Items that an operator paused: nothing of them is logged or stored until they are resumed.

mod item;
mod list;

pub use item::{Item, ItemKind};
pub(crate) use list::{NAME, Outcome};
pub use list::{PausedError, PausedItem, PausedItems};
