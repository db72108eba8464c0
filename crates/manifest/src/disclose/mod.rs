//! The disclosure: what is collected, why, where it goes, and how to turn it off.

mod collected;
mod example;
mod page;
mod published;
mod put_together;
mod render;
mod rights;
mod switch;
#[cfg(test)]
mod tests;
mod turn_off;

pub use switch::{Switch, SwitchKind};
