//! What a program says about itself when it calls a verb, and the agent that speaks for it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use aboveboard_cli_agent::Agent;
use aboveboard_cli_agent::verbs::{CALLED, Context};
use aboveboard_core::consent::reading;
use aboveboard_delivery::server::Settings;
use aboveboard_files::named;
use anyhow::Context as _;
use clap::{Arg, Args as _, Command};

use super::config::{default_key, switch_in};
use super::product::Product;

/// The longest text of a distributor's own, in bytes: it stands above a question, and a screen holds less.
const MAX_WORDING_BYTES: usize = 4 << 10;

/// The host's name, version, switches and words.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "About the program that calls this")]
pub(crate) struct HostArguments {
    /// How people call these verbs there, for hints, such as "hasura telemetry"
    // The id is not that of the program that `exec` runs.
    #[arg(id = WORDS, long = "program", value_name = "WORDS")]
    words: Option<String>,
    /// The product's own version
    #[arg(long, value_name = "VERSION", default_value = "0.0.0")]
    program_version: String,
    /// The product's configuration file (JSON or TOML), which may say no
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The switch in that file, flat or dotted [default: enable_telemetry]
    #[arg(long, value_name = "KEY")]
    config_key: Option<String>,
    /// The name of a text of the product's or its distributor's own, which needs an answer of its own; changes with it
    #[arg(long, value_name = "NAME", requires = "wording_file")]
    wording: Option<String>,
    /// That text, which is shown before the question or the notice
    #[arg(long, value_name = "FILE", requires = "wording")]
    wording_file: Option<PathBuf>,
    /// Allow or refuse telemetry for this run
    #[arg(id = FLAG, long = "enable-telemetry", value_name = "VALUE", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    enable_telemetry: Option<OsString>,
}

/// The server that a verb is about.
#[derive(Debug, clap::Args)]
pub(crate) struct ServerArguments {
    /// Where a server keeps what its telemetry needs
    #[arg(long, value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,
}

/// The id of `--program`.
const WORDS: &str = "words";

/// The id of `--enable-telemetry`.
const FLAG: &str = "enable_telemetry";

impl HostArguments {
    /// The agent of a product, as this host sets it.
    ///
    /// # Errors
    /// If the manifest or the wording cannot be read, or the manifest is none.
    pub(crate) fn agent(&self, product: &Product) -> anyhow::Result<Agent> {
        let words = self.words.clone().unwrap_or_else(|| product.verbs());
        let mut agent = product.agent(&self.program_version)?.verbs(words);
        if let Some(path) = self.config.clone() {
            let key = self.config_key();
            agent = agent.config_with(move || switch_in(&path, &key));
        }
        if let (Some(name), Some(file)) = (&self.wording, &self.wording_file) {
            agent = agent.wording(name, wording(file)?);
        }
        Ok(agent)
    }

    /// What the verbs see: the product of the user, or of the server that is named.
    ///
    /// # Errors
    /// As [`HostArguments::agent`].
    pub(crate) fn context(
        &self,
        product: &Product,
        server: &ServerArguments,
    ) -> anyhow::Result<Context<'static>> {
        let context = self.agent(product)?.context(self.flag().as_deref());
        Ok(match &server.directory {
            Some(directory) => context.of_server(directory.clone()),
            None => context,
        })
    }

    /// What this host says of a server.
    ///
    /// # Errors
    /// If the manifest cannot be read or is none.
    pub(crate) fn server(&self, product: &Product, directory: Option<PathBuf>) -> anyhow::Result<Settings> {
        let mut settings = Settings::new(product.declaration()?, &self.program_version);
        settings.host = settings.host.flag(self.flag().as_deref());
        if let Some(file) = self.config.clone() {
            let key = self.config_key();
            settings.opt_outs.push(format!("{key} = false in {}", file.display()));
            settings.read_config = Some(Box::new(move || switch_in(&file, &key)));
        }
        settings.directory = directory;
        if let (Some(verbs), Some(directory)) = (&self.words, settings.directory()) {
            settings.opt_outs.push(format!("`{verbs} off --directory {}`", directory.display()));
        }
        Ok(settings)
    }

    fn config_key(&self) -> String {
        self.config_key.clone().unwrap_or_else(default_key)
    }

    /// An option that was given and says something of one product alone.
    pub(crate) fn option_of_one_product(&self) -> Option<&'static str> {
        let given = [
            ("--config", self.config.is_some()),
            ("--config-key", self.config_key.is_some()),
            ("--wording", self.wording.is_some()),
            ("--wording-file", self.wording_file.is_some()),
        ];
        given.into_iter().find(|(_, is_given)| *is_given).map(|(name, _)| name)
    }

    /// Whether the program that left this product file has a configuration that may say no, which nothing here can read: no
    /// `--config` names it, and the program that calls has not decided by it.
    ///
    /// # Errors
    /// If the manifest cannot be read or is none.
    pub(crate) fn lacks_config(&self, product: &Product) -> anyhow::Result<bool> {
        let is_called_by_it = std::env::var_os(CALLED).is_some();
        Ok(!is_called_by_it
            && self.config.is_none()
            && product.words()?.is_some_and(|words| words.has_config))
    }

    /// What the flag says where it is a no, which all products can hear. A yes is to one, and to none that was not named.
    pub(crate) fn opt_out(&self) -> Option<String> {
        self.flag().filter(|value| reading(value.as_ref()).is_no())
    }

    /// What the flag says.
    pub(crate) fn flag(&self) -> Option<String> {
        self.enable_telemetry.as_ref().map(|value| value.to_string_lossy().into_owned())
    }

    /// Adds these arguments and those of a server to a users' verb, without a line on its help page.
    pub(crate) fn add_hidden(verb: Command) -> Command {
        let of_server = ServerArguments::augment_args(Command::new(""));
        let arguments = of_server.get_arguments().cloned().chain(all());
        verb.args(arguments.map(|argument| argument.hide(true)))
    }
}

/// Lets a host say about itself before the verb what it may say after it: a host that forwards what was typed after its
/// own name for these verbs does not look for the verb in that. The flag has one place, since a no there may not be
/// overruled at another.
#[must_use]
pub fn with_host_options(command: Command) -> Command {
    let arguments = all().into_iter().filter(|argument| argument.get_id() != FLAG);
    command.args(arguments.map(|argument| argument.global(true)))
}

fn all() -> Vec<Arg> {
    HostArguments::augment_args(Command::new("")).get_arguments().cloned().collect()
}

/// The text of a wording.
fn wording(file: &Path) -> anyhow::Result<String> {
    let cannot = || {
        let most = MAX_WORDING_BYTES;
        format!("cannot read the wording in {}: it has to be a text of at most {most} bytes", file.display())
    };
    let text = named::content(file, MAX_WORDING_BYTES).map_err(std::io::Error::from).with_context(cannot)?;
    String::from_utf8(text).with_context(cannot)
}
