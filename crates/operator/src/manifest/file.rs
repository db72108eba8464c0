//! The files that these verbs read and write.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use aboveboard_agent::{manifest_file, named_file, output};
use aboveboard_manifest::{Manifest, Problem, ReadError};
use aboveboard_types::printable::neutral;
use anyhow::Context as _;

/// Reads a manifest, plain or sealed, or what is wrong with it.
pub(super) fn parsed(file: &Path) -> anyhow::Result<Result<Manifest, Vec<Problem>>> {
    let name = file.display().to_string();
    match aboveboard_manifest::read(&manifest_file::content(file)?, &name) {
        Err(ReadError::Problems(problems)) => Ok(Err(problems)),
        read => read.map(Ok).map_err(|error| manifest_file::unusable(&name, error)),
    }
}

/// Reads a manifest, plain or sealed; `None` after its problems were reported.
pub(super) fn load(file: &Path) -> anyhow::Result<Option<Manifest>> {
    Ok(parsed(file)?.map_err(|problems| report(&problems)).ok())
}

pub(super) fn report(problems: &[Problem]) {
    for problem in problems {
        output::message(&format!("{problem}\n"));
    }
}

/// Writes data to a file, or to stdout where none or `-` is named. The file's directory is made where it is missing.
pub(super) fn write(file: Option<&Path>, data: &str) -> anyhow::Result<ExitCode> {
    match file.filter(|file| *file != Path::new("-")) {
        Some(file) => {
            let cannot = || format!("cannot write {}", file.display());
            if let Some(directory) = file.parent() {
                std::fs::create_dir_all(directory).with_context(cannot)?;
            }
            named_file::write(file)?.write_all(data.as_bytes()).with_context(cannot)?;
        }
        None => output::bytes(neutral(data).as_bytes()),
    }
    Ok(ExitCode::SUCCESS)
}
