//! The guard of the operator's routes: it lets through who holds a token, or, where there is none, who sits at this
//! machine. Who holds the token of one product is the operator of that product alone.

use aboveboard_types::headers::{FORWARDED, is_loopback_host};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::HOST;
use http::{HeaderMap, Method, Uri};

use super::browser;
use super::keys::{Keys, stated_token};
use super::services::{Services, refuse};
use crate::access::Access;
use crate::refusal::Reason;
use crate::server::Peer;

/// Lets only operators through, and notes what they may see.
pub(super) async fn operator(State(services): State<Services>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    match admit(&services.keys, peer, request.method(), request.uri(), request.headers()) {
        Ok(access) => {
            request.extensions_mut().insert(access);
            next.run(request).await
        }
        Err(reason) => refuse(&services, reason),
    }
}

/// Whether a request is an operator's, and of what.
pub(super) fn admit(
    keys: &Keys,
    peer: Option<Peer>,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Access, Reason> {
    let address = match peer {
        Some(Peer::Local(_)) => return Ok(Access::All),
        Some(Peer::Address(address)) => Some(address),
        None => None,
    };
    let token = stated_token(headers);
    let access = match token.as_deref().and_then(|token| keys.access(token)) {
        Some(access) => access,
        None if keys.has_token_for_all() => return Err(Reason::NoToken),
        // A wrong token never counts as none: its sender does not mean to be who sits at this machine.
        None if token.is_some() && keys.has_token_of_a_product() => return Err(Reason::NoToken),
        None => {
            let is_local =
                keys.on_loopback && address.is_some_and(|address| address.to_canonical().is_loopback());
            let is_forwarded = FORWARDED.iter().any(|name| headers.contains_key(*name));
            if !is_local || is_forwarded || !names_loopback(uri, headers) {
                return Err(if keys.has_token_of_a_product() { Reason::NoToken } else { Reason::NotLocal });
            }
            Access::All
        }
    };
    if browser::may_ask(method, uri, headers) { Ok(access) } else { Err(Reason::CrossSite) }
}

/// Whether the request names this machine, once and by a literal.
fn names_loopback(uri: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let Some(host) = hosts.next() else { return false };
    if hosts.next().is_some() {
        return false;
    }
    host.to_str().is_ok_and(is_loopback_host)
        && uri.authority().is_none_or(|authority| is_loopback_host(authority.as_str()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::Digest;

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in list {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn local(list: &[(&'static str, &str)]) -> bool {
        let peer = Some(Peer::Address("127.0.0.1".parse().unwrap()));
        admit(&open(true), peer, &Method::GET, &Uri::from_static("/"), &headers(list)).is_ok()
    }

    /// No token is set.
    fn open(on_loopback: bool) -> Keys {
        Keys::new(None, &BTreeMap::new(), on_loopback)
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
            let peer = Some(Peer::Address(peer.parse().unwrap()));
            admit(&open(loopback), peer, &Method::GET, &Uri::from_static(uri), &host)
        };
        assert_eq!(ask(true, "192.0.2.1", "/"), Err(Reason::NotLocal));
        assert_eq!(ask(false, "127.0.0.1", "/"), Err(Reason::NotLocal));
        assert_eq!(ask(true, "127.0.0.1", "http://evil.example/"), Err(Reason::NotLocal));
    }

    #[test]
    fn the_token_opens_as_bearer_and_as_password_and_nothing_else_does() {
        let keys = Keys::new(Some(hash("s3cret")), &BTreeMap::new(), true);
        let local = Some(Peer::Address("127.0.0.1".parse().unwrap()));
        let ask = |authorization: &str| {
            let headers = headers(&[("authorization", authorization), ("host", "localhost")]);
            admit(&keys, local, &Method::GET, &Uri::from_static("/"), &headers).is_ok()
        };
        assert!(ask("Bearer s3cret") && ask("bearer  s3cret") && ask("Basic b3BlcmF0b3I6czNjcmV0"));
        for wrong in [
            "",
            "Bearer",
            "Bearer s3cre",
            "Bearer s3cret2",
            "s3cret",
            "Basic s3cret",
            "Basic b3BlcmF0b3I6czNjcmV0=",
            "Basic b3BlcmF0b3I6czNjcmV",
            "Digest s3cret",
        ] {
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
            let local = Some(Peer::Address("127.0.0.1".parse().unwrap()));
            admit(&keys, local, &Method::GET, &Uri::from_static("/"), &headers(list))
        };
        for all in [None, Some("a")] {
            assert_eq!(ask(all, true, "q"), Ok(Access::One("quarry".into())));
            assert_eq!(ask(all, true, "m"), Ok(Access::One("mason".into())));
            assert_eq!(ask(all, true, "qm"), Err(Reason::NoToken));
        }
        assert_eq!(ask(Some("a"), true, "a"), Ok(Access::All));
        assert_eq!(ask(Some("a"), true, ""), Err(Reason::NoToken));
        assert_eq!(ask(None, true, ""), Ok(Access::All), "who sits at this machine");
        assert_eq!(ask(None, false, ""), Err(Reason::NoToken));
        assert!(Access::One("quarry".into()).sees("quarry") && !Access::One("quarry".into()).sees("mason"));
    }

    #[test]
    fn a_page_of_another_site_changes_nothing() {
        let put = |list: &[(&'static str, &str)]| {
            let peer = Some(Peer::Address("127.0.0.1".parse().unwrap()));
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
}
