//! Integration tests: the real binaries, end to end, by promise.
#![forbid(unsafe_code)]

mod demo;
mod faults;
mod kills;
mod secrets;
mod switches;
mod way;
mod world;
