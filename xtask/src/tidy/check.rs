use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::{Finding, documents, files, inventory, names, published, shape, sleeps, sources};
use crate::run::{output, program, root};

/// What people do not write: a fuzzer's corpus, lists of versions.
const DATA: [&str; 3] = ["tests/fuzz/corpus", "package-lock.json", "Cargo.lock"];

/// All that `tidy` proves; the error lists what is wrong.
pub(crate) fn check() -> Result<()> {
    let tracked = tracked()?;
    let mut findings = Vec::new();
    files::gone(&tracked, &mut findings);
    inventory::check(&tracked, &mut findings);
    published::check(&mut findings)?;
    let mut texts = Vec::new();
    for file in tracked.iter().filter(|file| !is_data(file)) {
        if let Ok(text) = fs::read_to_string(root().join(file)) {
            one(file, &text, &mut findings);
            texts.push((file.clone(), text));
        }
    }
    sleeps::check(&texts, &mut findings);
    let is_document = |file: &Path| file.extension().is_some_and(|extension| extension == "md");
    texts.retain(|(file, _)| is_document(file));
    documents::reached(&texts, &mut findings);
    if findings.is_empty() {
        println!("tidy: {} files", tracked.len());
        return Ok(());
    }
    findings.sort();
    bail!("{}", findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

fn one(file: &Path, text: &str, findings: &mut Vec<Finding>) {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("rs") => {
            sources::rust(file, text, findings);
            files::check(file, text, findings);
            names::rust(file, text, findings);
            shape::check(file, text, findings);
            return;
        }
        Some("md") => documents::check(file, text, findings),
        Some("ts") => sources::length(file, text, findings),
        _ => {}
    }
    names::other(file, text, findings);
}

fn is_data(file: &Path) -> bool {
    DATA.iter().any(|data| file.starts_with(data) || file.ends_with(data))
}

/// The files that git tracks or would track.
fn tracked() -> Result<Vec<PathBuf>> {
    let listing = output(program("git").args([
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "--deduplicate",
    ]))?;
    Ok(listing.lines().map(PathBuf::from).filter(|file| root().join(file).is_file()).collect())
}
