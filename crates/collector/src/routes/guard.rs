//! Who is the operator: whoever holds the token, or, where there is none, whoever sits at this machine. Who holds the
//! token of one product is the operator of that product alone.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{AUTHORIZATION, HOST, ORIGIN};
use http::{HeaderMap, HeaderValue, Method, Uri};

use super::{Shared, refuse};
use crate::config::Digest;
use crate::refusal::Reason;
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
const MAX_TOKEN: usize = 512;

/// What an operator may see and change. It is in the extensions of every request that passed the guard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Every product.
    All,
    /// One.
    One(Arc<str>),
}

impl Access {
    /// Whether this product is among them.
    pub(crate) fn sees(&self, product: &str) -> bool {
        match self {
            Self::All => true,
            Self::One(own) => **own == *product,
        }
    }
}

/// What opens the operator's doors.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    /// Hash of the token for every product.
    all: Option<Digest>,
    /// Hashes of the tokens for one.
    products: Vec<(Arc<str>, Digest)>,
    /// Whether, without a token for every product, requests of this machine are the operator's.
    pub(crate) on_loopback: bool,
}

impl Keys {
    pub(crate) fn new(all: Option<Digest>, products: &BTreeMap<String, Digest>, on_loopback: bool) -> Self {
        let products = products.iter().map(|(product, hash)| (Arc::from(product.as_str()), *hash)).collect();
        Self { all, products, on_loopback }
    }
}

/// Lets only operators through, and notes what they may see.
pub(super) async fn operator(State(shared): State<Shared>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    let allowed = admit(&shared.keys, peer, request.method(), request.uri(), request.headers());
    match allowed {
        Ok(access) => {
            request.extensions_mut().insert(access);
            next.run(request).await
        }
        Err(reason) => refuse(&shared, reason),
    }
}

