//! Writes sites of made-up installations below a folder: `newest`, `first`, `small`, `withdrawn`, `made-up` and `hostile`. The
//! browser tests and the pictures of the docs are made of them. What is drawn, put together and signed is so as in earnest, and each
//! site is checked as a reader would; the manifest that names the key is beside them as `telemetry.toml`.
//!
//! `cargo run -p aboveboard-collector --example published_site -- FOLDER`

mod crowd;
mod log;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use aboveboard_collector::publish::site::{SiteInput, pages};
use aboveboard_manifest::Manifest;
use aboveboard_published::key::Signer;
use aboveboard_published::verify::{Fetched, Outcome, SiteFiles, Trust, verify};
use aboveboard_testkit::publications as sample;
use aboveboard_types::clock::parse_day_stamp;

use log::{Log, signer};

/// What Quarry may collect. It names a key of its own.
const MANIFEST: &str = include_str!("../../../../examples/quarry/telemetry.toml");
const ADDRESS: &str = "https://quarry.example/figures";
/// Text that is markup, if somebody takes it for that.
const HOSTILE: &str = "\"><img src=x onerror=alert(1)><script>alert(1)</script>'";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("which folder?")?);
    let signer = signer(ADDRESS)?;
    let text = manifest(&signer);
    let manifest =
        aboveboard_manifest::parse(&text, "telemetry.toml").map_err(|wrong| format!("{wrong:?}"))?;
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("telemetry.toml"), &text)?;
    let site = |name: &str, log: Log<'_>| write(&folder.join(name), log.input(&signer), &signer);

    site("newest", years(&manifest)?)?;
    site("first", newest_alone(Log::new(&manifest))?)?;
    site("small", newest_alone(Log::of_one_in(&manifest, 25))?)?;
    let mut withdrawn = years(&manifest)?;
    let reason =
        "Reports of one week of December were not read: the collector was restored from an older backup.";
    withdrawn.withdraw("2026-q4", "2027-02-01", reason)?;
    site("withdrawn", withdrawn)?;

    let mut made_up = Log::new(&manifest);
    made_up.rehearse("2026-q4")?;
    let input = SiteInput { checkpoint: None, ..made_up.input(&signer) };
    files(&folder.join("made-up"), &pages(&input)?.into_iter().collect())?;
    let mut hostile = Log::new(&manifest);
    hostile.publish_as("2026-q4", |publication| sample::hostile(publication, HOSTILE))?;
    files(&folder.join("hostile"), &pages(&hostile.input(&signer))?.into_iter().collect())
}

/// The manifest with the key that signs here.
fn manifest(signer: &Signer) -> String {
    let line = |line: &str| {
        if line.starts_with("keys = ") {
            format!("keys = [\"{}\"]\n", signer.verifier())
        } else {
            format!("{line}\n")
        }
    };
    MANIFEST.lines().map(line).collect()
}

/// Seven quarters: the first of them small, two held at first, one withdrawn, one corrected.
fn years(manifest: &Manifest) -> Result<Log<'_>, Box<dyn Error>> {
    let mut log = Log::new(manifest);
    for id in ["2025-q2", "2025-q3", "2025-q4", "2026-q1"] {
        log.publish(id, None, None)?;
    }
    let reason = "Data of eleven days of February is missing: the collector's disk was full.";
    log.withdraw("2026-q1", "2026-04-28", reason)?;
    log.publish("2026-q2", Some(["windows/x86_64", "2.0"]), None)?;
    let reason = "Reports of release 2.0 on Windows had been refused by mistake; they have been read since.";
    log.publish("2026-q2.2", None, Some(reason))?;
    log.publish("2026-q3", None, None)?;
    log.publish("2026-q4", None, None)?;
    Ok(log)
}

fn newest_alone(mut log: Log<'_>) -> Result<Log<'_>, Box<dyn Error>> {
    log.publish("2026-q4", None, None)?;
    Ok(log)
}

/// Writes a site that passes the check which anybody can make.
fn write(folder: &Path, input: SiteInput, signer: &Signer) -> Result<(), Box<dyn Error>> {
    let written = Written(pages(&input)?.into_iter().collect());
    let trust = Trust { keys: vec![signer.verifier().clone()], remembered: None };
    let today = parse_day_stamp("2027-02-10").ok_or("no day")?;
    let findings = verify(&written, &trust, today).findings;
    if findings.outcome() != Outcome::Fits {
        return Err(format!("{}: {findings:?}", folder.display()).into());
    }
    files(folder, &written.0)
}

/// Files by their paths.
struct Written(BTreeMap<String, Vec<u8>>);

impl SiteFiles for Written {
    fn read(&self, path: &str, _max: usize) -> Result<Fetched, String> {
        Ok(self.0.get(path).map_or(Fetched::Missing, |bytes| Fetched::Found(bytes.clone())))
    }
}

fn files(folder: &Path, all: &BTreeMap<String, Vec<u8>>) -> Result<(), Box<dyn Error>> {
    for (path, bytes) in all {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().ok_or("a path without a folder")?)?;
        fs::write(path, bytes)?;
    }
    Ok(())
}
