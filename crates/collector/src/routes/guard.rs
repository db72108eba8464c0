//! The guard of the operator's routes: it lets through who holds a token, and who came through the socket in the data
//! directory. Nothing else that a request says or lacks proves anything: a proxy on this machine may have passed it on.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, Method, Uri};

use super::browser;
use super::services::{Services, refuse};
use crate::access::{Access, Scope};
use crate::audit::Act;
use crate::ingest::client;
use crate::refusal::{Reason, Refusal};
use crate::server::Peer;
use crate::tokens::{TokenBook, stated_cookies, stated_token};

/// Lets only operators through, notes what they may see, and writes what they change into the audit log.
pub(super) async fn operator(State(services): State<Services>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    let access = match admit(&services, peer, request.method(), request.uri(), request.headers()).await {
        Ok(access) => access,
        Err(refusal) => return refuse(&services, refusal),
    };
    let changes = !reads(request.method());
    let default = Act::of(request.method(), request.uri().path());
    request.extensions_mut().insert(access.clone());
    let mut response = next.run(request).await;
    let act = response.extensions_mut().remove::<Act>();
    if let Some(act) = act.or_else(|| changes.then_some(default)) {
        services.note(&access, act, Some(response.status())).await;
    }
    response
}

/// Stands before the metrics: they are open where they are configured so and no product publishes figures. What they count
/// from one moment to the next shows each arrival, which is just what published figures promise to tell nobody.
pub(super) async fn metrics(state: State<Services>, request: Request, next: Next) -> Response {
    let services = &state.0;
    if services.metrics_open && !services.ingest.manifests.in_force().publishes() {
        return next.run(request).await;
    }
    operator(state, request, next).await
}

