//! OpenVINO: a tool in Python that asks, a library that never asks, and a backend for the package that both call today.

mod consent;
mod package;
mod prompt;
mod reports;
mod retention;
mod tools;
