//! Each host beside its twin without telemetry, over many command lines and in every state of consent: the same bytes, exit
//! code and files. README.md beside this folder says how it works and how a shape is added.

mod difference;
mod events;
mod line;
mod shape;
mod shapes;
mod state;
mod twin;
