//! Who may have data of this installation.

use aboveboard_core::endpoint::Endpoint;
use aboveboard_core::inspect;
use aboveboard_core::paths::Paths;
use aboveboard_delivery::{By, Collector, collectors, collectors_file};

use super::{Context, Exit, say};

/// The collectors that batches went to. Where the list of them is lost although batches were made, these are the endpoint in
/// use and those of the sent log, and people are told.
///
/// # Errors
/// Where it is not known who has data.
pub(super) fn holders(context: &Context<'_>, paths: &Paths) -> Result<Vec<Collector>, Exit> {
    let listed = collectors(paths);
    let sent = inspect::sent(paths);
    let is_lost = !sent.is_empty() || inspect::has_sealed(paths);
    let why = match listed {
        Ok(known) if !known.is_empty() || !is_lost => return Ok(known),
        Ok(_) => "is not there".to_owned(),
        Err(error) => format!("cannot be read ({error})"),
    };
    let in_use = context.question().endpoint().ok().flatten();
    let in_use = in_use.as_ref().filter(|_| is_lost).map(Endpoint::as_str);
    let mut endpoints: Vec<&str> =
        in_use.into_iter().chain(sent.iter().map(|batch| &*batch.endpoint)).collect();
    endpoints.retain(|endpoint| Endpoint::parse(endpoint, true).is_ok());
    endpoints.sort_unstable();
    endpoints.dedup();
    let file = collectors_file(paths);
    if endpoints.is_empty() {
        say(format_args!("error: {} {why}, so nobody knows which collector has data", file.display()));
        return Err(Exit::Failed);
    }
    say(format_args!(
        "{} {why}; known from elsewhere to have data: {}. If others have some, they are not asked",
        file.display(),
        endpoints.join(", ")
    ));
    // Who named them is not known any more.
    Ok(endpoints.into_iter().map(|endpoint| Collector::new(endpoint, By::Process)).collect())
}
