//! Writes sites of made-up publications below a folder: `newest`, `first`, `small`, `withdrawn`, `made-up` and `hostile`. The
//! browser tests and the pictures of the docs are made of them.
//!
//! `cargo run -p aboveboard-collector --example published_site -- FOLDER`

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use aboveboard_collector::publish::site::{SiteDocument, SiteInput, pages};
use aboveboard_published::publication::{LogDocument, Publication};
use aboveboard_testkit::publications as sample;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("which folder?")?);
    let withdrawal = sample::withdrawal(
        "2026-q4",
        "2027-02-01",
        "Installations of one company were counted twice: a mirror had sent their reports again.",
    );
    let whole = |publication: Publication| LogDocument::Publication(Box::new(publication));
    let newest = || sample::publication("2026-q4", 1_240, 9);
    let withdrawn = sample::log().into_iter().chain([LogDocument::Withdrawal(withdrawal)]).collect();
    let sites = [
        ("newest", sample::log()),
        ("first", vec![whole(newest())]),
        ("small", vec![whole(sample::small("2026-q4"))]),
        ("withdrawn", withdrawn),
        ("made-up", vec![whole(Publication { is_made_up: true, files: vec![], ..newest() })]),
        (
            "hostile",
            vec![whole(sample::hostile(
                &newest(),
                "\"><img src=x onerror=alert(1)><script>alert(1)</script>'",
            ))],
        ),
    ];
    for (name, documents) in sites {
        write(&folder.join(name), documents)?;
    }
    Ok(())
}

fn write(folder: &Path, documents: Vec<LogDocument>) -> Result<(), Box<dyn Error>> {
    let mut input = SiteInput { documents: vec![], checkpoint: None, keys: vec![] };
    for document in documents {
        let has_list =
            matches!(&document, LogDocument::Publication(publication) if !publication.files.is_empty());
        let counted = if has_list { vec![("counted.txt".to_owned(), Vec::new())] } else { vec![] };
        let bytes = document.bytes()?;
        input.documents.push(SiteDocument { document, bytes, counted });
    }
    input.checkpoint = Some(format!("quarry.example/figures\n{}\n", input.documents.len()));
    for (path, bytes) in pages(&input)? {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().ok_or("a path without a folder")?)?;
        fs::write(path, bytes)?;
    }
    Ok(())
}
