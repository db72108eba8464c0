//! Whether this installation is in the list of those that were counted.

use aboveboard_core::endpoint::Endpoint;
use aboveboard_core::identity;
use aboveboard_delivery::collectors;
use aboveboard_published::counted::{self, MAX_LINES_IN_ONE_FILE};
use aboveboard_published::paths;
use aboveboard_published::period::PublicationId;
use aboveboard_published::publication::Publication;
use aboveboard_published::verify::{Fetched, SiteFiles};
use aboveboard_types::possession::Purpose;

use crate::verbs::Context;

/// The longest file of a list: every line has 33 bytes, and a longer list is in several files.
const MAX_BYTES: usize = 33 * MAX_LINES_IN_ONE_FILE;

/// What is known of the line of this installation.
pub(super) enum Counted {
    /// It is in the list.
    Listed(String),
    /// None of these lines is.
    NotListed(Vec<String>),
    /// Nothing can be said, for this reason.
    Unknown(String),
}

/// Looks for the lines of this installation, one for each collector that it sent to.
pub(super) fn look(context: &Context<'_>, site: &dyn SiteFiles, publication: &Publication) -> Counted {
    let lines = lines(context, publication);
    if lines.is_empty() {
        return Counted::Unknown(
            "nothing was sent under the id of this installation, so it has no line".to_owned(),
        );
    }
    for line in &lines {
        match is_listed(site, publication, line) {
            Ok(true) => return Counted::Listed(line.clone()),
            Ok(false) => {}
            Err(why) => return Counted::Unknown(why),
        }
    }
    Counted::NotListed(lines)
}

fn lines(context: &Context<'_>, publication: &Publication) -> Vec<String> {
    let Some(paths) = &context.paths else { return Vec::new() };
    let Some(secret) = identity::stored_secret(paths).ok().flatten() else { return Vec::new() };
    let Some(id) = PublicationId::parse(&publication.id) else { return Vec::new() };
    let product = &context.declaration().product;
    let known = collectors(paths).unwrap_or_default();
    let endpoints = known.iter().filter_map(|collector| Endpoint::parse(&collector.endpoint, true).ok());
    let mut lines: Vec<String> = endpoints
        .map(|endpoint| {
            let proof = secret.at(product, &endpoint).proof(Purpose::Send);
            let value = counted::value(proof.shown(Purpose::Send));
            counted::line(product, &publication.id, &counted::of_period(&value, &id.period.to_string()))
        })
        .collect();
    lines.sort();
    lines.dedup();
    lines
}

/// Whether a line is in the list, in the file that the document names and hashes.
fn is_listed(site: &dyn SiteFiles, publication: &Publication, line: &str) -> Result<bool, String> {
    let named = |lines| publication.files.iter().find(|file| file.name == counted::file(lines, line));
    let Some(file) = named(0).or_else(|| named(usize::MAX)) else {
        return Err("this publication has no list of those that were counted".to_owned());
    };
    let path = paths::file(&publication.id, &file.name);
    match site.read(&path, MAX_BYTES) {
        Ok(Fetched::Found(bytes)) if file.is_of(&bytes) => {
            Ok(bytes.split(|byte| *byte == b'\n').any(|listed| listed == line.as_bytes()))
        }
        Ok(Fetched::Found(_)) => Err(format!("{path} is not the file that was published")),
        Ok(Fetched::Missing) => Err(format!("{path} is not there")),
        Err(why) => Err(format!("{path}: {why}")),
    }
}
