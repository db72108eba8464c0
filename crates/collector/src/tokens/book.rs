//! All tokens of a collector, and what each opens.

use std::path::Path;
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::Instant;

use aboveboard_store::calendar::day_of;
use aboveboard_types::bearer::is_same;
use aboveboard_types::hex;
use hmac_sha256::Hash;

use super::change::TokenChange;
use super::error::TokensError;
use super::file::{StoredToken, TokenFile};
use super::links::Links;
use crate::access::{Access, Scope};
use crate::config::{Digest, Operator};
use crate::dates::iso;
use crate::lock::lock;

/// Tokens in the data directory, beside the cookies: each is compared at every request of an operator.
const MAX_TOKENS: usize = 64;

/// Cookies of browsers that are good at once; with one more the oldest goes.
const MAX_COOKIES: usize = 16;

/// How long the cookie of a browser is good, in seconds: thirty days.
const COOKIE_LIFE: i64 = 30 * 86_400;

/// All tokens.
#[derive(Debug)]
pub(crate) struct TokenBook {
    configured: Vec<Configured>,
    stored: RwLock<Vec<StoredToken>>,
    /// Held from looking for the name of a token to keeping what became of it. Cookies never wait for it.
    naming: Mutex<()>,
    file: TokenFile,
    links: Mutex<Links>,
}

/// Tells the other collectors what became of a token: none where it opens nothing any more.
pub(crate) type ShareToken<'s> = &'s dyn Fn(&str, Option<&StoredToken>) -> Result<(), TokensError>;

/// A token of the configuration.
#[derive(Debug)]
struct Configured {
    hash: Digest,
    access: Access,
}

impl TokenBook {
    /// The tokens of a configuration and of a data directory, which the caller has locked.
    pub(crate) fn open(configured: &Operator, data: &Path) -> Result<Self, TokensError> {
        let file = TokenFile::of(data)?;
        let stored = RwLock::new(file.read()?);
        let of_products = configured.products.iter().map(|(product, hash)| Configured {
            hash: *hash,
            access: Access::to_some(
                &format!("configured token of {product}"),
                std::slice::from_ref(product),
                Scope::Operate,
            ),
        });
        let of_all = configured
            .token_hash
            .map(|hash| Configured { hash, access: Access::to_all("configured token", Scope::Operate) });
        let configured = of_products.chain(of_all).collect();
        Ok(Self { configured, stored, naming: Mutex::default(), file, links: Mutex::default() })
    }

    /// Whether a token or a browser's cookie opens every product now, so that nobody needs a link for a first visit.
    pub(crate) fn opens_all(&self, now: i64) -> bool {
        let is_good = |token: &StoredToken| token.cookie_until.is_none_or(|until| now < until);
        self.configured.iter().any(|token| token.access.sees_all())
            || self.stored().iter().any(|token| token.products.is_none() && is_good(token))
    }

    /// What a token opens that a program states. Every hash is compared, in constant time, so that the time reveals nothing
    /// about any.
    pub(crate) fn access(&self, token: &[u8]) -> Option<Access> {
        let hash = Hash::hash(token);
        let mut access = None;
        for own in &self.configured {
            if is_same(&hash, own.hash.bytes()) {
                access = Some(own.access.clone());
            }
        }
        for own in self.stored().iter().filter(|own| own.cookie_until.is_none()) {
            if is_same(&hash, own.hash().bytes()) {
                access = Some(access_of(own));
            }
        }
        access
    }

    /// What the cookie of a browser opens: to look at, never to change.
    pub(crate) fn cookie_access(&self, cookie: &str, now: i64) -> Option<Access> {
        let hash = Hash::hash(cookie.as_bytes());
        let mut access = None;
        for own in self.stored().iter().filter(|own| own.cookie_until.is_some_and(|until| now < until)) {
            if is_same(&hash, own.hash().bytes()) {
                access = Some(access_of(own));
            }
        }
        access
    }

    /// A new code for a link that is good once.
    pub(crate) fn new_link(&self) -> Result<String, TokensError> {
        let code = secret()?;
        lock(&self.links).add(&code, Instant::now());
        Ok(code)
    }

