//! The product that `exec` and `record` are called for, as their arguments describe it, and its agent.

use std::ffi::OsString;
use std::path::PathBuf;

use aboveboard_cli_agent::Agent;

use super::config::{default_key, switch_in};
use super::product::Product;

/// The product's version and its switches.
#[derive(clap::Args)]
pub(crate) struct HostArguments {
    /// The product's own version
    #[arg(long, value_name = "VERSION", default_value = "0.0.0")]
    program_version: String,
    /// The product's configuration file (JSON or TOML), which may say no
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The switch in that file, flat or dotted
    #[arg(long, value_name = "KEY", default_value_t = default_key())]
    config_key: String,
    /// Allow or refuse telemetry for this run
    #[arg(long, value_name = "VALUE", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    enable_telemetry: Option<OsString>,
}

impl HostArguments {
    /// The agent of a product, with the switch of its configuration file.
    ///
    /// # Errors
    /// If the manifest cannot be read or is none.
    pub(crate) fn agent(&self, product: &Product) -> anyhow::Result<Agent> {
        let agent = product.agent(&self.program_version)?;
        Ok(match self.config.clone() {
            Some(path) => {
                let key = self.config_key.clone();
                agent.config_with(move || switch_in(&path, &key))
            }
            None => agent,
        })
    }

    /// What the flag says.
    pub(crate) fn flag(&self) -> Option<String> {
        self.enable_telemetry.as_ref().map(|value| value.to_string_lossy().into_owned())
    }
}
