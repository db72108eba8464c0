//! How the operator's verbs reach a running collector.

use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use aboveboard_cli_agent::proxy_to;
use aboveboard_core::environment::Environment;
use anyhow::{Context as _, anyhow, bail, ensure};
use ureq::config::{Config, ConfigBuilder};
use ureq::http::{Request, Response, request};
use ureq::typestate::AgentScope;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, AsSendBody, Body};

use super::socket::{NoAddress, SocketConnector};

/// The variable with the operator's token. An argument could be read by every user of the machine.
const TOKEN: &str = "ABOVEBOARD_OPERATOR_TOKEN";

/// A collector that does not answer in this time is not well.
const TIMEOUT: Duration = Duration::from_secs(5);

/// For an answer that the collector has work to do for.
const LONG_TIMEOUT: Duration = Duration::from_secs(60);

/// The operator's token. A line feed after it is easily there, as from `$(cat file)`.
fn token() -> Option<String> {
    std::env::var(TOKEN).ok().map(|token| token.trim().to_owned()).filter(|token| !token.is_empty())
}

/// How a collector is reached.
enum Way {
    /// Over the network, with the operator's token.
    Address(String),
    /// Through the socket in its data directory, which needs none.
    Socket(PathBuf),
}

/// A running collector.
pub(crate) struct CollectorClient {
    way: Way,
    /// What to check when nothing answers there.
    hint: &'static str,
}

/// Reads the address of a collector.
pub(super) fn address(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let is_address = rest.is_some_and(|rest| !rest.is_empty()) && text.parse::<ureq::http::Uri>().is_ok();
    let remedy = "it is written as http://HOST:PORT, as `collect` prints it".to_owned();
    if is_address { Ok(text.to_owned()) } else { Err(remedy) }
}

impl CollectorClient {
    /// One at an address. `hint` says what to check when nothing answers there.
    pub(super) fn at(address: &str, hint: &'static str) -> Self {
        Self { way: Way::Address(address.trim_end_matches('/').to_owned()), hint }
    }

    /// The one that runs on a data directory of this machine.
    pub(crate) fn on(data: PathBuf) -> Self {
        let hint = "it is just starting or stopping, or another verb works on its data, or this is not the user that it \
                    runs as";
        Self { way: Way::Socket(data), hint }
    }

    /// The collector as messages name it.
    pub(crate) fn name(&self) -> String {
        match &self.way {
            Way::Address(address) => format!("the collector at {address}"),
            Way::Socket(data) => format!("the collector of {}", data.display()),
        }
    }

    /// Whether this is a collector of this machine: what only its own user may do needs its socket.
    ///
    /// # Errors
    /// Where it is reached over the network.
    pub(super) fn require_socket(&self) -> anyhow::Result<()> {
        match &self.way {
            Way::Socket(_) => Ok(()),
            Way::Address(_) => bail!(
                "this is done only through the socket of a collector of this machine, as its own user: name its data \
                 directory by --config or ABOVEBOARD_COLLECTOR_DATA"
            ),
        }
    }

    /// Has a link made for a browser: the collector's own address, and the path.
    pub(crate) fn new_link(&self) -> anyhow::Result<(String, String)> {
        let answer = self.ask("/local/links")?;
        ensure!(answer.status == 200, "{} made no link: {}", self.name(), answer.reason());
        let link: serde_json::Value = serde_json::from_str(&answer.body)?;
        let text = |key: &str| link[key].as_str().map(ToOwned::to_owned);
        text("address").zip(text("path")).context("the collector made no link")
    }

    /// Tells a collector of this machine that a file is being imported, for its audit log.
    pub(super) fn import_begins(&self) -> anyhow::Result<()> {
        if matches!(self.way, Way::Socket(_)) {
            self.ask("/local/imports")?;
        }
        Ok(())
    }

    /// Asks for what may be long: there is a time for its beginning, and none for its end.
    ///
    /// # Errors
    /// Where the collector refuses, too.
    pub(crate) fn stream(&self, path: &str) -> anyhow::Result<impl Read + use<>> {
        let config =
            self.configuration()?.timeout_connect(Some(TIMEOUT)).timeout_recv_response(Some(LONG_TIMEOUT));
        let response = self.send(config.build(), self.request("GET", path), ())?;
        if response.status().as_u16() == 200 {
            return Ok(response.into_body().into_reader());
        }
        let answer = self.read(response)?;
        bail!("{} refused it: {}", self.name(), answer.reason())
    }

    /// Delivers a batch as an agent would.
    pub(super) fn post_batch(
        &self,
        path: &str,
        headers: &[(&str, String)],
        body: &[u8],
    ) -> anyhow::Result<Answer> {
        let mut request = self.anonymous("POST", path).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        self.read(self.send(self.within(LONG_TIMEOUT)?, request, body)?)
    }

