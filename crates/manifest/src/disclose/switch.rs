//! Every way to say no, as data: the page prints it, and tests run it literally.

use aboveboard_types::declaration::{Component, Policy};

use crate::model::Manifest;

/// By what kind a no is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SwitchKind {
    /// A command of the program, typed as it is.
    Command,
    /// A flag of the program.
    Flag,
    /// A variable in the environment of the process.
    Variable,
    /// A key in the product's config file, as JSON.
    ConfigKey,
    /// An empty file.
    PolicyFile,
}

/// One way to turn the telemetry of a component off.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Switch {
    /// By what kind.
    pub kind: SwitchKind,
    /// What to type, set, write or create, literally.
    pub literal: String,
    /// The file in which it is written, for a config key.
    pub file: Option<String>,
}

impl Manifest {
    /// Every way to turn a component off, the most lasting last. A console has none of its own; a flag and a config
    /// key are there where `[settings]` says so.
    #[must_use]
    pub fn switches(&self, component: Component) -> Vec<Switch> {
        let prefix = self.declaration().variable_prefix();
        let switch = |kind, literal: String| Switch { kind, literal, file: None };
        let flag = switch(SwitchKind::Flag, "--enable-telemetry=false".to_owned());
        let variables = [
            switch(SwitchKind::Variable, format!("{prefix}ENABLE_TELEMETRY=false")),
            switch(SwitchKind::Variable, "ENABLE_TELEMETRY=false".to_owned()),
            switch(SwitchKind::Variable, "DO_NOT_TRACK=1".to_owned()),
        ];
        let Some(setting) = self.settings.of(component) else { return Vec::new() };
        let key = setting.config_file.as_ref().map(|file| Switch {
            kind: SwitchKind::ConfigKey,
            literal: "\"enable_telemetry\": false".to_owned(),
            file: Some(file.clone()),
        });
        let file = |name: &str| switch(SwitchKind::PolicyFile, format!("/etc/aboveboard/off.d/{name}"));
        let files = [file(&self.product.id), file("all")];
        let mut all = Vec::new();
        if component == Component::Cli {
            all.push(switch(SwitchKind::Command, self.verb("off")));
        }
        all.extend(Some(flag).filter(|_| setting.flag));
        all.extend(variables);
        all.extend(key);
        all.extend(files);
        all
    }

    /// The components that the manifest has a policy for, or a console for, in the order server, CLI, console, app.
    #[must_use]
    pub fn components(&self) -> Vec<(Component, Option<Policy>)> {
        let has = |(component, _): &(Component, _)| match component {
            Component::Console => self.console.is_some(),
            component => self.policy(*component).is_some(),
        };
        Component::ALL
            .into_iter()
            .map(|(component, _)| (component, self.policy(component)))
            .filter(has)
            .collect()
    }
}
