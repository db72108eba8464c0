//! The site of one draw, from a data directory to its bytes.

use std::collections::BTreeMap;
use std::path::Path;

use aboveboard_published::publication::{FileHash, LogDocument, Publication};
use aboveboard_types::hex;
use hmac_sha256::Hash;

use super::super::samples::kiln;
use super::stores::{PRODUCT, quarter, today};
use crate::publish::keep::{DrawState, KeptDraws, counted_files};
use crate::publish::site::{SiteDocument, SiteInput, data_files, pages};
use crate::publish::{DrawOrder, Drawn, Noise, draw_once};

/// Every file of a site by its path.
pub(super) type Site = BTreeMap<String, Vec<u8>>;

/// The site of a new draw. What is kept of it lies elsewhere, so that the same data can be drawn with other noise.
pub(super) fn site_of(data: &Path, noise: &mut dyn Noise) -> (Drawn, Site) {
    let elsewhere = tempfile::tempdir().unwrap();
    site_with(data, elsewhere.path(), noise)
}

/// Draws, unless that was done, and makes the site, as a verb does; `keeps` is where what is kept of draws lies.
pub(super) fn site_with(data: &Path, keeps: &Path, noise: &mut dyn Noise) -> (Drawn, Site) {
    let kept = KeptDraws::open(keeps, PRODUCT, today()).unwrap();
    let order =
        DrawOrder { id: quarter(), revision: None, lines: None, releases: &[], reason: None, today: today() };
    let draw = draw_once(data, &kept, &order, noise).unwrap();
    assert_eq!(draw.state, DrawState::Ready);
    let counted = counted_files(&kept.list(&draw).unwrap());
    let publication = draw.publication;
    let mut files: Vec<FileHash> = data_files(&publication)
        .iter()
        .chain(&counted)
        .map(|(name, bytes)| FileHash { name: name.clone(), sha256: hex::encode(&Hash::hash(bytes)) })
        .collect();
    files.sort_by(|one, other| one.name.cmp(&other.name));
    let document = LogDocument::Publication(Box::new(Publication { files, ..publication }));
    let bytes = document.bytes().unwrap();
    let documents = vec![SiteDocument { document, bytes, counted }];
    let keys = kiln().publish.unwrap().keys;
    let pages = pages(&SiteInput { documents, checkpoint: None, keys }).unwrap();
    (draw.raw.unwrap(), pages.into_iter().collect())
}
