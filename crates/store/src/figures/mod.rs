//! Figures: what the data comes to for one question, in numbers, names, versions, days and intervals.
//!
//! They are written once, above the read port, for every store. Nothing here knows a URL, a table or a word that people
//! read; nothing that comes out of here is a set, a stored number or a packed version.

pub mod activity;
mod answers;
mod begins;
mod by_name;
mod chain;
pub mod changes;
pub mod commands;
pub mod console;
pub mod counts;
pub mod events;
mod evidence;
mod failing;
pub mod funnel;
pub mod funnels;
pub mod headline;
pub mod health;
mod heard;
mod interval;
mod kept;
pub mod marks;
mod outage;
pub mod outcomes;
pub mod quality;
mod question;
pub mod reach;
mod release_timings;
pub mod releases;
pub mod retention;
mod rolling;
pub mod series;
pub mod timings;
mod verified;

pub use answers::Answers;
pub use evidence::Means;
pub use interval::{Share, ratio, wilson};
pub use question::{InstallationFilter, Question, SizeFilter};
