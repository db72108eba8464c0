//! The shapes, by what sets them apart.

mod arguments;
mod commands;
mod library;
mod process;
mod uninstalling;
