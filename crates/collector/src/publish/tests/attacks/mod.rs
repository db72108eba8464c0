//! Attacks: somebody who knows everything but one installation guesses from what is published whether it is there.
//!
//! Each attack is held against the bound that the ledger promises, and each must exceed that bound where the mechanism is
//! broken: with too little noise, without a bound, with noise drawn again. An attack that cannot win proves nothing.
//! `cargo xtask mutants` breaks the mechanism itself, line by line.

mod attacker;
mod crowd;
mod exact;
mod fakes;
mod floods;
mod greedy;
mod noises;
mod presence;
mod repeated;
mod sites;
mod stores;
