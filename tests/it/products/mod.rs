//! The five example products, each in its own language on its real runtime, with its profile from `config/profiles`: what
//! they record, what leaves the machine and what never does.
#![allow(dead_code, reason = "the products that use the rest of it are added one by one")]

mod build;
mod machine;
mod profile;
mod sent;
mod stand_ins;