    /// Makes a cookie for a good code, with the seconds for which it is good; `None` where the code is not.
    pub(crate) fn redeem(&self, code: &str, now: i64) -> Result<Option<(StoredToken, String)>, TokensError> {
        if !lock(&self.links).spend(code, Instant::now()) {
            return Ok(None);
        }
        let cookie = secret()?;
        let made = self.change(|tokens| {
            tokens.retain(|token| token.cookie_until.is_none_or(|until| now < until));
            let cookies = tokens.iter().filter(|token| token.cookie_until.is_some()).count();
            if cookies >= MAX_COOKIES
                && let Some(oldest) = tokens.iter().position(|token| token.cookie_until.is_some())
            {
                tokens.remove(oldest);
            }
            let is_free = |name: &String| tokens.iter().all(|token| token.name != *name);
            let name = (1..).map(|number| format!("browser-{number}")).find(is_free).unwrap_or_default();
            let mut made = StoredToken::new(name, hash_of(&cookie), Scope::Read, None, iso(day_of(now)));
            made.cookie_until = Some(now.saturating_add(COOKIE_LIFE));
            tokens.push(made.clone());
            Ok(made)
        })?;
        Ok(Some((made, cookie)))
    }

    /// For how many seconds a browser keeps its cookie.
    pub(crate) const fn cookie_life() -> i64 {
        COOKIE_LIFE
    }

    /// Makes a change of one token, once the others know of it. Returns the token that it made, which is shown this once.
    pub(crate) fn apply(
        &self,
        change: &TokenChange,
        now: i64,
        share: ShareToken<'_>,
    ) -> Result<Option<String>, TokensError> {
        let _naming = lock(&self.naming);
        let known = self.list();
        let (name, token, secret) = match change {
            TokenChange::Make { name, scope, products } => {
                let (made, secret) = made(&known, name, *scope, products.clone(), now)?;
                (name, Some(made), Some(secret))
            }
            TokenChange::Rotate { name } => {
                let (rotated, secret) = rotated(&known, name, now)?;
                (name, Some(rotated), Some(secret))
            }
            TokenChange::Revoke { name } => {
                let found = known.iter().find(|own| own.name == *name);
                let found = found.ok_or_else(|| TokensError::Unknown(name.clone()))?;
                if found.cookie_until.is_some() {
                    // It is this collector's alone.
                    self.change(|tokens| {
                        tokens.retain(|own| own.name != *name);
                        Ok(())
                    })?;
                    return Ok(None);
                }
                (name, None, None)
            }
        };
        share(name, token.as_ref())?;
        self.take_in([(name.clone(), token)])?;
        Ok(secret)
    }

    /// Takes in what became of tokens: none where one opens nothing any more.
    pub(crate) fn take_in(
        &self,
        named: impl IntoIterator<Item = (String, Option<StoredToken>)>,
    ) -> Result<(), TokensError> {
        let named: Vec<_> = named.into_iter().collect();
        let is_known = |(name, token): &(String, Option<StoredToken>)| {
            let stored = self.stored();
            stored.iter().find(|own| own.name == *name && own.cookie_until.is_none()) == token.as_ref()
        };
        if named.iter().all(is_known) {
            return Ok(());
        }
        self.change(|tokens| {
            for (name, token) in named {
                let at = tokens.iter().position(|own| own.name == name && own.cookie_until.is_none());
                match (at, token) {
                    (Some(at), Some(token)) => tokens[at] = token,
                    (None, Some(token)) => tokens.push(token),
                    (Some(at), None) => drop(tokens.remove(at)),
                    (None, None) => {}
                }
            }
            Ok(())
        })
    }

    /// The tokens in the data directory, without what opens them.
    pub(crate) fn list(&self) -> Vec<StoredToken> {
        self.stored().clone()
    }

    /// Changes the tokens on the disk, and if that worked, here.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut Vec<StoredToken>) -> Result<T, TokensError>,
    ) -> Result<T, TokensError> {
        let mut stored = self.stored.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = stored.clone();
        let made = change(&mut changed)?;
        self.file.write(&changed)?;
        *stored = changed;
        Ok(made)
    }

    fn stored(&self) -> RwLockReadGuard<'_, Vec<StoredToken>> {
        self.stored.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A new token, and what opens it.
