//! The terminal, and whether a person is at it.

mod person;
#[cfg_attr(unix, path = "unix.rs")]
mod system;
mod typed;

pub(crate) use self::person::{has_person, has_prompt, printable};
pub(crate) use self::typed::Typed;
