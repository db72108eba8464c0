//! Who may read the config and who may post: checked before a body is looked at.

use http::request::Parts;
use http::{HeaderMap, header};

use crate::{Origins, Refusal};

/// The one host that a request names.
///
/// # Errors
/// Where it names none, two, or none of ours.
pub(crate) fn host<'a>(parts: &'a Parts, origins: &Origins) -> Result<&'a str, Refusal> {
    let authority = parts.uri.authority().map(|authority| authority.as_str());
    let header = match single(&parts.headers, header::HOST) {
        SingleHeader::Absent => None,
        SingleHeader::Text(host) => Some(host),
        SingleHeader::Unclear => return Err(Refusal::Misdirected),
    };
    // HTTP/2 names it in the request target, HTTP/1 in a header; where both do, they must agree.
    let host = match (authority, header) {
        (Some(authority), Some(header)) if authority != header => None,
        (authority, header) => authority.or(header),
    };
    host.filter(|host| origins.has_host(host)).ok_or(Refusal::Misdirected)
}

/// Whether the browser says that a page of the same origin asks. Browsers leave this header out where the page
/// came over plain HTTP from another machine, and old browsers always do.
///
/// # Errors
/// Where it says otherwise.
pub(crate) fn from_own_page(headers: &HeaderMap) -> Result<(), Refusal> {
    match single(headers, "sec-fetch-site") {
        SingleHeader::Absent | SingleHeader::Text("same-origin") => Ok(()),
        _ => Err(Refusal::Forbidden),
    }
}

/// Whether the page that posts is one of ours. Browsers send `Origin` with every post.
///
/// # Errors
/// Where it is not.
pub(crate) fn from_listed_page(headers: &HeaderMap, origins: &Origins, host: &str) -> Result<(), Refusal> {
    match single(headers, header::ORIGIN) {
        SingleHeader::Text(origin) if origins.has_page(origin, host) => Ok(()),
        _ => Err(Refusal::Forbidden),
    }
}

/// Whether a body is JSON without an encoding. Forms and plain text are what a page of another origin can post without
/// a preflight request.
///
/// # Errors
/// Where it is not.
pub(crate) fn is_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let SingleHeader::Text(content_type) = single(headers, header::CONTENT_TYPE) else {
        return Err(Refusal::NotJson);
    };
    let (essence, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    let plain = matches!(parameters.trim().to_ascii_lowercase().as_str(), "" | "charset=utf-8");
    if essence.trim().eq_ignore_ascii_case("application/json")
        && plain
        && !headers.contains_key(header::CONTENT_ENCODING)
    {
        Ok(())
    } else {
        Err(Refusal::NotJson)
    }
}

/// A header that a request may have once.
enum SingleHeader<'a> {
    Absent,
    Text(&'a str),
    /// There are several, or it is not visible ASCII.
    Unclear,
}

/// The one value of a header. Two values are a way around a check, so they are none.
fn single(headers: &HeaderMap, name: impl header::AsHeaderName) -> SingleHeader<'_> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => SingleHeader::Absent,
        (Some(value), None) => value.to_str().map_or(SingleHeader::Unclear, SingleHeader::Text),
        _ => SingleHeader::Unclear,
    }
}
