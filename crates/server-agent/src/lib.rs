//! The aboveboard agent that a server embeds
#![forbid(unsafe_code)]
