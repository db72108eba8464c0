//! What embedding costs a program: small hosts of each kind beside their twins without telemetry, counted and measured, and
//! written into the README.

mod host;
mod kinds;
mod measure;
mod table;

pub(crate) use table::run;
