//! The floor: a program that does nothing.
fn main() {}
