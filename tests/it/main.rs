//! Integration tests: the real binaries, end to end, by promise.
