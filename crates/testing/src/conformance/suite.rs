//! The cases of the suite.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::server::{BlackHole, Conduct, FaultServer, closed_port};
use aboveboard_core::endpoint::Endpoint;
use aboveboard_delivery::limits::{CONNECT_TIMEOUT, MAX_REPLY_BYTES, REQUEST_TIMEOUT};
use aboveboard_delivery::{Failure, Reply, Request, Transport};
use aboveboard_types::id::Id;
use aboveboard_types::possession::{Possession, Proof, Purpose};

/// Slack for a busy machine above the limits that are checked.
const SLACK: Duration = Duration::from_millis(1_500);

/// The batch that the requests say they carry.
const BATCH: Id = Id::from_custom([1; 16]);

/// What a case found wrong, if anything.
type CaseResult = Result<(), String>;

/// A case with its name.
type Case = (&'static str, fn(MakeTransport<'_>) -> CaseResult);

/// Makes the transport under test for an endpoint.
pub type MakeTransport<'m> = &'m (dyn Fn(Endpoint) -> Box<dyn Transport> + Sync);

/// Runs the whole suite, the cases side by side.
///
/// # Errors
/// One line for each case that the transport failed, with the name of the case.
pub fn run(make: MakeTransport<'_>) -> Result<(), String> {
    let cases: [Case; 14] = [
        ("a receipt comes back byte for byte and the request says what it must", receipt),
        ("a page of a captive portal is a reply like any other", portal),
        ("a redirect is not followed", redirect),
        ("Retry-After and Date are handed on", retry_after),
        ("a refusal comes back with its content type and body", refusal),
        ("an interim reply is passed over", interim),
        ("a body that is cut is no reply", cut),
        ("a reply of exactly the limit is read, one byte more is not", limit),
        ("an endless reply is cut", endless),
        ("endless headers are cut", headers),
        ("what is not HTTP is no reply", garbage),
        ("slow and silent servers end by the time limit", slow),
        ("a closed port and a black hole end by the connect limit", unreachable),
        ("private addresses and plain servers are not spoken to", forbidden),
    ];
    let mut failed = String::new();
    std::thread::scope(|scope| {
        let running: Vec<_> = cases.iter().map(|(name, case)| (name, scope.spawn(|| case(make)))).collect();
        for (name, case) in running {
            let found = case.join().unwrap_or_else(|_| Err("panicked".to_owned()));
            if let Err(what) = found {
                // Writing into a `String` cannot fail.
                let _ = writeln!(failed, "{name}: {what}");
            }
        }
    });
    if failed.is_empty() { Ok(()) } else { Err(failed) }
}

fn serve(conduct: Conduct) -> Result<FaultServer, String> {
    FaultServer::start(conduct).map_err(|error| error.to_string())
}

fn say(text: &str) -> Conduct {
    Conduct::Say(text.as_bytes().to_vec())
}

fn endpoint(scheme: &str, address: SocketAddr, allow_private: bool) -> Result<Endpoint, String> {
    let host = if scheme == "https" { "localhost".to_owned() } else { address.ip().to_string() };
    let text = format!("{scheme}://{host}:{}", address.port());
    Endpoint::parse(&text, allow_private).map_err(|unusable| unusable.to_string())
}

fn post(make: MakeTransport<'_>, address: SocketAddr) -> Result<Result<Reply, Failure>, String> {
    let endpoint = endpoint("http", address, true)?;
    let sealed = (BATCH, b"{\"wire\":1}".to_vec());
    let request = Request::batch(&endpoint, "key", 1_800_000_000, sealed, &proof());
    Ok(make(endpoint).post(&request))
}

