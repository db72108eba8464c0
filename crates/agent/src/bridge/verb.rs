//! The verb: its arguments, and the loop beside the host.

use std::io::ErrorKind;
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use aboveboard_console_bridge::{Bridge, Origin, Origins, Token};
use aboveboard_core::identity;
use aboveboard_delivery::server::{Setup, Switch};
use aboveboard_types::headers::BRIDGE;
use anyhow::Context as _;
use rustix::io::Errno;

use super::console::{Console, ServerSink};
use super::lines::HostLines;
use super::socket::Listening;
use super::visit::Visits;
use crate::host::{HostArguments, Product};
use crate::output;
use crate::signals::Signals;

/// How often it is looked whether telemetry is on. A host that adds the link header to its responses learns of an opt-out
/// within this time; what pages post is decided by itself.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);

/// How long a connection waits that cannot be taken.
const PAUSE: Duration = Duration::from_millis(100);

/// What `bridge` takes.
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("console").required(true).args(["server", "port"]))]
pub struct Options {
    /// Where it listens: a Unix socket in a directory of the host's own
    #[arg(long, value_name = "PATH")]
    socket: PathBuf,
    /// The console is a server's, and its events are recorded under the server's id
    #[arg(long)]
    server: bool,
    /// Where the server keeps what telemetry needs; `$STATE_DIRECTORY` by default
    #[arg(long, value_name = "DIR", requires = "server", conflicts_with = "port")]
    directory: Option<PathBuf>,
    /// An origin under which the server's console is reached, as in the address bar; by default `localhost` and IP addresses
    #[arg(long = "origin", value_name = "URL", requires = "server", conflicts_with = "port", value_parser = origin)]
    origins: Vec<Origin>,
    /// The console is that of a user's program, on this port of the loopback interface
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    #[command(flatten)]
    host: HostArguments,
}

fn origin(text: &str) -> Result<Origin, String> {
    Origin::parse(text)
        .ok_or_else(|| "not an origin as browsers write it: https://quarry.example.org".to_owned())
}

/// Answers what the host passes on until the host closes the standard input of this process.
///
/// # Errors
/// If the manifest cannot be read.
pub(crate) fn run(options: &Options, product: &Product) -> anyhow::Result<ExitCode> {
    let signals = Signals::catch();
    aboveboard_cli_agent::close_inherited();
    let _ = rustix::process::setsid();
    let random = || identity::session().context("no random numbers");
    let console = Arc::new(console(options, product, random()?)?);
    let secret = Arc::new(Token::in_header(BRIDGE, random()?));
    let visits = Visits::new(Arc::clone(&console), Arc::clone(&secret));
    let mut listening = Listening::at(options.socket.clone());
    let mut host = HostLines::default();
    let stdin = std::io::stdin();
    let mut buffer = [0; 4096];
    while !signals.is_asked_to_end() {
        let offer = console.offer();
        if let Some(error) = listening.set(offer.is_on) {
            output::error(&error);
        }
        host.tell(&offer, listening.listener().map(|_| secret.text()));
        let (has_input, has_visit) = match listening.listener() {
            Some(listener) => signals.wait([stdin.as_fd(), listener.as_fd()], LOOK_INTERVAL).into(),
            None => (signals.wait([stdin.as_fd()], LOOK_INTERVAL)[0], false),
        };
        if has_input {
            match rustix::io::read(stdin.as_fd(), &mut buffer) {
                Ok(0) => break,
                Ok(read) => host.hear(&buffer[..read], &console),
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(_) => break,
            }
        }
        if let Some(listener) = listening.listener().filter(|_| has_visit) {
            match listener.accept() {
                Ok((stream, _)) => {
                    // On some systems it has from the socket that it came by that it does not block. Where that cannot be
                    // changed its reads fail at once, and the page comes again.
                    let _ = stream.set_nonblocking(false);
                    visits.answer(stream);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // Too many files are open, say: the connection waits with us.
                Err(_) => std::thread::sleep(PAUSE),
            }
        }
    }
    drop(listening);
    console.close();
    Ok(ExitCode::SUCCESS)
}

fn console(
    options: &Options,
    product: &Product,
    random: aboveboard_types::id::Id,
) -> anyhow::Result<Console> {
    if let Some(port) = options.port {
        let agent = options.host.agent(product)?;
        let (link, bridge) = agent.console(port, options.host.flag());
        return Ok(Console::Program(link, bridge.context("no random numbers")?));
    }
    let settings = options.host.server(product, options.directory.clone())?;
    let declaration = settings.declaration;
    // Whoever reports for this server shows the notice; nothing is recorded here before.
    let switch = Arc::new(Switch::new(Setup::new(settings)));
    let origins = match &options.origins[..] {
        [] => Origins::literal(),
        origins => Origins::listed(origins.iter().cloned()),
    };
    let bridge = Bridge::new(declaration, origins, random, ServerSink(Arc::clone(&switch)));
    Ok(Console::Server(switch, bridge))
}
