//! What this program leaves for one that delivers in its place and knows nothing of it: its product file.

use std::path::PathBuf;

use aboveboard_core::consent::Permit;
use aboveboard_core::own_files::PRODUCT;
use aboveboard_core::paths::Paths;
use aboveboard_core::product_file::{self, HostWords};
use aboveboard_files::{Errno, stat};

use crate::settings::Settings;

/// The variable that names the agent of the machine the manifest of a product.
const MANIFEST: &str = "ABOVEBOARD_MANIFEST";

/// Leaves the product file, unless it is there just so.
pub(crate) fn keep(settings: &Settings<'_>, permit: &Permit, paths: &Paths) {
    product_file::keep(permit, paths, settings.declaration, &words(settings, paths));
}

/// Keeps the product file in step before something is recorded. A program that delivers by itself leaves none, and may have
/// left one before it could.
pub(crate) fn keep_in_step(settings: &Settings<'_>, permit: &Permit, paths: &Paths) {
    let is_needed = cfg!(not(feature = "uploader")) || !settings.starts_itself;
    let is_there = || !matches!(stat(&paths.state().join(PRODUCT)), Err(Errno::NOENT));
    if is_needed || is_there() {
        product_file::keep_in_step(permit, paths, settings.declaration, &words(settings, paths), is_needed);
    }
}

/// What the host said. A build that is no release may shorten the interval by a variable, which whoever delivers sees itself.
pub(crate) fn words(settings: &Settings<'_>, paths: &Paths) -> HostWords {
    HostWords {
        interval: settings.host_interval.as_secs(),
        allow_private: settings.allow_private,
        has_config: settings.has_config,
        wording: paths.wording_name().map(str::to_owned),
        endpoint: settings.endpoint.clone(),
    }
}

/// The variable that names the file, and the file.
pub(crate) fn variable(paths: &Paths) -> (&'static str, PathBuf) {
    (MANIFEST, paths.state().join(PRODUCT))
}
