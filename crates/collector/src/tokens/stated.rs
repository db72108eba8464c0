//! The token that a request states, in its header or in a cookie.

use aboveboard_types::bearer::bearer;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};

/// Longest header in bytes whose token is compared.
const MAX_TOKEN: usize = 512;

/// Most cookies of our name that are compared: a page of a neighbouring name can set more of them.
const MAX_COOKIES: usize = 4;

/// The token that a request states: as a bearer token, or as the password of any user, which is what a browser asks for.
pub(crate) fn stated_token(headers: &HeaderMap) -> Option<Vec<u8>> {
    let stated = headers.get(AUTHORIZATION)?.as_bytes();
    if stated.len() > MAX_TOKEN {
        return None;
    }
    if let Some(token) = bearer(stated) {
        return Some(token.to_vec());
    }
    let (scheme, rest) = stated.split_at(stated.iter().position(|byte| *byte == b' ')?);
    let rest = rest.trim_ascii();
    if scheme.eq_ignore_ascii_case(b"basic") {
        let decoded = STANDARD.decode(rest).ok()?;
        let colon = decoded.iter().position(|byte| *byte == b':')?;
        return Some(decoded[colon + 1..].to_vec());
    }
    None
}

/// The values of the cookies of this name.
pub(crate) fn stated_cookies<'h>(headers: &'h HeaderMap, name: &'h str) -> impl Iterator<Item = &'h str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(own, value)| *own == name && !value.is_empty() && value.len() <= MAX_TOKEN)
        .map(|(_, value)| value)
        .take(MAX_COOKIES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_as_written_or_not_at_all() {
        let password = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, format!("Basic {text}").parse().unwrap());
            stated_token(&headers)
        };
        for (text, bytes) in [
            ("Og==", &b""[..]),
            ("OmY=", b"f"),
            ("OmZv", b"fo"),
            ("dTpmb28=", b"foo"),
            ("Ovv/vw==", b"\xfb\xff\xbf"),
        ] {
            assert_eq!(password(text).as_deref(), Some(bytes), "{text}");
        }
        for wrong in ["Z", "Og", "Og=", "O===", "OmZv=", "OmZ v", "====="] {
            assert_eq!(password(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "x=1; own=a; own2=b; xown=c; own=".parse().unwrap());
        headers.append(COOKIE, "own=d;own".parse().unwrap());
        assert_eq!(stated_cookies(&headers, "own").collect::<Vec<_>>(), ["a", "d"]);
    }
}
