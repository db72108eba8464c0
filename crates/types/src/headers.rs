//! HTTP headers that several crates read or write. All names are lower case, as HTTP/2 wants them.

/// The link header: a server's agent adds it to responses, and a CLI of the same product reads it there.
///
/// Its value is `<installation id>;<version>;<tag of the host it reports to>`, `off` where the server's telemetry is off, or `waiting` before its first
/// delay is over. A server that waits has not opted out, and the CLI records as if there were no server.
pub const LINK: &str = "aboveboard-server";

/// The proof that a request comes from the installation that it names: a [`Proof`](crate::possession::Proof).
pub const PROOF: &str = "aboveboard-proof";

/// The batch that a request carries, by its id. It stands outside the body so that a collector can name the batch in a
/// refusal even where it did not read the body.
pub const BATCH: &str = "aboveboard-batch";

/// The installation that a request is about, by its id, where the request carries no batch.
pub const INSTALLATION: &str = "aboveboard-installation";

/// The token of a console: a page of the console gets it with its configuration, and sends it back with each post.
pub const TOKEN: &str = "aboveboard-token";

/// The headers that proxies add. A request with one of them was passed on, so that a loopback peer says nothing about
/// who asks. What is only for people at the machine itself refuses such a request.
pub const FORWARDED: [&str; 7] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "via",
    "cf-connecting-ip",
];

/// Whether a `Host` names this machine by a literal, with or without a port. A name of the DNS does not: anybody can
/// point theirs at a loopback address and have a browser ask there.
#[must_use]
pub fn is_loopback_host(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "127.0.0.1" | "[::1]" | "localhost")
}
