//! Which crate, which folder and which file may use which.

mod arrows;
mod check;
mod circles;
mod crates;
mod files;
mod modules;
mod resolve;
#[cfg(test)]
mod tests;

pub(crate) use check::check;
pub(crate) use modules::Modules;
