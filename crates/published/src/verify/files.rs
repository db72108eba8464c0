//! The files of a publication: as the document hashed them, and with the same figures.

use std::collections::BTreeSet;

use super::bounds::{MAX_FILE_BYTES, MAX_FILES};
use super::counted;
use super::csv;
use super::finding::{ASK, COMPARE, Findings, Outcome};
use super::json;
use super::site::SiteFiles;
use crate::paths;
use crate::publication::{Publication, Table};

/// Checks every file that a publication names, and that each table has its two.
pub(super) fn check(site: &dyn SiteFiles, publication: &Publication, findings: &mut Findings) {
    let document = paths::publication(&publication.id);
    if publication.files.len() > MAX_FILES {
        findings.add(Outcome::Figures, &document, format!("names more than {MAX_FILES} files"), ASK);
        return;
    }
    let names: BTreeSet<&str> = publication.files.iter().map(|file| file.name.as_str()).collect();
    for table in tables(publication) {
        for form in ["csv", "json"] {
            let name = format!("{}.{form}", table.name);
            if !names.contains(name.as_str()) {
                findings.add(Outcome::Figures, &document, format!("names no file {name}"), ASK);
            }
        }
    }
    for file in &publication.files {
        if !paths::is_file_name(&file.name) {
            findings.add(
                Outcome::Figures,
                &document,
                format!("names a file {}, which no publication has", file.name),
                ASK,
            );
            continue;
        }
        let path = paths::file(&publication.id, &file.name);
        let Some(bytes) = findings.read(site, &path, MAX_FILE_BYTES) else { continue };
        if !file.is_of(&bytes) {
            findings.add(Outcome::Figures, &path, "not the file that was published", COMPARE);
        } else if let Some(what) = broken(publication, &file.name, &bytes) {
            findings.add(Outcome::Figures, &path, what, ASK);
        }
    }
}

/// What a file says that its document does not.
fn broken(publication: &Publication, name: &str, bytes: &[u8]) -> Option<String> {
    if name.starts_with(crate::counted::STEM) {
        return counted::broken(name, bytes).map(str::to_owned);
    }
    let (table, form) = name.rsplit_once('.')?;
    let table = tables(publication).find(|known| known.name == table)?;
    match form {
        "csv" => csv::differs(table, bytes),
        "json" => json::differs(table, bytes),
        _ => None,
    }
}

fn tables(publication: &Publication) -> impl Iterator<Item = &Table> {
    publication.groups.iter().flat_map(|group| &group.tables)
}
