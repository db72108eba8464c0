//! Who is the operator: whoever holds the token, or, where there is none, whoever sits at this machine.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{AUTHORIZATION, HOST, ORIGIN};
use http::{HeaderMap, HeaderValue, Method, Uri};

use super::{Shared, refuse};
use crate::config::Digest;
use crate::ingest::Refusal;
use crate::server::Peer;

/// Fields that tell that a proxy stood between, so that a loopback peer says nothing about who asks.
const FORWARDED: [&str; 7] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "via",
    "cf-connecting-ip",
];

/// Longest token that is looked at.
const MOST_TOKEN: usize = 512;

/// Lets only the operator through.
pub(super) async fn operator(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    let allowed =
        admit(shared.token, shared.on_loopback, peer, request.method(), request.uri(), request.headers());
    match allowed {
        Ok(()) => next.run(request).await,
        Err(refusal) => refuse(&shared, refusal),
    }
}

/// Whether a request is the operator's.
pub(super) fn admit(
    token: Option<Digest>,
    on_loopback: bool,
    peer: Option<IpAddr>,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<(), Refusal> {
    match token {
        Some(token) if !holds(token, headers) => return Err(Refusal::NoToken),
        Some(_) => {}
        None => {
            let local = on_loopback && peer.is_some_and(|peer| peer.to_canonical().is_loopback());
            let forwarded = FORWARDED.iter().any(|name| headers.contains_key(*name));
            if !local || forwarded || !names_loopback(uri, headers) {
                return Err(Refusal::NotLocal);
            }
        }
    }
    let reads = matches!(*method, Method::GET | Method::HEAD);
    if reads || is_same_site(headers) { Ok(()) } else { Err(Refusal::CrossSite) }
}

/// The token, as a bearer's or as the password of whatever user: what a browser asks for.
fn holds(token: Digest, headers: &HeaderMap) -> bool {
    let stated = headers.get(AUTHORIZATION).map_or(&b""[..], HeaderValue::as_bytes);
    let (scheme, rest) =
        stated.split_at(stated.iter().position(|byte| *byte == b' ').unwrap_or(stated.len()));
    let rest = rest.trim_ascii();
    if rest.len() > MOST_TOKEN {
        return false;
    }
    if scheme.eq_ignore_ascii_case(b"bearer") {
        return hmac_sha256::Hash::verify(rest, token.bytes());
    }
    if scheme.eq_ignore_ascii_case(b"basic") {
        let decoded = decode_base64(rest).unwrap_or_default();
        let password = decoded.iter().position(|byte| *byte == b':').map(|colon| &decoded[colon + 1..]);
        return password.is_some_and(|password| hmac_sha256::Hash::verify(password, token.bytes()));
    }
    false
}

/// A request from a page carries where that page is from. Programs carry nothing and are not tricked into asking.
fn is_same_site(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let host = headers.get(HOST).map_or(&b""[..], HeaderValue::as_bytes);
    let origin = origin.as_bytes();
    let origin = origin.strip_prefix(b"http://").or_else(|| origin.strip_prefix(b"https://"));
    origin == Some(host)
}

/// Whether the host that is asked for is a literal of this machine: a name that was rebound to it is not.
fn names_loopback(uri: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let is_loopback = |host: &str| {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit()) => {
                name
            }
            _ => host,
        };
        matches!(name, "127.0.0.1" | "[::1]" | "localhost")
    };
    host.to_str().is_ok_and(is_loopback) && uri.authority().is_none_or(|named| is_loopback(named.as_str()))
}

