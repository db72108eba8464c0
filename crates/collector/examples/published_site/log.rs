//! Documents of made-up installations, drawn and put together as real ones are, by a generator that a number determines.

use std::error::Error;

use aboveboard_collector::publish::site::{SiteDocument, SiteInput, data_files};
use aboveboard_collector::publish::{
    AssembleInput, CountedLine, ExactNoise, SeededRandomness, TrueCounts, assemble, counted_lines, draw, held,
};
use aboveboard_manifest::{Manifest, ReleaseLine};
use aboveboard_published::counted;
use aboveboard_published::key::{Signer, origin};
use aboveboard_published::note::Checkpoint;
use aboveboard_published::period::PublicationId;
use aboveboard_published::publication::{
    FORMAT, FileHash, LogDocument, Note, Publication, Release, Withdrawal,
};
use aboveboard_published::tree::{self, Digest};
use aboveboard_store::contributions::{ContributionRequest, ContributorFilter, Layout, days_of};
use aboveboard_types::clock::day_stamp;
use aboveboard_types::hex;
use hmac_sha256::Hash;

use crate::crowd::Crowd;

/// What goes wrong ends the example.
type Fallible<T> = Result<T, Box<dyn Error>>;

/// The quarters of the sample.
pub(crate) const QUARTERS: [&str; 7] =
    ["2025-q2", "2025-q3", "2025-q4", "2026-q1", "2026-q2", "2026-q3", "2026-q4"];

/// Release lines with their days.
const RELEASES: [(&str, &str); 5] = [
    ("1.3", "2025-01-14"),
    ("1.4", "2025-05-06"),
    ("1.5", "2025-11-18"),
    ("2.0", "2026-04-14"),
    ("2.1", "2026-11-03"),
];

/// Why figures that were held are shown.
const REASONS: [(&str, &str); 2] = [
    ("2025-q3", "Quarry was shown at a conference in July; the new installations are real."),
    ("2026-q2", "Release 2.0 is in Debian since April; the new installations are real."),
];

/// A log that grows.
pub(crate) struct Log<'m> {
    manifest: &'m Manifest,
    documents: Vec<SiteDocument>,
    leaves: Vec<Digest>,
    one_in: u32,
}

impl<'m> Log<'m> {
    /// An empty one.
    pub(crate) fn new(manifest: &'m Manifest) -> Self {
        Self { manifest, documents: Vec::new(), leaves: Vec::new(), one_in: 1 }
    }

    /// An empty one of a product with one in so many installations.
    pub(crate) fn of_one_in(manifest: &'m Manifest, one_in: u32) -> Self {
        Self { one_in, ..Self::new(manifest) }
    }

    /// Publishes a quarter. `missing` names a platform and a release line whose reports are missing; `reason` is that of a
    /// correction.
    pub(crate) fn publish(
        &mut self,
        id: &str,
        missing: Option<[&str; 2]>,
        reason: Option<&str>,
    ) -> Fallible<()> {
        let (mut publication, lines) = self.drawn(id, missing, reason, false)?;
        let before = self.documents.iter().rev().find_map(|entry| match &entry.document {
            LogDocument::Publication(before)
                if before.period != publication.period && !self.is_withdrawn(&before.id) =>
            {
                Some(&**before)
            }
            _ => None,
        });
        if !held(&publication, before).is_empty() {
            let (_, text) =
                REASONS.iter().find(|(of, _)| id.starts_with(of)).ok_or(format!("{id} is held"))?;
            publication.notes.push(Note { about: "held".to_owned(), text: (*text).to_owned() });
        }
        self.add(publication, lines)
    }

    fn is_withdrawn(&self, id: &str) -> bool {
        self.documents.iter().any(|entry| {
            matches!(&entry.document, LogDocument::Withdrawal(withdrawal) if withdrawal.withdraws == id)
        })
    }

    /// A publication of a rehearsal.
    pub(crate) fn rehearse(&mut self, id: &str) -> Fallible<()> {
        let (publication, _) = self.drawn(id, None, None, true)?;
        self.push(LogDocument::Publication(Box::new(publication)), vec![])
    }

    /// Adds a publication that has the words of another one.
    pub(crate) fn publish_as(
        &mut self,
        id: &str,
        change: impl FnOnce(&Publication) -> Publication,
    ) -> Fallible<()> {
        let (publication, lines) = self.drawn(id, None, None, false)?;
        self.add(change(&publication), lines)
    }