/// Whether a request is an operator's, and of what.
pub(super) fn admit(
    keys: &Keys,
    peer: Option<IpAddr>,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Access, Reason> {
    let stated = stated(headers);
    let access = match held(keys, stated.as_deref()) {
        Some(access) => access,
        None if keys.all.is_some() => return Err(Reason::NoToken),
        // A wrong token is never taken for none: who sends one means not to be whoever sits here.
        None if stated.is_some() && !keys.products.is_empty() => return Err(Reason::NoToken),
        None => {
            let local = keys.on_loopback && peer.is_some_and(|peer| peer.to_canonical().is_loopback());
            let forwarded = FORWARDED.iter().any(|name| headers.contains_key(*name));
            if !local || forwarded || !names_loopback(uri, headers) {
                return Err(if keys.products.is_empty() { Reason::NotLocal } else { Reason::NoToken });
            }
            Access::All
        }
    };
    let reads = matches!(*method, Method::GET | Method::HEAD);
    if reads || is_same_site(headers) { Ok(access) } else { Err(Reason::CrossSite) }
}

/// What the stated token opens. Every hash is compared, in constant time, so that the time tells nothing of any.
fn held(keys: &Keys, stated: Option<&[u8]>) -> Option<Access> {
    let stated = stated?;
    let mut access = None;
    for (product, hash) in &keys.products {
        if hmac_sha256::Hash::verify(stated, hash.bytes()) {
            access = Some(Access::One(Arc::clone(product)));
        }
    }
    if keys.all.is_some_and(|hash| hmac_sha256::Hash::verify(stated, hash.bytes())) {
        access = Some(Access::All);
    }
    access
}

/// The token, as a bearer's or as the password of whatever user: what a browser asks for.
fn stated(headers: &HeaderMap) -> Option<Vec<u8>> {
    let stated = headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, rest) = stated.split_at(stated.iter().position(|byte| *byte == b' ')?);
    let rest = rest.trim_ascii();
    if rest.is_empty() || rest.len() > MAX_TOKEN {
        return None;
    }
    if scheme.eq_ignore_ascii_case(b"bearer") {
        return Some(rest.to_vec());
    }
    if scheme.eq_ignore_ascii_case(b"basic") {
        let decoded = decode_base64(rest)?;
        let colon = decoded.iter().position(|byte| *byte == b':')?;
        return Some(decoded[colon + 1..].to_vec());
    }
    None
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
        admit(&open(true), peer, &Method::GET, &Uri::from_static("/"), &headers(list)).is_ok()
    }

    /// No token is set.
    fn open(on_loopback: bool) -> Keys {
        Keys { on_loopback, ..Keys::default() }
    }

    fn hash(token: &str) -> Digest {
        Digest::from_bytes(hmac_sha256::Hash::hash(token.as_bytes()))
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
            let peer = Some(peer.parse().unwrap());
            admit(&open(loopback), peer, &Method::GET, &Uri::from_static(uri), &host)
        };
        assert_eq!(ask(true, "192.0.2.1", "/"), Err(Reason::NotLocal));
        assert_eq!(ask(false, "127.0.0.1", "/"), Err(Reason::NotLocal));
        assert_eq!(ask(true, "127.0.0.1", "http://evil.example/"), Err(Reason::NotLocal));
    }

    #[test]
    fn the_token_opens_as_bearer_and_as_password_and_nothing_else_does() {
        let keys = Keys { all: Some(hash("s3cret")), on_loopback: true, ..Keys::default() };
        let local = Some("127.0.0.1".parse().unwrap());
        let ask = |authorization: &str| {
            let headers = headers(&[("authorization", authorization), ("host", "localhost")]);
            admit(&keys, local, &Method::GET, &Uri::from_static("/"), &headers).is_ok()
        };
        assert!(ask("Bearer s3cret") && ask("bearer  s3cret") && ask("Basic b3BlcmF0b3I6czNjcmV0"));
        for wrong in
            ["", "Bearer", "Bearer s3cre", "Bearer s3cret2", "s3cret", "Basic s3cret", "Digest s3cret"]
        {
            assert!(!ask(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_token_of_a_product_opens_that_product_and_a_wrong_one_nothing_even_here() {
        let products = [("quarry", "q"), ("mason", "m")];
        let products = products.map(|(product, token)| (product.to_owned(), hash(token))).into();
        let ask = |all: Option<&str>, on_loopback, token: &str| {
            let keys = Keys::new(all.map(hash), &products, on_loopback);
            let token = format!("Bearer {token}");
            let list = [("authorization", &*token), ("host", "localhost")];
            let list = if token == "Bearer " { &list[1..] } else { &list };
            let local = Some("127.0.0.1".parse().unwrap());
            admit(&keys, local, &Method::GET, &Uri::from_static("/"), &headers(list))
        };
        for all in [None, Some("a")] {
            assert_eq!(ask(all, true, "q"), Ok(Access::One("quarry".into())));
            assert_eq!(ask(all, true, "m"), Ok(Access::One("mason".into())));
            assert_eq!(ask(all, true, "qm"), Err(Reason::NoToken));
        }
        assert_eq!(ask(Some("a"), true, "a"), Ok(Access::All));
        assert_eq!(ask(Some("a"), true, ""), Err(Reason::NoToken));
        assert_eq!(ask(None, true, ""), Ok(Access::All), "whoever sits here");
        assert_eq!(ask(None, false, ""), Err(Reason::NoToken));
        assert!(Access::One("quarry".into()).sees("quarry") && !Access::One("quarry".into()).sees("mason"));
    }

    #[test]
    fn a_page_of_another_site_changes_nothing() {
        let put = |list: &[(&'static str, &str)]| {
            let peer = Some("127.0.0.1".parse().unwrap());
            admit(&open(true), peer, &Method::PUT, &Uri::from_static("/"), &headers(list))
        };
        let host = ("host", "localhost:1");
        assert_eq!(put(&[host]), Ok(Access::All));
        assert_eq!(put(&[host, ("sec-fetch-site", "same-origin")]), Ok(Access::All));
        assert_eq!(put(&[host, ("origin", "http://localhost:1")]), Ok(Access::All));
        assert_eq!(put(&[host, ("sec-fetch-site", "cross-site")]), Err(Reason::CrossSite));
        assert_eq!(put(&[host, ("origin", "http://localhost:2")]), Err(Reason::CrossSite));
        assert_eq!(put(&[host, ("origin", "null")]), Err(Reason::CrossSite));
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
