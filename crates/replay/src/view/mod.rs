//! One moment of a cluster: what closed days and open ones come to together.

mod amendments;
mod cells;
mod contributors;
mod dump;
mod installations;
mod members;
mod moment;
mod names;
mod own_rows;
mod received;
mod removed;
mod retirement;
mod rows;
mod sets;
mod snapshot;
#[cfg(test)]
mod tests;

pub use snapshot::View;