fn made(
    known: &[StoredToken],
    name: &str,
    scope: Scope,
    products: Option<Vec<String>>,
    now: i64,
) -> Result<(StoredToken, String), TokensError> {
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > 64 || !name.chars().all(is_letter) {
        return Err(TokensError::BadName);
    }
    if known.iter().any(|token| token.name == name) {
        return Err(TokensError::Taken(name.to_owned()));
    }
    if known.iter().filter(|token| token.cookie_until.is_none()).count() >= MAX_TOKENS {
        return Err(TokensError::TooMany(MAX_TOKENS));
    }
    let secret = secret()?;
    let made = StoredToken::new(name.to_owned(), hash_of(&secret), scope, products, iso(day_of(now)));
    Ok((made, secret))
}

/// A token with another thing that opens it, and that; name, products and scope stay.
fn rotated(known: &[StoredToken], name: &str, now: i64) -> Result<(StoredToken, String), TokensError> {
    let found = known.iter().find(|own| own.name == name && own.cookie_until.is_none());
    let mut found = found.ok_or_else(|| TokensError::Unknown(name.to_owned()))?.clone();
    let secret = secret()?;
    found.rotate(hash_of(&secret), iso(day_of(now)));
    Ok((found, secret))
}

fn access_of(token: &StoredToken) -> Access {
    let who = format!("token {}", token.name);
    match &token.products {
        None => Access::to_all(&who, token.scope),
        Some(products) => Access::to_some(&who, products, token.scope),
    }
}

/// A new token of 256 random bits, as hexadecimal digits.
fn secret() -> Result<String, TokensError> {
    let bytes = aboveboard_files::random::<32>().ok_or(TokensError::NoRandomness)?;
    Ok(hex::encode(&bytes))
}

fn hash_of(token: &str) -> Digest {
    Digest::from_bytes(Hash::hash(token.as_bytes()))
}

