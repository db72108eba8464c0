//! What the measured programs share: the product they speak of, and the clap tree of the CLI among them.
#![forbid(unsafe_code)]

use std::borrow::Cow::Borrowed;

use aboveboard_types::declaration::{Declaration, Policy, Text};

static COMMANDS: [Text; 3] = [Borrowed("init"), Borrowed("metadata apply"), Borrowed("migrate status")];

/// The product of the measured programs, as its users would run it: a release. Where a circumstance needs another
/// endpoint than the manifest's, `PEER_TELEMETRY_ENDPOINT` names it.
pub static PRODUCT: Declaration = Declaration::EMPTY
    .product(Borrowed("peer"))
    .name(Borrowed("Peer"))
    .revision(1)
    .hash(Borrowed("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"))
    .endpoint(Borrowed("https://telemetry.peer.example"))
    .ingest_key(Borrowed("pk_pub_1"))
    .controller(Borrowed("nobody"))
    .retention(Borrowed("13 months"))
    .release(true)
    .cli(Policy::Ask)
    .report_every(86_400)
    .commands(Borrowed(&COMMANDS));

/// A tree of the size of a real tool's.
#[must_use]
pub fn tree() -> clap::Command {
    let leaf = |name: &'static str| clap::Command::new(name).about("does what it says");
    clap::Command::new("peer")
        .subcommand(leaf("init"))
        .subcommand(clap::Command::new("metadata").subcommands(["apply", "export", "clear"].map(leaf)))
        .subcommand(clap::Command::new("migrate").subcommands(["create", "apply", "status"].map(leaf)))
        .subcommands(["console", "deploy", "logs", "open", "scale", "version"].map(leaf))
}

/// Where the peers send: the address of the bench's own server.
#[must_use]
pub fn endpoint() -> String {
    std::env::var("PEER_ENDPOINT").unwrap_or_else(|_| "http://127.0.0.1:9".to_owned())
}
