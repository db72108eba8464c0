//! HTTP headers that several crates read or write. All names are lower case, as HTTP/2 wants them.

/// The link header: a server's agent adds it to responses, and a CLI of the same product reads it there.
///
/// Its value is `<installation id>;<version>;<tag of the host it reports to>`, `off` where the server's telemetry is off, or `waiting` before its first
/// delay is over. A server that waits has not opted out, and the CLI records as if there were no server.
pub const LINK: &str = "aboveboard-server";

/// The public ingest key.
pub const INGEST_KEY: &str = "aboveboard-key";

/// The proof that a request comes from the installation that it names: a [`Proof`](crate::possession::Proof).
pub const PROOF: &str = "aboveboard-proof";

/// The batch that a request carries, by its id. It stands outside the body so that a collector can name the batch in a
/// refusal even where it did not read the body.
pub const BATCH: &str = "aboveboard-batch";

/// The installation that a request is about, by its id, where the request carries no batch.
pub const INSTALLATION: &str = "aboveboard-installation";

/// The token of a console: a page of the console gets it with its configuration, and sends it back with each post.
pub const TOKEN: &str = "aboveboard-token";

/// The secret of a bridge beside a host: the host adds it to each request of a page that it passes on.
pub const BRIDGE: &str = "aboveboard-bridge";

/// The address at the other end of a page's connection to a host, as `127.0.0.1:50312`, which the host adds for a bridge
/// beside it.
pub const PEER: &str = "aboveboard-peer";
