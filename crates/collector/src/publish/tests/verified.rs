//! What is drawn, assembled and put up as a site stands up to the check that anybody makes of it.

use std::collections::BTreeMap;

use aboveboard_published::counted;
use aboveboard_published::key::{Signer, origin};
use aboveboard_published::note::Checkpoint;
use aboveboard_published::publication::{FileHash, LogDocument, Publication};
use aboveboard_published::tree;
use aboveboard_published::verify::{Fetched, Findings, SiteFiles, Trust, verify};
use aboveboard_types::hex;

use super::samples::{counts, document, drawn, kiln, layout_of};
use crate::publish::counted_lines;
use crate::publish::site::{SiteDocument, SiteInput, data_files, pages};
use crate::publish::{ExactNoise, SeededRandomness, TrueCounts};

struct Site(BTreeMap<String, Vec<u8>>);

impl SiteFiles for Site {
    fn read(&self, path: &str, _: usize) -> Result<Fetched, String> {
        Ok(self.0.get(path).map_or(Fetched::Missing, |bytes| Fetched::Found(bytes.clone())))
    }
}

/// What is said of the site of one publication of so many installations.
fn said(installations: u64, seed: u64) -> (Publication, Findings) {
    let manifest = kiln();
    let layout = layout_of(&manifest);
    let counts = TrueCounts { counted: vec![[7; 16]], ..counts(&layout, installations) };
    let drawn = drawn(&layout, &counts, seed);
    let mut publication = document(&manifest, &layout, &drawn);
    let mut noise = ExactNoise::new(SeededRandomness::new(seed));
    let lines = counted_lines(&counts, &drawn, &|value| *value, &mut noise).unwrap();
    let list: String = lines.iter().map(|line| hex::encode(line) + "\n").collect();
    let list = (!publication.is_small).then(|| (format!("{}.txt", counted::STEM), list.into_bytes()));
    for (name, bytes) in data_files(&publication).iter().chain(&list) {
        let sha256 = hex::encode(&hmac_sha256::Hash::hash(bytes));
        publication.files.push(FileHash { name: name.clone(), sha256 });
    }
    let document = LogDocument::Publication(Box::new(publication.clone()));
    let bytes = document.bytes().unwrap();
    let signer = Signer::from_seed(origin(&publication.product.site), &[1; 32]).unwrap();
    let checkpoint =
        Checkpoint { origin: signer.verifier().name().to_owned(), size: 1, root: tree::leaf(&bytes) };
    let input = SiteInput {
        documents: vec![SiteDocument { document, bytes, counted: list.into_iter().collect() }],
        checkpoint: Some(checkpoint.sign(&signer)),
        keys: vec![signer.verifier().to_string()],
    };
    let site = Site(pages(&input).unwrap().into_iter().collect());
    let trust = Trust { keys: vec![signer.verifier().clone()], remembered: None };
    (publication, verify(&site, &trust, 0).findings)
}

#[test]
fn a_site_of_any_size_and_any_draw_fits() {
    let mut small = 0;
    for installations in [0, 60, 90, 110, 150, 300, 1_000, 3_000, 100_000] {
        for seed in 0..8 {
            let (publication, findings) = said(installations, seed);
            small += u32::from(publication.is_small);
            assert_eq!(findings, Findings::default(), "{installations} installations, seed {seed}");
        }
    }
    assert!((16..32).contains(&small), "{small}");
}
