//! The operator's tokens, and the one that a request states.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::access::Access;
use crate::config::Digest;

/// Longest token in bytes that is compared. A hash is computed of it for every product before it is known to be right.
const MAX_TOKEN: usize = 512;

/// What opens the operator's routes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    /// Hash of the token for every product.
    all: Option<Digest>,
    /// Hashes of the tokens for one product each.
    products: Vec<(Arc<str>, Digest)>,
    /// Whether, without a token for every product, requests of this machine are the operator's.
    pub(crate) on_loopback: bool,
}

impl Keys {
    pub(crate) fn new(all: Option<Digest>, products: &BTreeMap<String, Digest>, on_loopback: bool) -> Self {
        let products = products.iter().map(|(product, hash)| (Arc::from(product.as_str()), *hash)).collect();
        Self { all, products, on_loopback }
    }

    /// Whether there is a token for every product.
    pub(super) fn has_token_for_all(&self) -> bool {
        self.all.is_some()
    }

    /// Whether any product has a token of its own.
    pub(super) fn has_token_of_a_product(&self) -> bool {
        !self.products.is_empty()
    }

    /// What a token opens. Every hash is compared, in constant time, so that the time reveals nothing about any.
    pub(super) fn access(&self, token: &[u8]) -> Option<Access> {
        let opens = |hash: &Digest| hmac_sha256::Hash::verify(token, hash.bytes());
        let mut access = None;
        for (product, hash) in &self.products {
            if opens(hash) {
                access = Some(Access::One(Arc::clone(product)));
            }
        }
        if self.all.as_ref().is_some_and(opens) {
            access = Some(Access::All);
        }
        access
    }
}

/// The token that a request states: as a bearer token, or as the password of any user, which is what a browser asks for.
pub(super) fn stated_token(headers: &HeaderMap) -> Option<Vec<u8>> {
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
        let decoded = STANDARD.decode(rest).ok()?;
        let colon = decoded.iter().position(|byte| *byte == b':')?;
        return Some(decoded[colon + 1..].to_vec());
    }
    None
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
}
