//! May this component of this product record here? What is asked, and what of it the host hands over.

use aboveboard_types::declaration::{Component, Declaration};
use aboveboard_types::event::Seconds;
use aboveboard_types::scope::Scope;
use aboveboard_types::typed::ConfigValue;

use super::answer::{Answer, Choice, Surface};
use super::permit::Named;
use super::reading::{Reading, reading};
use crate::endpoint::{Endpoint, Unusable};
use crate::environment::Environment;
use crate::paths::Paths;

/// What the host hands over: its flag, its parsed configuration, its endpoint.
#[derive(Clone, Debug, Default)]
pub struct Host {
    pub(super) flag: Option<String>,
    pub(super) config: ConfigValue,
    endpoint: Option<String>,
    allow_private: bool,
}

impl Host {
    /// The value of `--enable-telemetry`, as given; `None` where the flag was not.
    #[must_use]
    pub fn flag(mut self, value: Option<&str>) -> Self {
        self.flag = value.map(str::to_owned);
        self
    }

    /// The value of `enable_telemetry` in the product's configuration; `None` where it is not there, an error where the
    /// configuration could not be read.
    #[must_use]
    pub fn config(mut self, value: impl Into<ConfigValue>) -> Self {
        self.config = value.into();
        self
    }

    /// The same host without a configuration that could not be read; `None` where it has none such. What waits until it can
    /// be read is shown by this, and nothing is recorded or sent by it.
    #[must_use]
    pub fn without_unread_config(&self) -> Option<Self> {
        self.config.text().is_err().then(|| self.clone().config(ConfigValue::default()))
    }

    /// An endpoint that the host names.
    #[must_use]
    pub fn endpoint(mut self, endpoint: Option<String>) -> Self {
        self.endpoint = endpoint;
        self
    }

    /// Whether private addresses and plain http to them are allowed.
    #[must_use]
    pub fn allow_private(mut self, allowed: bool) -> Self {
        self.allow_private = allowed;
        self
    }
}

/// May this component of this product record here?
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// The product.
    pub declaration: &'q Declaration,
    /// The component that would record. A console has no consent of its own: ask for what serves it.
    pub component: Component,
    /// What the host handed over.
    pub host: &'q Host,
    /// The variables.
    pub environment: &'q Environment,
    /// Where the answer lies; `None` where no place is ours.
    pub places: Option<&'q Paths>,
}

impl Question<'_> {
    /// The answer to this question, as it is stored: under its manifest, and for the endpoint that is in use. `at` is
    /// the time by which it counts, in seconds since 1970.
    #[must_use]
    pub fn answer(&self, choice: Choice, surface: Surface, at: Seconds) -> Answer {
        let endpoint = self.endpoint().ok().flatten().map(|endpoint| endpoint.as_str().to_owned());
        // An opt-out covers everything, also what a later manifest adds.
        let items = (choice != Choice::No).then(|| Scope::of(self.declaration).digest());
        Answer { choice, at, surface, endpoint, items }
    }

    /// Where data goes: what the host named, else `<PREFIX>_TELEMETRY_ENDPOINT`, else, in a release, the
    /// manifest's. `None` in every other build, so that a fork, a test or a build from source sends nothing.
    ///
    /// # Errors
    /// Why the endpoint that was named is not used.
    pub fn endpoint(&self) -> Result<Option<Endpoint>, Unusable> {
        self.named().map(|named| named.parse()).transpose()
    }

    pub(super) fn named(&self) -> Option<Named> {
        let variable = |name: &str| {
            let mut variable = self.declaration.variable_prefix();
            variable.push_str(name);
            self.environment.var(&variable)
        };
        let text = match &self.host.endpoint {
            Some(endpoint) => Some(endpoint.clone()),
            None => {
                let named = variable("TELEMETRY_ENDPOINT").filter(|value| !value.is_empty());
                named.map(|value| value.to_string_lossy().into_owned())
            }
        };
        let Declaration { release, endpoint, .. } = self.declaration;
        if text.is_none() {
            let allow_private = self.host.allow_private;
            return (*release && !endpoint.is_empty()).then(|| Named {
                text: endpoint.clone(),
                allow_private,
                is_of_manifest: true,
                is_of_variable: false,
            });
        }
        let allowed = variable("TELEMETRY_ALLOW_PRIVATE");
        let allow_private =
            self.host.allow_private || allowed.is_some_and(|value| reading(&value) == Reading::On);
        let is_of_variable = self.host.endpoint.is_none();
        text.map(|text| Named { text: text.into(), allow_private, is_of_manifest: false, is_of_variable })
    }
}
