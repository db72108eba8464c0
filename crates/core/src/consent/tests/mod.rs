//! The rule of consent, held against every combination of what its sources can say.

#[cfg(unix)]
mod moved;
mod question;
mod resolve;
mod table;
