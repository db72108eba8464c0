//! Roll-ups: how placed events become rows and roll-ups, with nothing in it that knows a database.

pub mod delta;
pub mod row;
pub mod set;
