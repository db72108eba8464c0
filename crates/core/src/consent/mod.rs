//! Consent: from all sources to one decision, and to the permit without which nothing is written.
//!
//! - [`Source`]s are asked in the order of their cost and the asking stops at the first opt-out; [`explain`] asks all.
//! - Any opt-out overrides any consent. What cannot be read counts as an opt-out. Adding an opt-out never turns anything
//!   on.
//! - A [`Permit`] can be made here only, so code that records cannot forget to ask.
//! - An answer covers the items that the manifest had then ([`Scope`](aboveboard_types::scope::Scope)); what is wider waits
//!   until the user is asked again.
//! - [`decide`] and [`explain`] read, and change nothing but the mode of an answer that a group may write to ([`answer::read`]).
//!   [`store`], [`answer::store`], [`purge`] and [`remove`] write, and an agent calls them when a person said something.

pub mod answer;
mod decide;
mod explanation;
mod moved;
mod permit;
mod policy;
mod purge;
mod question;
mod reading;
mod remove;
mod resolve;
mod still_permitted;
#[cfg(test)]
mod tests;

pub use self::{
    answer::{Answer, Asked, Choice, Surface},
    decide::decide,
    explanation::{Explanation, Finding, explain},
    moved::store,
    permit::{Decision, Permit},
    purge::purge,
    question::{Host, Question},
    reading::{Reading, reading, reading_of},
    remove::remove,
    resolve::{Mode, Source, StoredChoice},
    still_permitted::still_permitted,
};
