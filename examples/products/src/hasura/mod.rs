//! Built like the Hasura GraphQL Engine: a server with a metadata document, and its CLI.

mod metadata;

pub(crate) mod cli;
pub(crate) mod server;

aboveboard::manifest!("../../config/profiles/hasura.toml");
