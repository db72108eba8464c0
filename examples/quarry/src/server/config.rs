//! Flags, variables and the config file of the server; a flag beats a variable, a variable beats the file.

use std::path::PathBuf;

use anyhow::Context as _;
use serde::Deserialize;

use crate::json_file;

const TELEMETRY: &str = "\
Telemetry:
  Each of these turns it off: --enable-telemetry=false, QUARRY_ENABLE_TELEMETRY=false, ENABLE_TELEMETRY=false or
  DO_NOT_TRACK=1 for one process; \"enable_telemetry\": false in the config file for good.
  GET /telemetry/status and /telemetry/preview show what was decided and what is sent next, to who states the token of
  QUARRY_TELEMETRY_TOKEN, or without it that of the file telemetry/token in the data directory, as a bearer.
  QUARRY_TELEMETRY_ENDPOINT       where it is sent instead, https only
  QUARRY_TELEMETRY_ALLOW_PRIVATE  `true` lets that be a private or loopback address, also by http
  In builds that are no release, in seconds: QUARRY_TELEMETRY_FIRST_DELAY (from the notice to the first report),
  QUARRY_TELEMETRY_PERIOD (between reports), QUARRY_TELEMETRY_DELIVER (between deliveries)";

/// Keeps a catalog and serves it over HTTP, with a console at /console/.
#[derive(clap::Parser)]
#[command(name = "quarry-server", version, after_long_help = TELEMETRY)]
pub(super) struct Args {
    /// The JSON config file: listen, data, admin_secret, enable_telemetry
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Directory for the catalog [default: quarry-data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Secret that every request must show; better given as QUARRY_ADMIN_SECRET
    #[arg(long, value_name = "SECRET", hide_short_help = true)]
    admin_secret: Option<String>,
    /// Whether telemetry may be sent; `false` turns it off for this process
    #[arg(long, value_name = "VALUE", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    enable_telemetry: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ConfigFile {
    listen: Option<String>,
    data: Option<PathBuf>,
    admin_secret: Option<String>,
    enable_telemetry: Option<serde_json::Value>,
}

/// What the server runs with.
pub(super) struct Config {
    pub(super) listen: String,
    pub(super) data: PathBuf,
    pub(super) admin_secret: String,
    /// The flag `--enable-telemetry`, as it was given.
    pub(super) telemetry_flag: Option<String>,
    /// The key `enable_telemetry`, as the file states it.
    pub(super) telemetry_key: Option<String>,
}

impl Args {
    pub(super) fn into_config(self) -> anyhow::Result<Config> {
        let file = match &self.config {
            None => ConfigFile::default(),
            Some(path) => json_file::read(path)?,
        };
        let secret = self.admin_secret.or_else(|| std::env::var("QUARRY_ADMIN_SECRET").ok());
        let secret = secret.or(file.admin_secret).filter(|secret| !secret.is_empty());
        Ok(Config {
            listen: self.listen.or(file.listen).unwrap_or_else(|| "127.0.0.1:8080".to_owned()),
            data: self.data.or(file.data).unwrap_or_else(|| "quarry-data".into()),
            admin_secret: secret.context("no admin secret: set QUARRY_ADMIN_SECRET")?,
            telemetry_flag: self.enable_telemetry,
            telemetry_key: file.enable_telemetry.map(json_file::text_of),
        })
    }
}
