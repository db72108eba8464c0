//! The entry point of the fuzz target of ingest, and of the test that runs its corpus: what happens to a body once all of
//! it is read and its sender is believed: no chance makes a proof or a hash. Not part of the API; only there with the feature `fuzzing`.

use std::io::Write as _;
use std::path::Path;

use aboveboard_types::limits::MAX_BYTES;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::ingest::{BatchContext, ReadBatch, check_events, inflate};
use crate::manifests::{Lookup, Manifests, ManifestsError};
use crate::refusal::{Reason, Refusal};

/// Ingest with the manifests of a collector, and nothing else of one.
#[derive(Debug)]
pub struct IngestTarget {
    manifests: Manifests,
}

impl IngestTarget {
    /// With the manifests in `directory`.
    ///
    /// # Errors
    /// Where they cannot be used.
    pub fn new(directory: &Path) -> Result<Self, ManifestsError> {
        Ok(Self { manifests: Manifests::load(directory)? })
    }

    /// Runs one input; true if events of it were accepted. An input that begins with `z` is compressed here, since a
    /// fuzzer would hardly ever hit a checksum; any other is taken as a gzip member, without its first byte.
    ///
    /// # Panics
    /// Where the promises of ingest are broken: nothing larger than a batch comes out of a body, every event is either
    /// accepted or refused, and what is logged instead of a body with refused events is accepted whole.
    pub fn run(&self, data: &[u8]) -> bool {
        let packed = match data.split_first() {
            Some((b'z', body)) => gzip(body),
            Some((_, packed)) => packed.to_vec(),
            None => return false,
        };
        let Ok(body) = inflate(&packed, MAX_BYTES) else { return false };
        assert!(body.len() <= MAX_BYTES);
        let Ok((accepted, refused, rewritten)) = self.validate(&body) else { return false };
        match rewritten {
            None => assert_eq!(refused, 0),
            Some(rewritten) => {
                assert!(refused > 0);
                assert_eq!(self.validate(&rewritten), Ok((accepted, 0, None)));
            }
        }
        accepted > 0
    }

    fn validate(&self, body: &[u8]) -> Result<(u32, u32, Option<Vec<u8>>), Refusal> {
        let context = BatchContext {
            manifests: &self.manifests,
            closed: &[],
            paused: None,
            key: Some(b"vec_pub"),
            proof: None,
            voice: None,
            received: 1_795_338_000,
            is_watched: true,
        };
        let batch = ReadBatch::of(body)?;
        let Lookup::Known(known) = self.manifests.lookup(&batch.batch.product, batch.batch.revision) else {
            return Err(Reason::UnknownProduct.into());
        };
        let checked = check_events(&batch, &known, &context)?;
        Ok((checked.accepted, checked.refused, checked.rewritten))
    }
}

/// Writing to memory cannot fail.
fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corpus_of_the_fuzzer_keeps_the_promises_of_ingest() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let directory = tempfile::tempdir().unwrap();
        let manifest = root.join("tests/vectors/telemetry.toml");
        std::fs::copy(manifest, directory.path().join("vectors.toml")).unwrap();
        let target = IngestTarget::new(directory.path()).unwrap();
        let mut run = 0;
        let mut taken = 0;
        for entry in std::fs::read_dir(root.join("tests/fuzz/corpus/ingest")).unwrap() {
            taken += usize::from(target.run(&std::fs::read(entry.unwrap().path()).unwrap()));
            run += 1;
        }
        assert!(run > 10 && taken > 5, "{taken} of {run}");
    }
}