#[cfg(test)]
impl TokenBook {
    /// Makes a token to operate or read, for a test.
    pub(crate) fn make(
        &self,
        name: &str,
        scope: Scope,
        products: Option<Vec<String>>,
        now: i64,
    ) -> Result<String, TokensError> {
        let made =
            self.apply(&TokenChange::Make { name: name.to_owned(), scope, products }, now, &|_, _| Ok(()));
        Ok(made?.unwrap())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::config::Config;

    const NOW: i64 = 1_800_000_000;

    fn alone(_: &str, _: Option<&StoredToken>) -> Result<(), TokensError> {
        Ok(())
    }

    fn rotate(tokens: &TokenBook, name: &str, now: i64) -> Result<String, TokensError> {
        Ok(tokens.apply(&TokenChange::Rotate { name: name.to_owned() }, now, &alone)?.unwrap())
    }

    fn revoke(tokens: &TokenBook, name: &str) -> Result<(), TokensError> {
        tokens.apply(&TokenChange::Revoke { name: name.to_owned() }, NOW, &alone).map(drop)
    }

    fn book(data: &Path) -> TokenBook {
        TokenBook::open(&Config::defaults().unwrap().operator, data).unwrap()
    }

    #[test]
    fn a_token_opens_what_it_was_made_for_until_it_is_rotated_or_revoked() {
        let data = tempfile::tempdir().unwrap();
        let tokens = book(data.path());
        assert!(!tokens.opens_all(NOW));
        let quarry = Some(vec!["quarry".to_owned()]);
        let token = tokens.make("ci", Scope::Operate, quarry, NOW).unwrap();
        assert!(!tokens.opens_all(NOW));
        let access = tokens.access(token.as_bytes()).unwrap();
        assert!(access.sees("quarry") && !access.sees("mason") && !access.sees_all() && access.operates());
        assert!(matches!(tokens.make("ci", Scope::Read, None, NOW), Err(TokensError::Taken(_))));
        let all = tokens.make("grafana", Scope::Read, None, NOW).unwrap();
        assert!(tokens.opens_all(NOW) && !tokens.access(all.as_bytes()).unwrap().operates());
        for wrong in ["", "A", "a b", "ä", &"a".repeat(65)] {
            assert!(
                matches!(tokens.make(wrong, Scope::Read, None, NOW), Err(TokensError::BadName)),
                "{wrong}"
            );
        }
        let file = data.path().join("tokens.json");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(file).unwrap();
        assert!(!text.contains(&token) && !text.contains(&all));

        let again = book(data.path());
        assert_eq!(again.list(), tokens.list());
        let rotated = rotate(&again, "ci", NOW + 86_400).unwrap();
        assert!(again.access(token.as_bytes()).is_none());
        assert_eq!(again.access(rotated.as_bytes()).unwrap(), access);
        revoke(&again, "ci").unwrap();
        assert!(again.access(rotated.as_bytes()).is_none());
        assert!(matches!(revoke(&again, "ci"), Err(TokensError::Unknown(_))));
        for number in 1..MAX_TOKENS {
            again.make(&format!("t{number}"), Scope::Read, None, NOW).unwrap();
        }
        assert!(matches!(again.make("more", Scope::Read, None, NOW), Err(TokensError::TooMany(_))));
    }

    #[test]
    fn a_link_makes_one_cookie_which_only_looks_and_only_as_a_cookie() {
        let data = tempfile::tempdir().unwrap();
        let tokens = book(data.path());
        let code = tokens.new_link().unwrap();
        let (made, cookie) = tokens.redeem(&code, NOW).unwrap().unwrap();
        assert!(tokens.redeem(&code, NOW).unwrap().is_none());
        let access = tokens.cookie_access(&cookie, NOW).unwrap();
        assert!(access.sees_all() && !access.operates());
        assert!(tokens.access(cookie.as_bytes()).is_none(), "it is no token for programs");
        let token = tokens.make("a", Scope::Operate, None, NOW).unwrap();
        assert!(tokens.cookie_access(&token, NOW).is_none(), "a token is no cookie");
        assert!(book(data.path()).cookie_access(&cookie, NOW + COOKIE_LIFE - 1).is_some());
        assert!(tokens.cookie_access(&cookie, NOW + COOKIE_LIFE).is_none());
        assert!(matches!(rotate(&tokens, &made.name, NOW), Err(TokensError::Unknown(_))));
        for _ in 0..MAX_COOKIES {
            tokens.redeem(&tokens.new_link().unwrap(), NOW).unwrap().unwrap();
        }
        assert!(tokens.cookie_access(&cookie, NOW).is_none(), "the oldest went");
        assert!(tokens.access(token.as_bytes()).is_some());
        let newest = tokens.list().into_iter().rfind(|token| token.cookie_until.is_some()).unwrap();
        let shared = |_: &str, _: Option<&StoredToken>| panic!("a cookie is this collector's alone");
        tokens.apply(&TokenChange::Revoke { name: newest.name.clone() }, NOW, &shared).unwrap();
        assert!(tokens.list().iter().all(|token| token.name != newest.name));
    }

    #[test]
    fn a_change_that_others_cannot_be_told_is_not_made() {
        let data = tempfile::tempdir().unwrap();
        let tokens = book(data.path());
        let told = tokens.make("told", Scope::Read, None, NOW).unwrap();
        let away = |_: &str, _: Option<&StoredToken>| Err(TokensError::NoRandomness);
        for change in [
            TokenChange::Make { name: "new".to_owned(), scope: Scope::Read, products: None },
            TokenChange::Rotate { name: "told".to_owned() },
            TokenChange::Revoke { name: "told".to_owned() },
        ] {
            assert!(tokens.apply(&change, NOW, &away).is_err());
        }
        assert_eq!(tokens.list().len(), 1);
        assert!(tokens.access(told.as_bytes()).is_some());
        // What the others have.
        let other = tempfile::tempdir().unwrap();
        let others = book(other.path());
        others.take_in([("told".to_owned(), Some(tokens.list()[0].clone()))]).unwrap();
        assert!(book(other.path()).access(told.as_bytes()).is_some(), "kept");
        others.take_in([("told".to_owned(), None), ("nobody".to_owned(), None)]).unwrap();
        assert!(book(other.path()).list().is_empty());
    }

    #[test]
    fn a_file_that_does_not_read_is_no_empty_one() {
        let data = tempfile::tempdir().unwrap();
        std::fs::write(data.path().join("tokens.json"), "{").unwrap();
        let opened = TokenBook::open(&Config::defaults().unwrap().operator, data.path());
        assert!(matches!(opened, Err(TokensError::Unreadable { .. })));
    }
}
