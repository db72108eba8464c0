//! The decision, and the permit that comes with consent.

use std::sync::{Arc, OnceLock};

use super::answer::{Answer, StoredAnswer};
use aboveboard_types::scope::Scope;

use super::resolve::{Mode, Source};
use crate::endpoint::{Endpoint, Unusable};
use aboveboard_types::declaration::Text;
use aboveboard_types::event::Seconds;

/// What was decided, and by which source.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Decision {
    /// What the component may do.
    pub mode: Mode,
    /// The source that decided.
    pub because: Source,
    pub(super) purges: bool,
    pub(super) permit: Option<Permit>,
}

impl Decision {
    /// The permit to record, and in [`Mode::On`] to send.
    #[must_use]
    pub fn permit(&self) -> Option<Permit> {
        self.permit.clone()
    }

    /// Whether the opt-out that decided also deletes what was recorded: the stored answer, the product's configuration
    /// and the machine's policy do, and so does the family's answer where the product has none of its own; a
    /// variable or a flag only silences, and so does what a variable has moved, and an answer or a policy that the system
    /// cannot show at this moment. The caller then calls [`super::purge`].
    #[must_use]
    pub fn purges(&self) -> bool {
        self.purges
    }
}

/// Leave to record, and perhaps to send. Only this module makes one, from a decision.
#[derive(Clone, Debug)]
pub struct Permit {
    pub(super) product: Text,
    pub(super) mode: Mode,
    pub(super) since: Seconds,
    /// The items that may be recorded; `None` for all that are declared.
    pub(crate) scope: Option<Arc<Scope>>,
    pub(super) named: Option<Named>,
    /// The endpoint of the stored answer that decided.
    pub(super) answered: Option<String>,
    /// Read from `named` when it is first asked for.
    pub(super) endpoint: OnceLock<Option<Endpoint>>,
}

/// An endpoint as a source named it.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) text: Text,
    pub(super) allow_private: bool,
    pub(super) is_of_manifest: bool,
    pub(super) is_of_variable: bool,
}

impl Named {
    pub(super) fn parse(&self) -> Result<Endpoint, Unusable> {
        Endpoint::parse(&self.text, self.allow_private)
    }
}

impl Permit {
    /// The product it was given for.
    #[must_use]
    pub fn product(&self) -> &str {
        &self.product
    }

    /// Whether what is recorded may be sent.
    #[must_use]
    pub fn may_send(&self) -> bool {
        self.endpoint().is_some()
    }

    /// Where it may be sent; `None` where it may not.
    #[must_use]
    pub fn endpoint(&self) -> Option<&Endpoint> {
        let read = || self.named.as_ref().and_then(|named| named.parse().ok());
        if self.mode == Mode::On { self.endpoint.get_or_init(read).as_ref() } else { None }
    }

    /// The endpoint that what is recorded is for; empty where it stays here.
    pub(crate) fn destination(&self) -> &str {
        match &self.named {
            // The usual case, for which nothing is parsed: an answer is stored with an endpoint as it is when it was read.
            Some(named) if named.is_of_manifest && self.answered.as_deref() == Some(&*named.text) => {
                if self.mode == Mode::On { &named.text } else { "" }
            }
            _ => self.endpoint().map_or("", Endpoint::as_str),
        }
    }

    /// Whether another decision came to the same: what was opened with one permit may go on under the other.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let Self { product, mode, since, scope, .. } = self;
        (product, mode, since, scope) == (&other.product, &other.mode, &other.since, &other.scope)
            && self.destination() == other.destination()
    }

    /// Whether a stored answer decided, and names the very endpoint that is in use.
    #[must_use]
    pub fn is_answered_for(&self) -> bool {
        self.answered
            .as_deref()
            .is_some_and(|answered| self.endpoint().is_some_and(|endpoint| endpoint.as_str() == answered))
    }

    /// What the manifest has that it had not when the answer was given or the notice shown, in words, to be shown
    /// when it is asked again. These items are not recorded under this permit.
    #[must_use]
    pub fn wider(&self, declaration: &aboveboard_types::declaration::Declaration) -> Vec<String> {
        self.scope.as_ref().map_or_else(Vec::new, |scope| scope.wider(declaration))
    }

    /// The seconds between two reports: the manifest's, or the longer time that the answer was given to.
    #[must_use]
    pub fn report_every(&self, declaration: &aboveboard_types::declaration::Declaration) -> u64 {
        self.scope.as_ref().map_or(declaration.report_every, |scope| scope.report_every(declaration))
    }

    /// When the answer was given or the notice first shown; nothing recorded before it is sent. 0 where consent
    /// comes from a flag, variable or configuration, which have no time.
    #[must_use]
    pub fn since(&self) -> Seconds {
        self.since
    }
}

/// The time from which the decided yes counts.
pub(super) fn since(because: Source, answer: &StoredAnswer, family: &StoredAnswer) -> Seconds {
    let at = |found: &StoredAnswer| match found {
        StoredAnswer::Answer(Answer { at, .. }) => *at,
        _ => 0,
    };
    match because {
        Source::Answer | Source::Manifest => at(answer),
        Source::Family => at(family),
        _ => 0,
    }
}
