//! The aboveboard binary for operators, maintainers and users.
#![forbid(unsafe_code)]

fn main() {}
