//! The collector through its doors: what it takes, what it refuses, what it survives.
#![forbid(unsafe_code)]

mod crash;
mod doors;
mod faults;
mod program;
mod slow;
mod smuggling;
mod stand;
