//! The site of one draw, as a verb puts it together.

use std::collections::BTreeMap;

use aboveboard_manifest::Manifest;
use aboveboard_published::counted;
use aboveboard_published::publication::{FileHash, LogDocument, Publication};
use aboveboard_store::contributions::Layout;
use aboveboard_types::hex;
use hmac_sha256::Hash;

use super::stores::quarter;
use crate::publish::keep::counted_files;
use crate::publish::site::{SiteDocument, SiteInput, data_files, pages};
use crate::publish::{AssembleInput, CountedLine, Drawn, Noise, TrueCounts, assemble, counted_lines, draw};

/// Every file of a site by its path.
pub(super) type Site = BTreeMap<String, Vec<u8>>;

/// The line of an installation in the list.
pub(super) fn line_of(of_period: &counted::Value) -> CountedLine {
    let line = counted::line("kiln", &quarter().to_string(), of_period);
    hex::decode(line.as_bytes()).unwrap()
}

/// Draws once and makes the site.
pub(super) fn site_of(manifest: &Manifest, counts: &TrueCounts, noise: &mut dyn Noise) -> (Drawn, Site) {
    let layout = Layout::of(manifest, &manifest.product.releases);
    let drawn = draw(&layout, counts, noise).unwrap();
    let lines = counted_lines(counts, &drawn, &line_of, noise).unwrap();
    let publication = document(manifest, &layout, &drawn);
    let counted = counted_files(&lines);
    let mut files: Vec<FileHash> = data_files(&publication)
        .iter()
        .chain(&counted)
        .map(|(name, bytes)| FileHash { name: name.clone(), sha256: hex::encode(&Hash::hash(bytes)) })
        .collect();
    files.sort_by(|one, other| one.name.cmp(&other.name));
    let document = LogDocument::Publication(Box::new(Publication { files, ..publication }));
    let bytes = document.bytes().unwrap();
    let keys = manifest.publish.as_ref().unwrap().keys.clone();
    let documents = vec![SiteDocument { document, bytes, counted }];
    let pages = pages(&SiteInput { documents, checkpoint: None, keys }).unwrap();
    (drawn, pages.into_iter().collect())
}

fn document(manifest: &Manifest, layout: &Layout, drawn: &Drawn) -> Publication {
    let id = quarter();
    let input = AssembleInput {
        id,
        manifest,
        layout,
        drawn,
        day: id.period.earliest_draw(),
        releases: &[],
        notes: &[],
        corrects: None,
        is_made_up: false,
    };
    assemble(&input).unwrap()
}
