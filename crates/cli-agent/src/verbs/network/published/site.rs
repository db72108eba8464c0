//! The site of the product's published figures, read as every request of this program is sent.

use std::time::Instant;

use aboveboard_core::endpoint::Endpoint;
use aboveboard_delivery::Failure;
use aboveboard_published::verify::{Fetched, SiteFiles};

use crate::transport::Http;
use crate::verbs::Context;

/// The site at an address.
pub(super) struct Site {
    address: Endpoint,
    http: Http,
}

impl Site {
    /// Everything of it has to come before `until`.
    pub(super) fn new(context: &Context<'_>, address: Endpoint, until: Instant) -> Self {
        let http = Http::of(&address, &context.settings).before(until);
        Self { address, http }
    }
}

impl SiteFiles for Site {
    fn read(&self, path: &str, max: usize) -> Result<Fetched, String> {
        match self.http.file(&self.address.join(&format!("/{path}")), max) {
            Ok((200, bytes)) => Ok(Fetched::Found(bytes)),
            Ok((404 | 410, _)) => Ok(Fetched::Missing),
            Ok((300..=399, _)) => Err("the site redirects; --site names where it leads".to_owned()),
            Ok((status, _)) => Err(format!("the site answers with status {status}")),
            Err(Failure::TooLong) => Err(format!("longer than {max} bytes")),
            Err(failure) => Err(format!("it cannot be fetched ({})", failure.name())),
        }
    }
}
