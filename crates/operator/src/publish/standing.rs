//! How the log of a site and what a collector keeps of it stand to each other.
//!
//! A collector that was restored from a copy does not know what it has published since, and would draw it again. A site that
//! was lost or restored does not show what was published. Both are found here before anything is drawn or written.

use std::path::Path;

use aboveboard_published::paths;
use aboveboard_published::tree::Digest;
use aboveboard_types::hex;
use anyhow::{Context as _, bail};

use super::directory::SiteContent;

/// What a site shows of what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Everything that was published, and this many documents that are not marked so yet.
    Shows(usize),
    /// Less than was published.
    Lost {
        /// How many documents it shows.
        shown: usize,
    },
    /// More than is kept.
    Ahead {
        /// How many more.
        unknown: usize,
    },
    /// Another log from this document on, counted from 0.
    Other {
        /// The first document in which they differ.
        from: usize,
    },
}

impl Standing {
    /// Compares the leaves of a site with those that are kept, of which the first `published` were seen at the site.
    pub(super) fn of(site: &[Digest], kept: &[Digest], published: usize) -> Self {
        let same = site.iter().zip(kept).take_while(|(site, kept)| site == kept).count();
        if same < site.len() && same < kept.len() {
            Self::Other { from: same }
        } else if site.len() > kept.len() {
            Self::Ahead { unknown: site.len() - kept.len() }
        } else if site.len() < published {
            Self::Lost { shown: site.len() }
        } else {
            Self::Shows(site.len() - published)
        }
    }

    /// Refuses where they do not fit, with what is to be done.
    pub(super) fn require(self, site: &Path, published: usize) -> anyhow::Result<usize> {
        let site = site.display();
        match self {
            Self::Shows(more) => Ok(more),
            Self::Lost { shown } => bail!(
                "{site} shows {shown} of the {published} documents that were published, so it is not the site or not all of \
                 it; nothing was drawn or written. Name the right directory with --site, or fetch the site back into it \
                 first: from the web server, a backup or your repository. Lists of counted installations are in no other place"
            ),
            Self::Ahead { unknown } => bail!(
                "{site} shows {unknown} documents that this collector does not know, as after a restored backup. Drawing them \
                 again would break what readers were promised, so nothing was drawn. Let the collector read them from the \
                 site: `aboveboard publish adopt` with the same --product, --config and --site"
            ),
            Self::Other { from } => bail!(
                "the log of {site} is another one than this collector's from document {} on; nothing was drawn or written. \
                 Name the right directory with --site and the right collector with --config; if the site was changed, put \
                 back what was published (git, a backup, what feed readers keep)",
                from + 1
            ),
        }
    }
}

/// The leaves of a site's log; none where there is no site.
pub(super) fn leaves(content: &SiteContent) -> anyhow::Result<Vec<Digest>> {
    let text = match content.bytes(paths::LEAVES)? {
        Some(bytes) => String::from_utf8(bytes).unwrap_or_default(),
        None if content.is_new() => return Ok(Vec::new()),
        None => String::new(),
    };
    let leaf = |line: &str| hex::decode::<32>(line.as_bytes());
    let leaves: Option<Vec<Digest>> = text.lines().map(leaf).collect();
    leaves.filter(|leaves| !leaves.is_empty()).with_context(|| {
        format!(
            "the site has no readable {}, so it is not known what it shows: put it back, from the web server, a backup or your \
             repository. (A rehearsal has none: name another directory with --site.)",
            paths::LEAVES
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(names: &str) -> Vec<Digest> {
        names.bytes().map(|name| [name; 32]).collect()
    }

    #[test]
    fn a_site_and_what_is_kept_are_compared_document_by_document() {
        let cases = [
            ("", "", 0, Standing::Shows(0)),
            ("", "a", 0, Standing::Shows(0)),
            ("a", "a", 0, Standing::Shows(1)),
            ("a", "a", 1, Standing::Shows(0)),
            ("ab", "abc", 2, Standing::Shows(0)),
            ("", "a", 1, Standing::Lost { shown: 0 }),
            ("ab", "abc", 3, Standing::Lost { shown: 2 }),
            ("a", "", 0, Standing::Ahead { unknown: 1 }),
            ("abc", "a", 1, Standing::Ahead { unknown: 2 }),
            ("ax", "ab", 2, Standing::Other { from: 1 }),
            ("axc", "ab", 2, Standing::Other { from: 1 }),
            ("x", "ab", 2, Standing::Other { from: 0 }),
        ];
        for (site, kept, published, expected) in cases {
            let standing = Standing::of(&leaves(site), &leaves(kept), published);
            assert_eq!(standing, expected, "{site}, {kept}, {published}");
            let said = standing.require(Path::new("figures"), published);
            match expected {
                Standing::Shows(more) => assert_eq!(said.unwrap(), more),
                Standing::Lost { .. } => {
                    assert!(said.unwrap_err().to_string().contains("fetch the site back"))
                }
                Standing::Ahead { .. } => assert!(said.unwrap_err().to_string().contains("publish adopt")),
                Standing::Other { .. } => assert!(said.unwrap_err().to_string().contains("--config")),
            }
        }
    }
}
