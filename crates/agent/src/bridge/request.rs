//! One HTTP/1 request from the host, read within limits, and the response to it. A connection carries one of each.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use aboveboard_console_bridge::MAX_BYTES;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, Request, Response, StatusCode};

/// The longest head of a request, in bytes: with the cookies of the host's pages, which browsers hold to 16 KiB or so.
const MAX_HEAD_BYTES: usize = 32 << 10;

/// Most headers of a request. Browsers send some twenty, and proxies add to them.
const MAX_HEADERS: usize = 128;

/// How much of a refused request is still read, so that the host can finish it and read the answer.
const MAX_UNREAD_BYTES: usize = 256 << 10;

/// Why there is no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// The answer is this.
    Refused(StatusCode),
    /// It did not come to its end in time, or the connection is gone.
    Gone,
}

/// Reads a request. Its body is read only where the headers are `admitted`.
pub(super) fn read(
    stream: &UnixStream,
    deadline: Instant,
    admitted: impl FnOnce(&HeaderMap) -> bool,
) -> Result<(Parts, Vec<u8>), Unread> {
    let mut bytes = Vec::new();
    let (parts, body_at) = loop {
        receive(stream, deadline, &mut bytes)?;
        if let Some(head) = head(&bytes).map_err(Unread::Refused)? {
            break head;
        }
        if bytes.len() >= MAX_HEAD_BYTES {
            return Err(Unread::Refused(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
        }
    };
    if !admitted(&parts.headers) {
        return Err(Unread::Refused(StatusCode::FORBIDDEN));
    }
    let length = length(&parts.headers).map_err(Unread::Refused)?;
    while bytes.len() < body_at + length {
        receive(stream, deadline, &mut bytes)?;
    }
    bytes.truncate(body_at + length);
    Ok((parts, bytes.split_off(body_at)))
}

/// The head of a request and where it ends; `None` where that has not come yet.
fn head(bytes: &[u8]) -> Result<Option<(Parts, usize)>, StatusCode> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let end = match parsed.parse(bytes) {
        Ok(httparse::Status::Complete(end)) => end,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
        Err(_) => return Err(StatusCode::BAD_REQUEST),
    };
    let mut request =
        Request::builder().method(parsed.method.unwrap_or_default()).uri(parsed.path.unwrap_or_default());
    for header in parsed.headers.iter() {
        request = request.header(header.name, header.value);
    }
    let request = request.body(()).map_err(|_| StatusCode::BAD_REQUEST)?;
    Ok(Some((request.into_parts().0, end)))
}

/// The length of the body.
fn length(headers: &HeaderMap) -> Result<usize, StatusCode> {
    if headers.contains_key(TRANSFER_ENCODING) {
        return Err(StatusCode::LENGTH_REQUIRED);
    }
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let Some(length) = lengths.next() else { return Ok(0) };
    let digits = length.to_str().ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let length = digits.filter(|_| lengths.next().is_none()).ok_or(StatusCode::BAD_REQUEST)?;
    match length.parse() {
        Ok(length) if length <= MAX_BYTES => Ok(length),
        // More digits than a number has are a long body too.
        _ if !length.is_empty() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        _ => Err(StatusCode::BAD_REQUEST),
    }
}

fn receive(stream: &UnixStream, deadline: Instant, bytes: &mut Vec<u8>) -> Result<(), Unread> {
    let mut chunk = [0; 4096];
    let read = receive_some(stream, deadline, &mut chunk).ok_or(Unread::Gone)?;
    bytes.extend_from_slice(&chunk[..read]);
    Ok(())
}

/// Reads something; `None` at the end and after the deadline.
fn receive_some(mut stream: &UnixStream, deadline: Instant, chunk: &mut [u8]) -> Option<usize> {
    loop {
        let left = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
        stream.set_read_timeout(Some(left)).ok()?;
        match stream.read(chunk) {
            Ok(0) => return None,
            Ok(read) => return Some(read),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}

/// A response that has a status alone.
pub(super) fn plain(status: StatusCode) -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    response
}

/// Writes the response and ends the connection. What the host has still to say is read, or it would fail before it reads
/// the answer.
pub(super) fn write(mut stream: &UnixStream, deadline: Instant, response: &Response<Vec<u8>>) {
    let status = response.status();
    let mut head = format!("HTTP/1.1 {} {}\r\n", status.as_str(), status.canonical_reason().unwrap_or("-"));
    for (name, value) in response.headers() {
        if let Ok(value) = value.to_str() {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    head.push_str(&format!("content-length: {}\r\nconnection: close\r\n\r\n", response.body().len()));
    let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    let _ = stream.set_write_timeout(Some(left));
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(response.body());
    if stream.write_all(&bytes).is_err() || stream.shutdown(std::net::Shutdown::Write).is_err() {
        return;
    }
    let mut chunk = [0; 4096];
    let mut unread = MAX_UNREAD_BYTES;
    while let Some(read) = receive_some(stream, deadline, &mut chunk)
        && read < unread
    {
        unread -= read;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read of these bytes, which end where the connection does.
    fn read_all(bytes: &[u8]) -> Result<(Parts, Vec<u8>), Unread> {
        let (host, bridge) = UnixStream::pair().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                // What is refused early is not read to its end.
                let _ = (&host).write_all(bytes);
                let _ = host.shutdown(std::net::Shutdown::Write);
            });
            let read = read(&bridge, Instant::now() + Duration::from_secs(60), |_| true);
            drop(bridge);
            read
        })
    }

    #[test]
    fn a_request_is_read_with_its_body_and_nothing_behind_it() {
        let (parts, body) = read_all(
            b"POST /telemetry/events HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n{}\nGET / HTTP/1.1",
        )
        .unwrap();
        assert_eq!((parts.method.as_str(), parts.uri.path()), ("POST", "/telemetry/events"));
        assert_eq!((parts.headers["host"].as_bytes(), &*body), (&b"a"[..], &b"{}\n"[..]));
        assert_eq!(read_all(b"GET /c HTTP/1.0\r\n\r\n").unwrap().1, b"");
    }

    #[test]
    fn what_is_no_request_is_refused_or_ends_the_connection() {
        let long = |text: &str| text.repeat(40_000);
        for (bytes, status) in [
            ("\0\0\0".to_owned(), 400),
            ("GET\r\n\r\n".to_owned(), 400),
            ("GET / HTTP/1.1\r\nbad header: x\r\n\r\n".to_owned(), 400),
            ("GET / HTTP/2.0\r\n\r\n".to_owned(), 400),
            (format!("GET /{} HTTP/1.1\r\n\r\n", long("x")), 431),
            (format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(200)), 431),
            ("POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx".to_owned(), 400),
            ("POST / HTTP/1.1\r\ncontent-length: +1\r\n\r\nx".to_owned(), 400),
            ("POST / HTTP/1.1\r\ncontent-length:\r\n\r\nx".to_owned(), 400),
            ("POST / HTTP/1.1\r\ncontent-length: 16385\r\n\r\n".to_owned(), 413),
            ("POST / HTTP/1.1\r\ncontent-length: 99999999999999999999999\r\n\r\n".to_owned(), 413),
            ("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(), 411),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let read = read_all(bytes.as_bytes()).map(|(_, body)| body).unwrap_err();
            assert_eq!(read, Unread::Refused(status), "{}", &bytes[..bytes.len().min(60)]);
        }
        for cut in ["", "GET / HTTP", "POST / HTTP/1.1\r\ncontent-length: 5\r\n\r\n1234"] {
            assert_eq!(read_all(cut.as_bytes()).map(|(_, body)| body), Err(Unread::Gone), "{cut:?}");
        }
    }
}
