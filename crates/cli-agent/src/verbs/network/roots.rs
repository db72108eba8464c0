//! The certificates to trust, where a variable names them.

use aboveboard_core::endpoint::Endpoint;
use aboveboard_files::may_read;

use crate::roots::{self, Roots};
use crate::settings::{READS_SYSTEM_ROOTS, SYSTEM_ROOTS};
use crate::transport;
use crate::verbs::Context;
use crate::verbs::doctor::Problem;

/// What is wrong with them: without them no certificate of the collector is good enough.
pub(crate) fn unusable_roots(context: &Context<'_>, endpoint: &Endpoint) -> Vec<Problem> {
    let settings = &context.settings;
    if !endpoint.is_tls() {
        return Vec::new();
    }
    if let Roots::File(file) = roots::named(settings, endpoint) {
        let Err(why) = transport::own_roots(&file) else { return Vec::new() };
        let what = format!("{why}, so nothing is sent");
        let place = format!("{}={}", roots::variable(settings), file.display());
        let remedy = "name a file with certificates in PEM that this user may read";
        return vec![Problem::new("roots", what, place, remedy)];
    }
    if !READS_SYSTEM_ROOTS {
        return Vec::new();
    }
    let named = SYSTEM_ROOTS.iter().filter_map(|variable| {
        let path = settings.path(variable)?;
        let error = std::env::split_paths(&path).find_map(|path| may_read(&path).err())?;
        let error = std::io::Error::from(error);
        let what = format!("the system's certificates cannot be read there: {error}");
        let place = format!("{variable}={}", path.display());
        Some(Problem::new("roots", what, place, "name what is there and this user may read, or unset it"))
    });
    named.collect()
}
