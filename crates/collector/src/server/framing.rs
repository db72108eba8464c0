//! Requests that two programs may read in two ways: which host is meant, where a body ends, which value of a header counts.
//! A proxy in front may have read such a request otherwise, so it is refused and its connection closes.

use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Method, Request, Uri, Version};

use crate::refusal::{Reason, Refusal};

/// Headers that may stand more than once. Each names one list in several lines. None of them decides anything beside the
/// client's address, which is read from the right, and the coding, which is refused where it is a list.
const LISTS: [&str; 10] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "content-encoding",
    "cookie",
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-proto",
];

/// The stated length of the body of a request that can be read in one way only. `lengths` says how often it was stated.
pub(super) fn check<B>(request: &Request<B>, lengths: u8) -> Result<u64, Refusal> {
    let headers = request.headers();
    if lengths > 1 {
        return Err(Refusal::new(Reason::Ambiguous, "content-length stands more than once"));
    }
    // Request smuggling: a proxy in front may read a transfer coding in another way, and see another length.
    if headers.contains_key(TRANSFER_ENCODING) {
        return Err(Reason::NoLength.into());
    }
    target(request.uri())?;
    // Nearly always each header stands once, and two numbers say so.
    if headers.len() != headers.keys_len() {
        once(headers)?;
    }
    host(headers, request.version())?;
    let length = length(headers)?;
    // Of the other methods a route says whether it has them, and reads a body only if it does.
    let only_asks = matches!(*request.method(), Method::GET | Method::HEAD);
    if length > 0 && only_asks { Err(Reason::Content.into()) } else { Ok(length) }
}

/// A path and nothing before it.
fn target(uri: &Uri) -> Result<(), Refusal> {
    if uri.scheme().is_some() || uri.authority().is_some() || !uri.path().starts_with('/') {
        return Err(Refusal::new(
            Reason::Ambiguous,
            "the target of a request is a path, and its host stands in Host",
        ));
    }
    Ok(())
}

fn once(headers: &HeaderMap) -> Result<(), Refusal> {
    let twice = headers
        .keys()
        .find(|name| !LISTS.contains(&name.as_str()) && headers.get_all(*name).iter().nth(1).is_some());
    match twice {
        Some(name) => Err(Refusal::new(Reason::Ambiguous, format!("{name} stands more than once"))),
        None => Ok(()),
    }
}

fn host(headers: &HeaderMap, version: Version) -> Result<(), Refusal> {
    match headers.get(HOST) {
        Some(host) if is_host(host.as_bytes()) => Ok(()),
        None if version < Version::HTTP_11 => Ok(()),
        _ => Err(Refusal::new(Reason::Ambiguous, "Host is a name or an address, with or without a port")),
    }
}

