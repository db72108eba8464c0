//! The verb: its arguments, and how the process sets itself up beside its host.

use std::fs::OpenOptions;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use aboveboard_types::outcome::DropReason;

use super::client::Client;
use super::conversation::Conversation;
use super::detached;
use super::line::Line;
use super::pump;
use super::server::Server;
use super::sink::Sink;
use super::wrong::Wrong;
use crate::host::{HostArguments, Product};
use crate::output;
use crate::signals::Signals;

/// What `relay` takes.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    host: HostArguments,
    /// Speak for a server: report at the start and every interval what it counts and measures
    #[arg(long)]
    pub(super) server: bool,
    /// Where a server keeps what telemetry needs; `$STATE_DIRECTORY` by default
    #[arg(long, value_name = "DIR", requires = "server")]
    directory: Option<PathBuf>,
    /// Say on stderr what is wrong with a line
    #[arg(long)]
    explain: bool,
    /// Go on as a process that is no child of the host, which may wait for all of its children; this process ends at once
    #[arg(long)]
    detach: bool,
    /// The host of a relay that was detached
    #[arg(long, value_name = "PID", hide = true)]
    pub(super) host_process: Option<u32>,
}

/// Reads standard input to its end. It always ends well: the host has nothing to do with what becomes of telemetry.
pub(crate) fn run(options: &Options, product: &Product) -> ExitCode {
    if options.detach {
        return detached::start(options.server);
    }
    let signals = Signals::catch();
    stand_aside(options);
    let listened = if options.server {
        server(options, product).map(|server| listen(server, options, &signals))
    } else {
        client(options, product).map(|client| listen(client, options, &signals))
    };
    if let Err(error) = listened {
        if options.explain {
            output::error(&error);
        }
        pump::run(Conversation::new(Nowhere, false), &signals);
    }
    ExitCode::SUCCESS
}

fn listen(sink: impl Sink, options: &Options, signals: &Signals) {
    pump::run(Conversation::new(sink, options.explain), signals);
}

fn server(options: &Options, product: &Product) -> anyhow::Result<Server> {
    let settings = options.host.server(product, options.directory.clone())?;
    Ok(Server::start(settings, options.explain))
}

fn client(options: &Options, product: &Product) -> anyhow::Result<Client> {
    let declaration = product.declaration()?;
    let agent = options.host.agent(product)?;
    Ok(Client::new(declaration, agent.resident(options.host.flag())))
}

/// Keeps nothing of the host's but standard input, and with `explain` stderr: who reads the host's output to its end
/// does not wait for this process. For a server it keeps all three: its host has given it two of its own to speak on. It
/// makes a session of its own; where it leads a group it stays in the host's.
fn stand_aside(options: &Options) {
    aboveboard_cli_agent::close_inherited();
    let _ = rustix::process::setsid();
    if options.server {
        return;
    }
    let Ok(null) = OpenOptions::new().read(true).write(true).open("/dev/null") else { return };
    let _ = rustix::stdio::dup2_stdout(&null);
    if !options.explain {
        let _ = rustix::stdio::dup2_stderr(&null);
    }
}

/// Where everything goes without a manifest. The host may write on.
struct Nowhere;

impl Sink for Nowhere {
    fn take(&mut self, _line: Line<'_>) -> Result<(), Wrong> {
        Ok(())
    }

    fn dropped(&mut self, _reason: DropReason, _number: u64) {}

    fn wakes_at(&self) -> Option<SystemTime> {
        None
    }

    fn wake(&mut self) {}

    fn close(self) {}
}
