//! The stored form of batches, events and states.
//!
//! A form begins with the number of its texts and these texts, each once; behind them everything is a variable-length integer
//! (LEB128), a text its place among the texts. Bytes that this did not write read as [`NotEncoded`], and take no more memory than
//! their own length calls for.

mod batch;
mod context;
mod event;
mod forms;
mod read;
mod state;
#[cfg(test)]
mod tests;
mod write;

pub use forms::{
    batch, context, events, latest, read_batch, read_context, read_events, read_latest, read_state, state,
};
pub use read::NotEncoded;
