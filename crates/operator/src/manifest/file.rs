//! The files that these verbs read and write.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use aboveboard_agent::{manifest_file, named_file, output};
use aboveboard_manifest::{Manifest, Problem};
use anyhow::Context as _;

/// Reads a manifest; `None` after its problems were reported.
pub(super) fn load(file: &Path) -> anyhow::Result<Option<Manifest>> {
    let text = manifest_file::read(file)?;
    let manifest = aboveboard_manifest::parse(&text, &file.display().to_string());
    Ok(manifest.map_err(|problems| report(&problems)).ok())
}

pub(super) fn report(problems: &[Problem]) {
    for problem in problems {
        output::message(&format!("{problem}\n"));
    }
}

/// Writes data to a file, or to stdout where none is named.
pub(super) fn write(file: Option<&Path>, data: &str) -> anyhow::Result<ExitCode> {
    match file {
        Some(file) => {
            let cannot = || format!("cannot write {}", file.display());
            named_file::write(file)?.write_all(data.as_bytes()).with_context(cannot)?;
        }
        None => output::data(data.trim_end_matches('\n')),
    }
    Ok(ExitCode::SUCCESS)
}
