//! The typed API of programs that are not written in Rust, as files that their makers commit.

mod console;
mod go;
mod language;
mod python;
mod source;
#[cfg(test)]
mod tests;
mod typescript;

pub use language::Language;
