//! Figures: what the roll-ups come to for one question, each by its own pass, and the tables made of them.

pub(crate) mod activity;
pub(crate) mod changes;
pub(crate) mod commands;
pub(crate) mod console;
pub(crate) mod counts;
pub(crate) mod events;
pub(crate) mod people;
pub(crate) mod quality;
pub(crate) mod timings;
