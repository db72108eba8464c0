//! Where the events of a console come from: all that a fresh decision needs.

use std::sync::Arc;

use aboveboard_core::consent::{self, Host, Permit, Question};
use aboveboard_core::identity;
use aboveboard_core::paths::Paths;
use aboveboard_core::recorder::Recorder;
use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::Header;
use aboveboard_types::id::Id;

use crate::server::Server;
use crate::settings::Settings;

/// Each page and each event is decided afresh: a console runs for hours, in which id and spool may be deleted and made
/// anew.
#[derive(Debug)]
pub(crate) struct Origin {
    pub(crate) settings: Settings<'static>,
    host: Host,
    paths: Option<Paths>,
    header: Header,
}

impl Origin {
    /// The origin of the console of this program. The header names the console as the component.
    pub(crate) fn of(settings: &Settings<'static>, paths: Option<&Paths>, host: &Host) -> Arc<Self> {
        let header = Header { component: Component::Console, ..settings.header() };
        Arc::new(Self { settings: settings.clone(), host: host.clone(), paths: paths.cloned(), header })
    }

    /// A console has no consent of its own: it obeys the CLI that serves it.
    fn permit(&self) -> Option<Permit> {
        let question = self.settings.question(&self.host, self.paths.as_ref());
        consent::decide(&Question { component: Component::Cli, ..question }).permit()
    }

    /// The recorder of the console's events; `None` where nothing may be recorded now.
    pub(crate) fn recorder(&self) -> Option<Recorder<'static>> {
        let paths = self.paths.as_ref()?;
        Some(Recorder::open(self.permit()?, self.settings.declaration, paths, self.header.clone()))
    }

    /// This installation's id at the host that it reports to, and how events refer to a server there; `None` where nothing
    /// may be recorded now.
    pub(crate) fn linked(&self, server: Option<Server>) -> Option<(Id, Option<Id>)> {
        let permit = self.permit()?;
        let installation = identity::installation(&permit, self.paths.as_ref()?)?;
        let product = &self.settings.declaration.product;
        let reference =
            server.zip(permit.endpoint()).and_then(|(server, endpoint)| server.reference(product, endpoint));
        Some((installation.id, reference))
    }
}