/// Standard base64 with padding; anything else is none.
fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    let value = |digit: &u8| match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let digits = text.strip_suffix(b"==").or_else(|| text.strip_suffix(b"=")).unwrap_or(text);
    if !text.len().is_multiple_of(4) || digits.len() % 4 == 1 {
        return None;
    }
    let mut decoded = Vec::with_capacity(text.len() / 4 * 3);
    for group in digits.chunks(4) {
        let mut bits = 0u32;
        for digit in group {
            bits = bits << 6 | u32::from(value(digit)?);
        }
        bits <<= 6 * (4 - group.len());
        decoded.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in list {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn local(list: &[(&'static str, &str)]) -> bool {
        let peer = Some("127.0.0.1".parse().unwrap());
        admit(None, true, peer, &Method::GET, &Uri::from_static("/"), &headers(list)).is_ok()
    }

    #[test]
    fn without_a_token_only_a_loopback_literal_opens() {
        for host in ["127.0.0.1", "127.0.0.1:8480", "localhost:1", "[::1]:8480", "localhost"] {
            assert!(local(&[("host", host)]), "{host}");
        }
        let forged = [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.",
            "127.0.0.1.",
            "127.0.0.1:",
            "127.0.0.1:80x",
            "localhost:80@evil.example",
            "2130706433",
            "0x7f.1",
            "127.1",
            "[::ffff:127.0.0.1]",
            "::1",
            "LOCALHOST.evil",
            "",
        ];
        for host in forged {
            assert!(!local(&[("host", host)]), "{host}");
        }
        assert!(!local(&[]));
        assert!(!local(&[("host", "localhost"), ("host", "evil.example")]));
        for name in FORWARDED {
            assert!(!local(&[("host", "localhost"), (name, "x")]), "{name}");
        }
        let host = headers(&[("host", "localhost")]);
        let ask = |loopback, peer: &str, uri| {
            admit(None, loopback, Some(peer.parse().unwrap()), &Method::GET, &Uri::from_static(uri), &host)
        };
        assert_eq!(ask(true, "192.0.2.1", "/"), Err(Refusal::NotLocal));
        assert_eq!(ask(false, "127.0.0.1", "/"), Err(Refusal::NotLocal));
        assert_eq!(ask(true, "127.0.0.1", "http://evil.example/"), Err(Refusal::NotLocal));
    }

    #[test]
    fn the_token_opens_as_bearer_and_as_password_and_nothing_else_does() {
        let token = Some(Digest::from_bytes(hmac_sha256::Hash::hash(b"s3cret")));
        let ask = |authorization: &str| {
            let headers = headers(&[("authorization", authorization)]);
            admit(token, false, None, &Method::GET, &Uri::from_static("/"), &headers).is_ok()
        };
        assert!(ask("Bearer s3cret") && ask("bearer  s3cret") && ask("Basic b3BlcmF0b3I6czNjcmV0"));
        for wrong in
            ["", "Bearer", "Bearer s3cre", "Bearer s3cret2", "s3cret", "Basic s3cret", "Digest s3cret"]
        {
            assert!(!ask(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_page_of_another_site_changes_nothing() {
        let put = |list: &[(&'static str, &str)]| {
            let peer = Some("127.0.0.1".parse().unwrap());
            admit(None, true, peer, &Method::PUT, &Uri::from_static("/"), &headers(list))
        };
        let host = ("host", "localhost:1");
        assert_eq!(put(&[host]), Ok(()));
        assert_eq!(put(&[host, ("sec-fetch-site", "same-origin")]), Ok(()));
        assert_eq!(put(&[host, ("origin", "http://localhost:1")]), Ok(()));
        assert_eq!(put(&[host, ("sec-fetch-site", "cross-site")]), Err(Refusal::CrossSite));
        assert_eq!(put(&[host, ("origin", "http://localhost:2")]), Err(Refusal::CrossSite));
        assert_eq!(put(&[host, ("origin", "null")]), Err(Refusal::CrossSite));
    }

    #[test]
    fn base64_is_read_as_written_or_not_at_all() {
        for (text, bytes) in
            [("", &b""[..]), ("Zg==", b"f"), ("Zm8=", b"fo"), ("Zm9v", b"foo"), ("+/+/", b"\xfb\xff\xbf")]
        {
            assert_eq!(decode_base64(text.as_bytes()).as_deref(), Some(bytes), "{text}");
        }
        for wrong in ["Z", "Zg", "Zg=", "Z===", "Zm9v=", "Zm 9", "====="] {
            assert_eq!(decode_base64(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
