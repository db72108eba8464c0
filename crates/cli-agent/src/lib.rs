//! The aboveboard agent that a command line program embeds
#![forbid(unsafe_code)]
