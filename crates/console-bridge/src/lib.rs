//! Links the sessions of a web console to the server or CLI that serves it
#![forbid(unsafe_code)]