fn proof() -> Proof {
    Possession::of(&[1; 32], "sample", "localhost").proof(Purpose::Send)
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> CaseResult {
    if found == expected {
        return Ok(());
    }
    let found: String = format!("{found:?}").chars().take(300).collect();
    Err(format!("{what} is {found}"))
}

fn receipt(make: MakeTransport<'_>) -> CaseResult {
    let body = "{\"batch\":\"00000000-0000-8000-8000-000000000001\",\"accepted\":1,\"rejected\":[]}";
    let reply = format!("HTTP/1.1 202 Accepted\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let server = serve(say(&reply))?;
    let got = post(make, server.address)?;
    expect("the reply", got.map(|reply| (reply.status, reply.body)), Ok((202, body.into())))?;
    let seen = server.seen();
    let [seen] = seen.as_slice() else { return Err(format!("{} requests arrived", seen.len())) };
    expect("the request line", seen.line.as_str(), "POST /v1/batch HTTP/1.1")?;
    expect("the body", seen.body.as_slice(), b"{\"wire\":1}")?;
    for (name, value) in [
        ("content-type", "application/json"),
        ("content-length", "10"),
        ("aboveboard-sent-at", "1800000000"),
        ("aboveboard-key", "key"),
        ("aboveboard-batch", "01010101-0101-8101-8101-010101010101"),
        ("aboveboard-proof", &proof().to_string()),
        ("user-agent", "aboveboard"),
        ("host", &server.address.to_string()),
    ] {
        expect(name, seen.header(name), Some(value))?;
    }
    let is_known = |name: &str| {
        name.starts_with("aboveboard-")
            || matches!(
                name,
                "host" | "content-type" | "content-length" | "user-agent" | "accept" | "connection"
            )
    };
    let foreign: Vec<_> = seen.headers.iter().filter(|(name, _)| !is_known(name)).collect();
    expect("the rest of the headers", foreign, vec![])
}

fn portal(make: MakeTransport<'_>) -> CaseResult {
    let page = "<!doctype html><title>Welcome to the hotel</title>";
    let reply =
        format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n{page}", page.len());
    let got = post(make, serve(say(&reply))?.address)?;
    expect("the reply", got.map(|reply| (reply.status, reply.body)), Ok((200, page.into())))
}

fn redirect(make: MakeTransport<'_>) -> CaseResult {
    let target = serve(say("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"))?;
    for status in [301, 302, 303, 307, 308] {
        let to = target.address;
        let reply =
            format!("HTTP/1.1 {status} Go\r\nlocation: http://{to}/v1/batch\r\ncontent-length: 0\r\n\r\n");
        let got = post(make, serve(say(&reply))?.address)?;
        expect("the status", got.map(|reply| reply.status), Ok(status))?;
    }
    expect("what the target saw", target.seen(), vec![])
}

fn retry_after(make: MakeTransport<'_>) -> CaseResult {
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    for status in [429, 503, 507] {
        for value in ["120", "0", "99999999999999999999", "Sun, 06 Nov 1994 08:50:37 GMT", "soon"] {
            let reply = format!(
                "HTTP/1.1 {status} Later\r\nRetry-After: {value}\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n"
            );
            let got = post(make, serve(say(&reply))?.address)?;
            let heard = got.map(|reply| (reply.status, reply.retry_after, reply.date));
            expect("the reply", heard, Ok((status, Some(value.to_owned()), Some(date.to_owned()))))?;
        }
    }
    Ok(())
}

fn refusal(make: MakeTransport<'_>) -> CaseResult {
    let kind = "application/problem+json; charset=utf-8";
    for status in [400, 403, 410, 413, 415, 422, 429, 503, 507] {
        let body = format!("{{\"status\":{status}}}");
        let length = body.len();
        let reply = format!(
            "HTTP/1.1 {status} No\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        let got = post(make, serve(say(&reply))?.address)?;
        let heard = got.map(|reply| (reply.status, reply.content_type, reply.body));
        expect("the reply", heard, Ok((status, Some(kind.to_owned()), body.into_bytes())))?;
    }
    Ok(())
}

fn interim(make: MakeTransport<'_>) -> CaseResult {
    let reply = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
    let got = post(make, serve(say(reply))?.address)?;
    expect("the status", got.map(|reply| reply.status), Ok(204))
}

fn cut(make: MakeTransport<'_>) -> CaseResult {
    for reply in [
        "HTTP/1.1 202 Accepted\r\ncontent-length: 100\r\n\r\n{\"batch\":",
        "HTTP/1.1 202 Accepted\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{\"batch\":",
        "HTTP/1.1 202 Accepted\r\ncontent-le",
        "",
    ] {
        let got = post(make, serve(say(reply))?.address)?;
        expect(reply, got.map(|reply| reply.status), Err(Failure::Broken))?;
    }
    Ok(())
}

fn limit(make: MakeTransport<'_>) -> CaseResult {
    let of = |length: usize| {
        let mut reply = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n").into_bytes();
        reply.resize(reply.len() + length, b'.');
        Conduct::Say(reply)
    };
    let got = post(make, serve(of(MAX_REPLY_BYTES))?.address)?;
    expect("the length", got.map(|reply| reply.body.len()), Ok(MAX_REPLY_BYTES))?;
    let got = post(make, serve(of(MAX_REPLY_BYTES + 1))?.address)?;
    expect("one byte more", got.map(|reply| reply.body.len()), Err(Failure::TooLong))
}

fn endless(make: MakeTransport<'_>) -> CaseResult {
    for (head, filler) in [
        ("HTTP/1.1 202 Accepted\r\ncontent-length: 9999999999\r\n\r\n", &[b' '; 4096][..]),
        ("HTTP/1.1 202 Accepted\r\ntransfer-encoding: chunked\r\n\r\n", b"10\r\n................\r\n"),
        ("HTTP/1.1 202 Accepted\r\nconnection: close\r\n\r\n", &[b' '; 4096][..]),
    ] {
        let server = serve(Conduct::Flood(head.into(), filler))?;
        let got = within(REQUEST_TIMEOUT, || post(make, server.address))??;
        expect(head, got.map(|reply| reply.status), Err(Failure::TooLong))?;
    }
    Ok(())
}

fn headers(make: MakeTransport<'_>) -> CaseResult {
    let server = serve(Conduct::Flood(b"HTTP/1.1 202 Accepted\r\n".to_vec(), b"x-more: of the same\r\n"))?;
    let got = within(REQUEST_TIMEOUT, || post(make, server.address))??;
    let ends = matches!(got, Err(Failure::Broken | Failure::TooLong));
    expect("whether it is cut", ends, true)
}

fn garbage(make: MakeTransport<'_>) -> CaseResult {
    for reply in ["SSH-2.0-OpenSSH_9.2\r\n", "\0\0\0\0\0\0\0\0\r\n\r\n", "HTTP/9.9 twelve\r\n\r\n"] {
        let got = post(make, serve(say(reply))?.address)?;
        expect(reply, got.map(|reply| reply.status), Err(Failure::Broken))?;
    }
    Ok(())
}

fn slow(make: MakeTransport<'_>) -> CaseResult {
    let head = b"HTTP/1.1 202 Accepted\r\ncontent-length: 1000\r\n\r\n".to_vec();
    let one = |conduct: Conduct| {
        let server = serve(conduct)?;
        let got = within(REQUEST_TIMEOUT, || post(make, server.address))??;
        expect("the reply", got.map(|reply| reply.status), Err(Failure::Timeout))
    };
    std::thread::scope(|scope| {
        let dripping = scope.spawn(|| one(Conduct::Drip(head)));
        let silent = one(Conduct::Silence);
        silent.and(dripping.join().unwrap_or_else(|_| Err("panicked".to_owned())))
    })
}

fn unreachable(make: MakeTransport<'_>) -> CaseResult {
    let closed = closed_port().map_err(|error| error.to_string())?;
    let got = within(CONNECT_TIMEOUT, || post(make, closed))??;
    expect("the closed port", got.map(|reply| reply.status), Err(Failure::Connect))?;
    let hole = BlackHole::open().map_err(|error| error.to_string())?;
    let got = within(CONNECT_TIMEOUT, || post(make, hole.address))??;
    expect("the black hole", got.map(|reply| reply.status), Err(Failure::Connect))
}

fn forbidden(make: MakeTransport<'_>) -> CaseResult {
    let server = serve(say("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"))?;
    let secured = endpoint("https", server.address, false)?;
    let request = Request::batch(&secured, "key", 0, (BATCH, Vec::new()), &proof());
    let got = make(secured).post(&request);
    expect("the private address", got, Err(Failure::Forbidden))?;
    expect("what it saw", server.seen(), vec![])?;
    let allowed = endpoint("https", server.address, true)?;
    let request = Request::batch(&allowed, "key", 0, (BATCH, Vec::new()), &proof());
    let got = within(REQUEST_TIMEOUT, || make(allowed).post(&request))?;
    expect("the plain server", got, Err(Failure::Tls))?;
    let plain = server.seen().iter().any(|seen| seen.line.starts_with("POST"));
    expect("whether a request went there in the clear", plain, false)
}

/// Runs `what` and fails if it takes longer than the limit and some slack.
fn within<T>(limit: Duration, what: impl FnOnce() -> T) -> Result<T, String> {
    let started = Instant::now();
    let result = what();
    let took = started.elapsed();
    if took > limit + SLACK { Err(format!("it took {took:?}")) } else { Ok(result) }
}
