//! Reading the configuration.

use std::path::Path;

use aboveboard_files::stat_target;
use figment::Figment;
use figment::providers::{Env, Format, Toml};

use super::check::{VARIABLE_PREFIX, check};
use super::error::ConfigError;
use super::settings::Config;

/// Every key with its default and its reason: the reference.
pub const DEFAULTS: &str = include_str!("../../collector.toml");

impl Config {
    /// The embedded defaults alone.
    ///
    /// # Errors
    /// Never with the defaults as shipped; a test reads them.
    pub fn defaults() -> Result<Self, ConfigError> {
        extract(&Figment::from(Toml::string(DEFAULTS)))
    }

    /// The defaults, `file` above them if one is given, the environment above both.
    ///
    /// # Errors
    /// Where the file is missing, a key is unknown or of the wrong kind, or a value makes no sense.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Toml::string(DEFAULTS));
        if let Some(file) = file {
            // Anything else is not opened: a pipe would not answer.
            let found = stat_target(file).map_err(|_| ConfigError::Missing(file.to_owned()))?;
            if !found.is_regular() {
                return Err(ConfigError::NoFile(file.to_owned()));
            }
            figment = figment.merge(Toml::file_exact(file));
        }
        let environment = Env::prefixed(VARIABLE_PREFIX)
            .map(|name| name.as_str().replace("__", ".").replace('_', "-").into());
        extract(&figment.merge(environment))
    }
}

fn extract(figment: &Figment) -> Result<Config, ConfigError> {
    let config: Config = figment.extract().map_err(|error| {
        // Names keys as the file has them, without the profile that figment puts before.
        let lines: Vec<_> =
            error.into_iter().map(|error| error.to_string().replace("\"default.", "\"")).collect();
        ConfigError::Invalid(lines.join("; "))
    })?;
    let problems = check(&config, figment);
    if problems.is_empty() { Ok(config) } else { Err(ConfigError::Invalid(problems.join("; "))) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_shipped_defaults_are_read_and_complete() {
        let config = Config::defaults().unwrap();
        assert!(config.listen.ip().is_loopback());
        assert_eq!(config.limits.header, Duration::from_secs(5));
        assert_eq!(config.log.segment, 64 << 20);
        assert!(config.operator.token_hash.is_none());
    }

    #[test]
    fn a_file_goes_above_the_defaults_and_an_unknown_key_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("collector.toml");
        std::fs::write(&file, "[limits]\nheader = \"250ms\"\n").unwrap();
        let config = Config::load(Some(&file)).unwrap();
        assert_eq!(config.limits.header, Duration::from_millis(250));
        assert_eq!(config.limits.request, Duration::from_secs(10));
        for wrong in [
            "data = \"\"",
            "lisen = \"127.0.0.1:1\"",
            "[limits]\nheader = 5",
            "[operator]\ntoken-hash = \"abc\"",
        ] {
            std::fs::write(&file, wrong).unwrap();
            assert!(matches!(Config::load(Some(&file)), Err(ConfigError::Invalid(_))), "{wrong}");
        }
        assert!(matches!(Config::load(Some(Path::new("/nonexistent"))), Err(ConfigError::Missing(_))));
    }
}
