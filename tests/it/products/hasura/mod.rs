//! Hasura in Go: a server, its command line program, and the console that both of them serve.

mod cli;
mod installed;
mod off;
mod server;
