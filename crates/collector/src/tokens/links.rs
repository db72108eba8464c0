//! Links that are good once, for a browser's first visit. They live in memory: a restart ends them.

use std::time::{Duration, Instant};

use hmac_sha256::Hash;

/// How long a link is good: for whoever made it, not for whoever finds it in a log later.
pub(crate) const LINK_LIFE: Duration = Duration::from_secs(600);

/// Links that may wait at once; with one more the oldest goes.
const MAX_LINKS: usize = 16;

/// The links that wait.
#[derive(Debug, Default)]
pub(super) struct Links(Vec<Link>);

#[derive(Debug)]
struct Link {
    hash: [u8; 32],
    until: Instant,
}

impl Links {
    /// Lets a code in once.
    pub(super) fn add(&mut self, code: &str, now: Instant) {
        self.0.retain(|link| link.until > now);
        if self.0.len() >= MAX_LINKS {
            self.0.remove(0);
        }
        self.0.push(Link { hash: Hash::hash(code.as_bytes()), until: now + LINK_LIFE });
    }

    /// Whether a code is good; it is not any more afterwards.
    pub(super) fn spend(&mut self, code: &str, now: Instant) -> bool {
        let found = self.0.iter().position(|link| Hash::verify(code, &link.hash));
        found.is_some_and(|index| self.0.swap_remove(index).until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_good_once_and_for_its_time() {
        let start = Instant::now();
        let mut links = Links::default();
        links.add("a", start);
        assert!(!links.spend("b", start));
        assert!(links.spend("a", start));
        assert!(!links.spend("a", start));
        links.add("late", start);
        assert!(!links.spend("late", start + LINK_LIFE));
        for number in 0..=MAX_LINKS {
            links.add(&number.to_string(), start);
        }
        assert!(!links.spend("0", start) && links.spend("1", start));
    }
}
