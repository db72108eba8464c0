//! What a request says about itself and its body.

use aboveboard_types::limits::MAX_TIME;
use aboveboard_wire::SENT_AT;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};

use crate::refusal::Reason;

/// `application/json`, with or without a charset of UTF-8. This also keeps simple cross-site posts out.
pub(crate) fn is_json(headers: &HeaderMap) -> Result<(), Reason> {
    let stated = headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let mut parts = stated.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let is_json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case(b"application/json"));
    let is_utf8 = parts.all(|parameter| parameter.eq_ignore_ascii_case(b"charset=utf-8"));
    if is_json && is_utf8 { Ok(()) } else { Err(Reason::MediaType) }
}

/// The value of a header that stands once; none where it is missing, repeated or no text.
pub(crate) fn single<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() { None } else { value.to_str().ok() }
}

/// Seconds by which this clock is ahead of the sender's; 0 where the sender does not state its clock, or not as a time.
pub(super) fn skew(headers: &HeaderMap, received: i64) -> i64 {
    let stated = headers.get(SENT_AT).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    stated.filter(|sent| *sent <= MAX_TIME).map_or(0, |sent| received - sent.cast_signed())
}

/// How a body is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Identity,
    Gzip,
}

/// The coding that a request states: at most one, and no list.
pub(crate) fn coding(headers: &HeaderMap) -> Result<Coding, Reason> {
    let mut stated = headers.get_all(CONTENT_ENCODING).iter();
    let Some(first) = stated.next() else { return Ok(Coding::Identity) };
    if stated.next().is_some() {
        return Err(Reason::Coding);
    }
    match first.as_bytes() {
        name if name.eq_ignore_ascii_case(b"identity") => Ok(Coding::Identity),
        name if name.eq_ignore_ascii_case(b"gzip") => Ok(Coding::Gzip),
        _ => Err(Reason::Coding),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_stands_once_and_alone() {
        let headers = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(CONTENT_ENCODING, value.parse().unwrap());
            }
            headers
        };
        assert_eq!(coding(&headers(&[])), Ok(Coding::Identity));
        assert_eq!(coding(&headers(&["GZIP"])), Ok(Coding::Gzip));
        for wrong in [&["gzip", "gzip"][..], &["gzip, gzip"], &["zstd"], &["br"], &["deflate"], &[""]] {
            assert_eq!(coding(&headers(wrong)), Err(Reason::Coding), "{wrong:?}");
        }
    }
}
