//! Published figures: from what installations add to the document that is published.
//!
//! The way of a figure: true counts and noise make a draw ([`draw()`]), which is made once and kept. What follows is a pure
//! function of the draw, of the manifest and of lists that the operator names: tables are made to add up, small cells go
//! into a rest row, and words are put to them. So nothing that is published depends on an exact count.

mod assemble;
mod audit;
mod crowd;
mod draw;
mod error;
mod guard;
mod held;
pub mod keep;
mod noise;
mod plan;
mod randomness;
mod rehearsal;
mod rest;
mod ruling;
mod run;
mod settle;
pub mod site;
mod variance;
mod words;

pub use assemble::{AssembleInput, assemble};
pub use audit::{Audit, AuditedCell, audit};
pub use draw::{CountedLine, DrawError, Drawn, DrawnGroup, DrawnTable, TrueCounts, counted_lines, draw};
pub use error::PublishError;
pub use held::held;
pub use noise::{ExactNoise, MAX_VARIANCE, Noise, NoiseError};
pub use plan::{Plan, PlannedGroup, PlannedSize, PlannedTable};
pub use randomness::{Randomness, SeededRandomness, SystemRandomness};
pub use rehearsal::rehearse;
pub use rest::{RestRow, rest_row};
pub use run::{DrawOrder, draw_once};
pub use settle::{Settled, SettledTable, settle};
pub use variance::group_variance;

#[cfg(test)]
mod tests;
