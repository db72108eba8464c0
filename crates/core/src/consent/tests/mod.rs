//! The rule of consent, held against every combination of what its sources can say.

mod moved;
mod question;
mod resolve;
mod table;