    /// Withdraws one.
    pub(crate) fn withdraw(&mut self, id: &str, day: &str, reason: &str) -> Fallible<()> {
        let withdrawal = Withdrawal {
            format: FORMAT,
            withdraws: id.to_owned(),
            product: self.manifest.product.id.clone(),
            day: day.to_owned(),
            reason: reason.to_owned(),
            previous_root: self.root().unwrap_or_default(),
        };
        self.push(LogDocument::Withdrawal(withdrawal), vec![])
    }

    /// What a site is made of, signed.
    pub(crate) fn input(self, signer: &Signer) -> SiteInput {
        let size = self.leaves.len() as u64;
        let root = tree::root(&self.leaves);
        let checkpoint = Checkpoint { origin: signer.verifier().name().to_owned(), size, root }.sign(signer);
        SiteInput {
            documents: self.documents,
            checkpoint: Some(checkpoint),
            keys: vec![signer.verifier().to_string()],
        }
    }

    fn drawn(
        &self,
        id: &str,
        missing: Option<[&str; 2]>,
        reason: Option<&str>,
        is_made_up: bool,
    ) -> Fallible<(Publication, Vec<CountedLine>)> {
        let parsed = PublicationId::parse(id).ok_or("no id")?;
        let period = parsed.period.to_string();
        let quarter = QUARTERS.iter().position(|of| *of == period).ok_or("no quarter")?;
        let last = day_stamp(parsed.period.last());
        let known = RELEASES.iter().filter(|(_, day)| *day <= last.as_str());
        let names: Vec<&str> = known.clone().map(|(line, _)| *line).collect();
        let lines: Vec<ReleaseLine> = names.iter().map(|name| name.parse()).collect::<Result<_, _>>()?;
        let releases: Vec<Release> =
            known.map(|(line, day)| Release { line: (*line).into(), day: Some((*day).into()) }).collect();
        let layout = Layout::of(self.manifest, &lines);
        let request = ContributionRequest {
            product: &self.manifest.product.id,
            days: days_of(parsed.period),
            layout: &layout,
            contributors: ContributorFilter::Counted,
        };
        let crowd = Crowd { quarter, period: &period, lines: &names, missing, one_in: self.one_in };
        let counts = TrueCounts::gather(&crowd, &request, true)?;
        let seed = u64::from(parsed.period.last()) * 10 + u64::from(parsed.draw);
        let mut noise = ExactNoise::new(SeededRandomness::new(seed));
        let drawn = draw(&layout, &counts, &mut noise)?;
        let line = |value: &counted::Value| counted::line_bytes(&self.manifest.product.id, id, value);
        let list = counted_lines(&counts, &drawn, &line, &mut noise)?;
        let note = |text: &str| Note { about: "correction".to_owned(), text: text.to_owned() };
        let notes: Vec<Note> = reason.map(note).into_iter().collect();
        let publication = assemble(&AssembleInput {
            id: parsed,
            manifest: self.manifest,
            layout: &layout,
            drawn: &drawn,
            day: parsed.period.earliest_draw() + 1 + 24 * u32::from(parsed.draw - 1),
            releases: &releases,
            notes: &notes,
            corrects: parsed.is_correction().then(|| PublicationId { draw: parsed.draw - 1, ..parsed }),
            is_made_up,
        })?;
        Ok((publication, list))
    }

    fn add(&mut self, mut publication: Publication, lines: Vec<CountedLine>) -> Fallible<()> {
        let text: String = lines.iter().map(|line| format!("{}\n", hex::encode(line))).collect();
        let mut counted = vec![];
        if !lines.is_empty() {
            counted.push((format!("{}.txt", counted::STEM), text.into_bytes()));
        }
        let files = data_files(&publication);
        publication.files = files.iter().chain(&counted).map(|(name, bytes)| hash(name, bytes)).collect();
        publication.files.sort_by(|one, other| one.name.cmp(&other.name));
        publication.previous_root = self.root();
        self.push(LogDocument::Publication(Box::new(publication)), counted)
    }

    fn push(&mut self, document: LogDocument, counted: Vec<(String, Vec<u8>)>) -> Fallible<()> {
        let bytes = document.bytes()?;
        self.leaves.push(tree::leaf(&bytes));
        self.documents.push(SiteDocument { document, bytes, counted });
        Ok(())
    }

    fn root(&self) -> Option<String> {
        (!self.leaves.is_empty()).then(|| hex::encode(&tree::root(&self.leaves)))
    }
}

fn hash(name: &str, bytes: &[u8]) -> FileHash {
    FileHash { name: name.to_owned(), sha256: hex::encode(&Hash::hash(bytes)) }
}

/// Whose key signs at an address.
pub(crate) fn signer(address: &str) -> Fallible<Signer> {
    Signer::from_seed(origin(address), &[1; 32]).ok_or_else(|| "no key".into())
}
