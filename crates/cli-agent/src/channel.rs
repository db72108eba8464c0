//! What one decision allows a process: to record for one component.

use aboveboard_core::consent::Permit;
use aboveboard_core::paths::Paths;
use aboveboard_core::recorder::{Recorder, Run};
use aboveboard_types::event::Ending;
use aboveboard_types::outcome::{Fate, Recorded, Unrecorded};

use crate::{Peer, Settings, left};

/// A permit and the recorder that it opened.
pub(crate) struct Channel {
    pub(crate) permit: Permit,
    pub(crate) recorder: Recorder<'static>,
}

impl Channel {
    /// Opens the recorder of the component of these settings.
    pub(crate) fn open(settings: &Settings<'static>, permit: Permit, paths: &Paths) -> Self {
        // The endpoint is read once, here and by no thread that a fork may catch at it.
        let _ = permit.may_send();
        let recorder = Recorder::open(permit.clone(), settings.declaration, paths, settings.header());
        left::keep_in_step(settings, &permit, paths);
        Self { permit, recorder }
    }

    /// Writes the closing line of a command, with the server that it talked to if that one reports to the same host.
    ///
    /// # Errors
    /// Why it is not recorded.
    pub(crate) fn end(
        &self,
        run: Run<'static>,
        ending: Ending,
        peer: Peer,
        settings: &Settings<'static>,
    ) -> Fate {
        let product = &settings.declaration.product;
        match peer {
            Peer::Unknown => run.end(ending, None, None)?,
            Peer::Server(server) => {
                let reference =
                    self.permit.endpoint().and_then(|endpoint| server.reference(product, endpoint));
                let version = reference.map(|_| server.version(settings.version));
                run.end(ending, reference, version)?;
            }
            // The server's operator opted out for everybody who talks to it.
            Peer::Off => {
                run.discard();
                return Err(Unrecorded::ServerOff);
            }
        }
        Ok(Recorded::Written)
    }
}
