//! The site passes the check that anybody can make of it.

use std::collections::BTreeMap;

use aboveboard_published::key::origin;
use aboveboard_published::note::Checkpoint;
use aboveboard_published::publication::{FileHash, LogDocument, Publication};
use aboveboard_published::tree;
use aboveboard_published::verify::{Fetched, Outcome, SiteFiles, Trust, verify};
use aboveboard_testkit::published::MadeUpSite;
use aboveboard_types::clock::parse_day_stamp;
use aboveboard_types::hex;

use super::{SiteDocument, SiteInput, data_files, pages};

const ADDRESS: &str = "https://quarry.example/figures";

/// Files of a site by their paths.
struct Written(BTreeMap<String, Vec<u8>>);

impl SiteFiles for Written {
    fn read(&self, path: &str, _max: usize) -> Result<Fetched, String> {
        Ok(self.0.get(path).map_or(Fetched::Missing, |bytes| Fetched::Found(bytes.clone())))
    }
}

/// Puts the hashes of the files into a publication, as whoever publishes does.
fn hashed(publication: &Publication, previous_root: Option<String>) -> Publication {
    let files = data_files(publication).into_iter();
    let hash = |(name, bytes): (String, Vec<u8>)| FileHash {
        name,
        sha256: hex::encode(&hmac_sha256::Hash::hash(&bytes)),
    };
    Publication { files: files.map(hash).collect(), previous_root, ..publication.clone() }
}

/// The site of the documents of another, signed.
fn written(site: &MadeUpSite) -> Written {
    let mut input = SiteInput { documents: vec![], checkpoint: None, keys: vec![site.key().to_string()] };
    let mut leaves = Vec::new();
    for document in &site.documents {
        let root = (!leaves.is_empty()).then(|| hex::encode(&tree::root(&leaves)));
        let document = match document.clone() {
            LogDocument::Publication(publication) => {
                LogDocument::Publication(Box::new(hashed(&publication, root)))
            }
            LogDocument::Withdrawal(mut withdrawal) => {
                withdrawal.previous_root = root.unwrap_or_default();
                LogDocument::Withdrawal(withdrawal)
            }
        };
        let bytes = document.bytes().unwrap();
        leaves.push(tree::leaf(&bytes));
        input.documents.push(SiteDocument { document, bytes, counted: vec![] });
    }
    let checkpoint = Checkpoint {
        origin: origin(ADDRESS).to_owned(),
        size: leaves.len() as u64,
        root: tree::root(&leaves),
    };
    input.checkpoint = Some(checkpoint.sign(&site.signer(1)));
    Written(pages(&input).unwrap().into_iter().collect())
}

#[test]
fn the_site_passes_the_check_that_anybody_can_make() {
    let site = MadeUpSite::of_three_quarters(ADDRESS);
    let mut written = written(&site);
    let trust = Trust { keys: vec![site.key()], remembered: None };
    let today = parse_day_stamp("2027-02-01").unwrap();
    let report = verify(&written, &trust, today);
    assert_eq!(report.findings.outcome(), Outcome::Fits, "{:?}", report.findings);
    assert_eq!(report.documents.len(), 5);
    assert!(report.files >= 4 * 6, "{}", report.files);

    let csv = written.0.get_mut("2026-q4/platform.csv").unwrap();
    csv.reverse();
    assert_eq!(verify(&written, &trust, today).findings.outcome(), Outcome::Figures);
}
