//! A request to a collector that was started here.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use aboveboard_types::clock;

use crate::Outcome;

/// The body of the answer to a GET by the operator, and how long it took.
///
/// # Errors
/// Where the answer is not 200.
pub fn get(address: SocketAddr, path: &str) -> Outcome<(String, Duration)> {
    let start = Instant::now();
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(
        format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer token-of-the-operator\r\nconnection: close\r\n\r\n").as_bytes(),
    )?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let took = start.elapsed();
    match text.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.1 200") => Ok((body.to_owned(), took)),
        _ => Err(format!("{path}: {text}").into()),
    }
}

/// The names of the tables that a collector has.
///
/// # Errors
/// As above.
pub fn tables(address: SocketAddr) -> Outcome<Vec<String>> {
    let text = get(address, "/api/tables.json")?.0;
    let names = text.split("\"name\":\"").skip(1).filter_map(|rest| rest.split('"').next());
    Ok(names.map(str::to_owned).collect())
}

/// `2026-11-22`, of days since 1970.
#[must_use]
pub fn date(days: i64) -> String {
    let (year, month, day) = clock::date(u64::try_from(days).unwrap_or(0));
    format!("{year:04}-{month:02}-{day:02}")
}