    pub(crate) fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.read(self.send(self.within(TIMEOUT)?, self.request("GET", path), ())?)
    }

    /// Asks for what is open to everybody, without the token: a page that stands there by mistake must not learn it.
    pub(super) fn get_open(&self, path: &str) -> anyhow::Result<Answer> {
        self.read(self.send(self.within(TIMEOUT)?, self.anonymous("GET", path), ())?)
    }

    pub(super) fn post(&self, path: &str, body: &serde_json::Value) -> anyhow::Result<Answer> {
        let request = self.request("POST", path).header("content-type", "application/json");
        self.read(self.send(self.within(TIMEOUT)?, request, body.to_string())?)
    }

    /// A POST without a body.
    fn ask(&self, path: &str) -> anyhow::Result<Answer> {
        self.read(self.send(self.within(TIMEOUT)?, self.request("POST", path), "")?)
    }

    pub(crate) fn put(&self, path: &str, media_type: &str, body: &str) -> anyhow::Result<Answer> {
        let request = self.request("PUT", path).header("content-type", media_type);
        self.read(self.send(self.within(TIMEOUT)?, request, body)?)
    }

    /// A request without the token.
    fn anonymous(&self, method: &str, path: &str) -> request::Builder {
        let base = match &self.way {
            Way::Address(address) => address,
            Way::Socket(_) => "http://localhost",
        };
        Request::builder().method(method).uri(format!("{base}{path}"))
    }

    fn request(&self, method: &str, path: &str) -> request::Builder {
        let request = self.anonymous(method, path);
        match token() {
            Some(token) if matches!(self.way, Way::Address(_)) => {
                request.header("authorization", format!("Bearer {token}"))
            }
            _ => request,
        }
    }

    /// No collector redirects. What does is something else, and must get neither token nor data. Neither must a proxy of
    /// the environment, which would see both where nothing is encrypted.
    fn configuration(&self) -> anyhow::Result<ConfigBuilder<AgentScope>> {
        let proxy = match &self.way {
            Way::Socket(_) => Ok(None),
            Way::Address(address) => proxy_to(address, true, &Environment::process()),
        };
        let proxy = proxy.map_err(|why| {
            let name = self.name();
            anyhow!("{name} is not asked: {why}; name its host in NO_PROXY if it is reached without a proxy")
        })?;
        let config = Agent::config_builder().http_status_as_error(false);
        Ok(config.max_redirects(0).max_redirects_will_error(false).proxy(proxy))
    }

    fn within(&self, timeout: Duration) -> anyhow::Result<Config> {
        Ok(self.configuration()?.timeout_global(Some(timeout)).build())
    }

    fn send(
        &self,
        config: Config,
        request: request::Builder,
        body: impl AsSendBody,
    ) -> anyhow::Result<Response<Body>> {
        let agent = match &self.way {
            Way::Address(_) => {
                Agent::with_parts(config, DefaultConnector::default(), DefaultResolver::default())
            }
            Way::Socket(data) => Agent::with_parts(config, SocketConnector(data.clone()), NoAddress),
        };
        let unanswered = || format!("{} does not answer: {}", self.name(), self.hint);
        agent.run(request.body(body)?).with_context(unanswered)
    }

    /// Reads an answer. One that does not let the operator in is an error.
    fn read(&self, mut response: Response<Body>) -> anyhow::Result<Answer> {
        let status = response.status().as_u16();
        let header = response.headers().get("retry-after");
        let retry_after = header.and_then(|value| value.to_str().ok()?.parse().ok()).map(Duration::from_secs);
        let body = response.body_mut().read_to_string().context("the collector's answer broke off")?;
        let answer = Answer { status, body, retry_after };
        match status {
            401 if token().is_some() => {
                bail!("{} does not know the token in {TOKEN}: is it the right one?", self.name())
            }
            401 => bail!("{} requires an operator's token: set {TOKEN}", self.name()),
            403 if !answer.is_about_proof() => {
                bail!("{} does not allow it: {}", self.name(), answer.reason())
            }
            _ => Ok(answer),
        }
    }
}

/// What a collector answers.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// How long the collector wants not to be asked again.
    pub(crate) retry_after: Option<Duration>,
}

impl Answer {
    /// What a refusal says, with its status and the reason that the documents list.
    pub(crate) fn reason(&self) -> String {
        let problem = self.problem();
        let title = problem["detail"].as_str().or(problem["title"].as_str()).unwrap_or("no reason was given");
        match problem["reason"].as_str() {
            Some(reason) => format!("{title} ({} {reason})", self.status),
            None => format!("{title} ({})", self.status),
        }
    }

    /// Whether it waits for a manifest that is not here yet: asking again soon does not help.
    pub(crate) fn is_unknown_revision(&self) -> bool {
        self.problem()["reason"] == "revision-unknown"
    }

    /// Whether a batch was refused for its proof: that is about the batch, not about the operator.
    fn is_about_proof(&self) -> bool {
        matches!(self.problem()["reason"].as_str(), Some("proof-missing" | "proof-wrong"))
    }

    fn problem(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}
