//! The link for a browser's first visit, which is good once, and sets a cookie that only looks.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::{Html, IntoResponse, Response};

use super::services::{Services, refuse};
use crate::access::{Access, Scope};
use crate::audit::Act;
use crate::ingest::client;
use crate::refusal::Reason;
use crate::server::Peer;
use crate::tokens::TokenBook;

/// The path of a link, with what stands before its code.
pub(crate) const LINK: &str = "/login?code=";

/// A page of our own leads on: a browser that came from another site's page adds no cookie to a redirect.
const WELCOME: &str = "<!doctype html><meta charset=utf-8><meta http-equiv=refresh content=\"0;url=./\">\
                       <title>aboveboard</title><p><a href=\"./\">To the page</a>\n";

pub(super) async fn login(State(services): State<Services>, request: Request) -> Response {
    let headers = request.headers();
    let code = request.uri().query().and_then(|query| query.strip_prefix("code="));
    // Neither a look ahead nor a look at the header alone is a visit.
    let is_visit = *request.method() == Method::GET
        && !headers.contains_key("sec-purpose")
        && !headers.contains_key("purpose");
    let Some(code) = code.filter(|_| is_visit) else { return refuse(&services, Reason::NoToken) };
    let now = services.ingest.clock.unchecked();
    match services.tokens.redeem(code, now) {
        Ok(Some((token, cookie))) => {
            let who = Access::to_all(&format!("token {}", token.name), Scope::Read);
            let act = Act::new("login", None, "by a link that is good once");
            services.note(&who, act, None).await;
            welcome(&set_cookie(&services.cookie, &cookie, is_https(headers)))
        }
        Ok(None) => {
            let peer = request.extensions().get::<Peer>();
            let Some(Peer::Address(address)) = peer else { return refuse(&services, Reason::LinkSpent) };
            let client = client(*address, headers, services.ingest.trusted_hops);
            let refusal = services.guesses.refuse(&services.ingest, client).await;
            let is_slowed = refusal.reason != Reason::NoToken;
            refuse(&services, if is_slowed { refusal } else { Reason::LinkSpent.into() })
        }
        Err(error) => {
            tracing::error!(%error, "a browser cannot be let in");
            refuse(&services, Reason::NotKept)
        }
    }
}

fn welcome(cookie: &str) -> Response {
    let mut response = Html(WELCOME).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        headers.insert(header::SET_COOKIE, cookie);
    }
    response
}

fn set_cookie(name: &str, value: &str, is_https: bool) -> String {
    let life = TokenBook::cookie_life();
    let secure = if is_https { "; Secure" } else { "" };
    // Without a path it is that of the folder in which this address lies for the browser, whatever a proxy made of it: the
    // collector's own, and not its neighbour's below another folder of the host.
    format!("{name}={value}; Max-Age={life}; HttpOnly; SameSite=Strict{secure}")
}

/// Whether the browser spoke TLS to the proxy in front, as that says. Who lies here gets a cookie that does not come back.
fn is_https(headers: &HeaderMap) -> bool {
    let says = |name: &str, what: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains(what))
    };
    says("x-forwarded-proto", "https") || says("forwarded", "proto=https")
}

/// A link to an address of the collector.
pub(crate) fn link(base: &str, code: &str) -> String {
    format!("{}{LINK}{code}", base.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_kept_from_scripts_and_other_sites_and_from_plain_http_where_there_was_tls() {
        let plain = set_cookie("n", "v", false);
        assert!(plain.starts_with("n=v; Max-Age=") && plain.contains("HttpOnly; SameSite=Strict"));
        assert!(!plain.to_ascii_lowercase().contains("path="));
        assert!(!plain.contains("Secure") && set_cookie("n", "v", true).ends_with("; Secure"));
        let headers = |name: &'static str, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            headers
        };
        assert!(is_https(&headers("x-forwarded-proto", "https")));
        assert!(is_https(&headers("forwarded", "for=192.0.2.1;proto=https")));
        assert!(!is_https(&headers("x-forwarded-proto", "http")));
    }
}