/// Whether a request is an operator's, and of what.
pub(super) async fn admit(
    services: &Services,
    peer: Option<Peer>,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Access, Refusal> {
    let address = match peer {
        Some(Peer::Local(user)) => return Ok(Access::to_all(&format!("user {user}"), Scope::Operate)),
        Some(Peer::Address(address)) => address,
        None => IpAddr::from([0, 0, 0, 0]),
    };
    let now = services.ingest.clock.unchecked();
    match look(&services.tokens, &services.cookie, method, uri, headers, now) {
        Ok(access) => Ok(access),
        Err(Denied::WrongToken) => {
            let client = client(address, headers, services.ingest.trusted_hops);
            Err(services.guesses.refuse(&services.ingest, client).await)
        }
        Err(Denied::For(reason)) => Err(reason.into()),
    }
}

/// Why a request is not let through.
#[derive(Debug, PartialEq, Eq)]
enum Denied {
    WrongToken,
    For(Reason),
}

fn look(
    tokens: &TokenBook,
    cookie: &str,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    now: i64,
) -> Result<Access, Denied> {
    let reads = reads(method);
    let (access, by_cookie) = match stated_token(headers) {
        Some(token) => (tokens.access(&token), false),
        // A browser adds cookies to what other pages ask for, so they only ever look.
        None if reads => {
            (stated_cookies(headers, cookie).find_map(|value| tokens.cookie_access(value, now)), true)
        }
        None => return Err(Denied::For(Reason::NoToken)),
    };
    let stated = !by_cookie || stated_cookies(headers, cookie).next().is_some();
    let access = access.ok_or(if stated { Denied::WrongToken } else { Denied::For(Reason::NoToken) })?;
    if !browser::may_ask(method, uri, headers) {
        return Err(Denied::For(Reason::CrossSite));
    }
    if reads || access.operates() { Ok(access) } else { Err(Denied::For(Reason::ReadOnly)) }
}

fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Digest};

    const COOKIE: &str = "aboveboard-operator-1";

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in list {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn hash(token: &str) -> Digest {
        Digest::from_bytes(hmac_sha256::Hash::hash(token.as_bytes()))
    }

    fn book(all: Option<&str>, products: &[(&str, &str)]) -> (TokenBook, tempfile::TempDir) {
        let data = tempfile::tempdir().unwrap();
        let mut operator = Config::defaults().unwrap().operator;
        operator.token_hash = all.map(hash);
        operator.products =
            products.iter().map(|(product, token)| ((*product).to_owned(), hash(token))).collect();
        (TokenBook::open(&operator, data.path()).unwrap(), data)
    }

    fn ask(tokens: &TokenBook, method: &Method, list: &[(&'static str, &str)]) -> Result<Access, Denied> {
        look(tokens, COOKIE, method, &Uri::from_static("/"), &headers(list), 0)
    }

    #[test]
    fn nothing_but_a_token_opens() {
        for tokens in [book(None, &[]), book(Some("s3cret"), &[]), book(None, &[("quarry", "q")])] {
            for list in [
                &[][..],
                &[("host", "localhost")],
                &[("host", "127.0.0.1:8480")],
                &[("host", "[::1]:8480"), ("sec-fetch-site", "none")],
                &[("host", "localhost"), ("x-forwarded-for", "127.0.0.1")],
            ] {
                for method in [Method::GET, Method::HEAD, Method::PUT, Method::POST] {
                    let asked = ask(&tokens.0, &method, list);
                    assert_eq!(asked, Err(Denied::For(Reason::NoToken)), "{method} {list:?}");
                }
            }
        }
    }

    #[test]
    fn the_token_opens_as_bearer_and_as_password_and_nothing_else_does() {
        let (tokens, _data) = book(Some("s3cret"), &[]);
        let opens = |authorization: &str| {
            ask(&tokens, &Method::GET, &[("authorization", authorization), ("host", "localhost")])
        };
        for right in ["Bearer s3cret", "bearer  s3cret", "Basic b3BlcmF0b3I6czNjcmV0"] {
            assert!(opens(right).unwrap().operates(), "{right}");
        }
        for wrong in ["Bearer s3cre", "Bearer s3cret2", "Basic b3BlcmF0b3I6czNjcmV="] {
            assert!(opens(wrong).is_err(), "{wrong}");
        }
        assert_eq!(opens("Bearer s3cre"), Err(Denied::WrongToken));
        for none in ["", "Bearer", "s3cret", "Basic s3cret", "Basic b3BlcmF0b3I6czNjcmV0=", "Digest s3cret"] {
            assert_eq!(opens(none), Err(Denied::For(Reason::NoToken)), "{none}");
        }
    }

    #[test]
    fn the_token_of_a_product_opens_that_product() {
        let (tokens, _data) = book(Some("a"), &[("quarry", "q"), ("mason", "m")]);
        let opens = |token: &str| {
            let bearer = format!("Bearer {token}");
            ask(&tokens, &Method::PUT, &[("authorization", &bearer)])
        };
        let quarry = opens("q").unwrap();
        assert!(quarry.sees("quarry") && !quarry.sees("mason") && !quarry.sees_all());
        assert!(opens("m").unwrap().sees("mason") && opens("a").unwrap().sees_all());
        assert_eq!(opens("qm"), Err(Denied::WrongToken));
    }

    #[test]
    fn a_cookie_looks_and_a_token_that_reads_changes_nothing() {
        let (tokens, _data) = book(None, &[]);
        let (_, cookie) = tokens.redeem(&tokens.new_link().unwrap(), 0).unwrap().unwrap();
        let cookies = format!("other=1; {COOKIE}={cookie}");
        assert!(ask(&tokens, &Method::GET, &[("cookie", &cookies)]).is_ok());
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
            let asked = ask(&tokens, &method, &[("cookie", &cookies), ("sec-fetch-site", "same-origin")]);
            assert_eq!(asked, Err(Denied::For(Reason::NoToken)), "{method}");
        }
        for site in ["cross-site", "same-site", "nonsense"] {
            let asked = ask(&tokens, &Method::GET, &[("cookie", &cookies), ("sec-fetch-site", site)]);
            assert_eq!(asked, Err(Denied::For(Reason::CrossSite)), "{site}");
        }
        let bearer = format!("Bearer {cookie}");
        assert_eq!(ask(&tokens, &Method::GET, &[("authorization", &bearer)]), Err(Denied::WrongToken));
        let wrong = format!("{COOKIE}={}", "0".repeat(64));
        assert_eq!(ask(&tokens, &Method::GET, &[("cookie", &wrong)]), Err(Denied::WrongToken));
        let reader = format!("Bearer {}", tokens.make("r", Scope::Read, None, 0).unwrap());
        assert!(ask(&tokens, &Method::GET, &[("authorization", &reader)]).is_ok());
        let asked = ask(&tokens, &Method::PUT, &[("authorization", &reader)]);
        assert_eq!(asked, Err(Denied::For(Reason::ReadOnly)));
    }

    #[test]
    fn what_changes_something_is_refused_to_pages_of_other_sites() {
        let (tokens, _data) = book(Some("s3cret"), &[]);
        let change = |list: &[(&'static str, &str)]| {
            let list = [&[("authorization", "Bearer s3cret")], list].concat();
            ask(&tokens, &Method::PUT, &list)
        };
        assert!(change(&[]).is_ok(), "programs carry no origin");
        assert!(change(&[("host", "figures.example"), ("origin", "https://figures.example")]).is_ok());
        assert!(change(&[("sec-fetch-site", "same-origin")]).is_ok());
        for foreign in [
            &[("host", "figures.example"), ("origin", "https://evil.example")][..],
            &[("host", "figures.example"), ("origin", "null")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
        ] {
            assert_eq!(change(foreign), Err(Denied::For(Reason::CrossSite)), "{foreign:?}");
        }
    }
}
