//! The questions of the page, each asked over HTTP, one behind the other.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use aboveboard_benches::Outcome;

/// How often each is asked after a first time.
const TIMES: usize = 11;

/// Asks for every table over two windows, and for the page.
pub(crate) fn all(address: SocketAddr, last_day: i64) -> Outcome<()> {
    let until = date(last_day);
    let tables = get(address, "/api/tables.json")?.0;
    let names: Vec<&str> =
        tables.split("\"name\":\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    println!("{:<24} {:>10} {:>10} {:>10}", "ms", "30 days", "90 days", "first");
    for name in names {
        let of = |days: u16| format!("/api/tables/{name}.json?product=quarry&days={days}&until={until}");
        let (month, first) = median(address, &of(30))?;
        let (quarter, _) = median(address, &of(90))?;
        println!("{name:<24} {month:>10.1} {quarter:>10.1} {first:>10.1}");
    }
    let page = |more: &str| format!("/?product=quarry&until={until}{more}");
    for (what, more) in [
        ("the page", ""),
        ("the page, CLIs", "&component=cli"),
        ("the page, one version", "&version=1.6.1"),
        ("the page, linux", "&os=linux"),
    ] {
        let (month, first) = median(address, &page(more))?;
        let (quarter, _) = median(address, &page(&format!("{more}&days=90")))?;
        println!("{what:<24} {month:>10.1} {quarter:>10.1} {first:>10.1}");
    }
    Ok(())
}

/// Milliseconds: the median, and the first time.
fn median(address: SocketAddr, path: &str) -> Outcome<(f64, f64)> {
    let first = get(address, path)?.1;
    let mut times = Vec::new();
    for _ in 0..TIMES {
        times.push(get(address, path)?.1);
    }
    times.sort_unstable();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    Ok((ms(times[TIMES / 2]), ms(first)))
}

fn get(address: SocketAddr, path: &str) -> Outcome<(String, Duration)> {
    let start = Instant::now();
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(
        format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").as_bytes(),
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
    // Howard Hinnant's algorithm, of years that begin in March.
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{:02}", of_year - (153 * shifted + 2) / 5 + 1)
}
