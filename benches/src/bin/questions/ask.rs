//! The questions of the page, each asked over HTTP, one after the other.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use aboveboard_benches::Outcome;
use aboveboard_benches::process::Server;
use aboveboard_types::clock;

/// How often each is asked after a first time.
const REPETITIONS: usize = 11;

/// Asks for every table over two windows, and for the page.
pub(crate) fn all(server: &Server, last_day: i64) -> Outcome<()> {
    let address = server.address;
    let until = date(last_day);
    let tables = get(address, "/api/tables.json")?.0;
    let names: Vec<&str> =
        tables.split("\"name\":\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    println!(
        "{:<24} {:>10} {:>10} {:>10} {:>10} {:>10}",
        "ms", "30 days", "of CPU", "90 days", "of CPU", "first"
    );
    for name in names {
        let of = |days: u16| format!("/api/tables/{name}.json?product=quarry&days={days}&until={until}");
        line(name, median(server, &of(30))?, median(server, &of(90))?);
    }
    let page = |more: &str| format!("/?product=quarry&until={until}{more}");
    for (what, more) in [
        ("the page", ""),
        ("the page, CLIs", "&component=cli"),
        ("the page, one version", "&version=1.6.1"),
        ("the page, linux", "&os=linux"),
    ] {
        line(what, median(server, &page(more))?, median(server, &page(&format!("{more}&days=90")))?);
    }
    Ok(())
}

fn line(what: &str, month: Times, quarter: Times) {
    println!(
        "{what:<24} {:>10.1} {:>10.1} {:>10.1} {:>10.1} {:>10.1}",
        month.wall, month.cpu, quarter.wall, quarter.cpu, month.first
    );
}

/// Milliseconds: the median, what the server computed for one on average, and the first time. On a busy machine the
/// first and the last include waiting for other processes.
struct Times {
    wall: f64,
    cpu: f64,
    first: f64,
}

fn median(server: &Server, path: &str) -> Outcome<Times> {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let first = ms(get(server.address, path)?.1);
    let before = server.cost()?.all;
    let mut times = Vec::new();
    for _ in 0..REPETITIONS {
        times.push(get(server.address, path)?.1);
    }
    let cpu = ms(server.cost()?.all.saturating_sub(before)) / REPETITIONS as f64;
    times.sort_unstable();
    Ok(Times { wall: ms(times[REPETITIONS / 2]), cpu, first })
}

fn get(address: SocketAddr, path: &str) -> Outcome<(String, Duration)> {
    let start = Instant::now();
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(
        format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer token-of-the-operator\r\nconnection: close\r\n\r\n").as_bytes(),
    )?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    if text.starts_with("HTTP/1.1 200") {
        Ok((text, start.elapsed()))
    } else {
        Err(format!("{path}: {text}").into())
    }
}

/// `2026-11-22`, of days since 1970.
fn date(days: i64) -> String {
    let (year, month, day) = clock::date(u64::try_from(days).unwrap_or(0));
    format!("{year:04}-{month:02}-{day:02}")
}
