//! What published figures are made of: for one installation after the other, to which cells of a publication it adds one.
//!
//! A [`Layout`] says which cells there are; it follows from a manifest and from release lines alone, so which cells exist says
//! nothing of the data. What an installation adds is bounded by the layout, and is a function of what that installation sent
//! and of nobody else.

mod bound;
mod finder;
mod lay_out;
mod layout;
mod period;
mod presence;
mod source;
mod store;
mod tables;
mod tally;
#[cfg(test)]
mod tests;

pub use bound::Contributor;
pub use finder::CellFinder;
pub use layout::{AGES, CellIndex, HEADLINE, Layout, LayoutGroup, LayoutTable, Subject, TableForm};
pub use period::{days_of, period_of};
pub use presence::{Presence, ShownPresence};
pub use source::{Contribution, ContributionRequest, ContributionSource, ContributorFilter};
pub use store::StoreContributions;
pub use tables::CountedTables;
pub use tally::Tally;