/// A name, an IPv4 address or an IPv6 address in brackets, and perhaps a port.
fn is_host(host: &[u8]) -> bool {
    let end = match host {
        [b'[', rest @ ..] => rest.iter().position(|byte| *byte == b']').map_or(0, |end| end + 2),
        _ => host.iter().position(|byte| *byte == b':').unwrap_or(host.len()),
    };
    let (name, port) = host.split_at(end);
    let is_name = match name {
        [b'[', address @ .., b']'] => {
            std::str::from_utf8(address).is_ok_and(|text| text.parse::<std::net::Ipv6Addr>().is_ok())
        }
        name => {
            let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
            !name.is_empty() && name.iter().all(is_plain)
        }
    };
    let is_port = match port {
        [] => true,
        [b':', digits @ ..] => (1..=5).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    is_name && is_port
}

fn length(headers: &HeaderMap) -> Result<u64, Refusal> {
    let Some(stated) = headers.get(CONTENT_LENGTH).map(HeaderValue::as_bytes) else { return Ok(0) };
    let is_number = !stated.is_empty() && stated.iter().all(u8::is_ascii_digit);
    let number = std::str::from_utf8(stated).ok().filter(|_| is_number).and_then(|text| text.parse().ok());
    number.ok_or_else(|| Reason::NoLength.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: Method, target: &str, headers: &[(&'static str, &str)]) -> Request<()> {
        let mut request = Request::builder().method(method).uri(target).body(()).unwrap();
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        request
    }

    fn checked(method: Method, target: &str, headers: &[(&'static str, &str)]) -> Result<u64, Reason> {
        check(&request(method, target, headers), 1).map_err(|refusal| refusal.reason)
    }

    #[test]
    fn a_host_stands_once_and_is_a_host() {
        let ask = |host: &str| checked(Method::GET, "/", &[("host", host)]);
        for host in ["localhost", "127.0.0.1:8480", "[::1]", "[2001:db8::1]:443", "a_b.example-c.org", "x:1"]
        {
            assert_eq!(ask(host), Ok(0), "{host}");
        }
        for wrong in [
            "",
            ":80",
            "user@localhost",
            "user:pw@localhost:80",
            "localhost:80@evil.example",
            "localhost:",
            "localhost:port",
            "localhost:123456",
            "a b",
            "a,b",
            "a/b",
            "a?b",
            "a#b",
            "a\\b",
            "[::1",
            "::1",
            "[127.0.0.1]",
            "[::1]x",
            "[::1%25eth0]",
        ] {
            assert_eq!(ask(wrong), Err(Reason::Ambiguous), "{wrong}");
        }
        assert_eq!(checked(Method::GET, "/", &[]), Err(Reason::Ambiguous));
        let twice = [("host", "localhost"), ("host", "localhost")];
        assert_eq!(checked(Method::GET, "/", &twice), Err(Reason::Ambiguous));
        let mut old = request(Method::GET, "/", &[]);
        *old.version_mut() = Version::HTTP_10;
        assert_eq!(check(&old, 0).ok(), Some(0));
    }

    #[test]
    fn a_target_is_a_path() {
        let host = [("host", "localhost")];
        assert_eq!(checked(Method::GET, "/v1/manifest/x?y=http://z/", &host), Ok(0));
        assert_eq!(checked(Method::GET, "//evil.example/", &host), Ok(0));
        for wrong in ["http://localhost/", "http://evil.example/", "https://localhost", "*", "localhost:80"] {
            assert_eq!(checked(Method::GET, wrong, &host), Err(Reason::Ambiguous), "{wrong}");
        }
    }

    #[test]
    fn what_decides_something_stands_once_and_lists_may_go_on() {
        for name in [
            "content-length",
            "content-type",
            "authorization",
            "origin",
            "sec-fetch-site",
            "aboveboard-key",
            "aboveboard-sent-at",
            "aboveboard-batch",
            "aboveboard-proof",
            "expect",
            "x-anything",
        ] {
            let twice = [("host", "localhost"), (name, "1"), (name, "1")];
            assert_eq!(checked(Method::POST, "/", &twice), Err(Reason::Ambiguous), "{name}");
        }
        for name in LISTS {
            assert_eq!(
                checked(Method::POST, "/", &[("host", "x"), (name, "1"), (name, "2")]),
                Ok(0),
                "{name}"
            );
        }
    }

    #[test]
    fn a_length_is_a_number_and_who_only_asks_has_none() {
        let ask = |method, length: &str| checked(method, "/", &[("host", "x"), ("content-length", length)]);
        assert_eq!(ask(Method::POST, "17"), Ok(17));
        assert_eq!(ask(Method::GET, "0"), Ok(0));
        for method in [Method::GET, Method::HEAD] {
            assert_eq!(ask(method.clone(), "1"), Err(Reason::Content), "{method}");
        }
        for wrong in ["", "+1", "-1", "1, 1", "0x1", "1.0", "99999999999999999999"] {
            assert_eq!(ask(Method::POST, wrong), Err(Reason::NoLength), "{wrong}");
        }
        let chunked = [("host", "x"), ("transfer-encoding", "chunked")];
        assert_eq!(checked(Method::POST, "/", &chunked), Err(Reason::NoLength));
    }
}
