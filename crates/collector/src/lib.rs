//! Receives, validates, logs, applies once, stores, rolls up, forgets and shows
#![forbid(unsafe_code)]
