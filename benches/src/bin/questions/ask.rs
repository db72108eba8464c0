//! The questions of the page, each asked over HTTP, one after the other.

use std::time::Duration;

use aboveboard_benches::Outcome;
use aboveboard_benches::http::{date, get, tables};
use aboveboard_benches::process::Server;

/// How often each is asked after a first time.
const REPETITIONS: usize = 11;

/// Asks for every table over two windows, and for the page.
pub(crate) fn all(server: &Server, last_day: i64) -> Outcome<()> {
    let address = server.address;
    let until = date(last_day);
    println!(
        "{:<24} {:>10} {:>10} {:>10} {:>10} {:>10}",
        "ms", "30 days", "of CPU", "90 days", "of CPU", "first"
    );
    for name in tables(address)? {
        let of = |days: u16| format!("/api/tables/{name}.json?product=quarry&days={days}&until={until}");
        line(&name, median(server, &of(30))?, median(server, &of(90))?);
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
