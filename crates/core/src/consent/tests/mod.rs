//! The rule of consent, held against every combination of what its sources can say.

mod question;
mod resolve;
mod table;
