//! How the operator's verbs reach a running collector.

use std::io::Read;
use std::time::Duration;

use anyhow::{Context as _, bail};
use ureq::http::{Request, Response, request};
use ureq::{Agent, AsSendBody, Body};

/// The variable with the operator's token. An argument could be read by every user of the machine.
const TOKEN: &str = "ABOVEBOARD_OPERATOR_TOKEN";

/// A collector that does not answer in this time is not well.
const TIMEOUT: Duration = Duration::from_secs(5);

/// For an answer that the collector has work to do for.
const LONG_TIMEOUT: Duration = Duration::from_secs(60);

/// What to check when nothing answers at an address that was given as an argument.
pub(super) const ADDRESS_HINT: &str = "is it running, and is --address right?";

/// The operator's token. A line feed after it is easily there, as from `$(cat file)`.
fn token() -> Option<String> {
    std::env::var(TOKEN).ok().map(|token| token.trim().to_owned()).filter(|token| !token.is_empty())
}

/// Which collector.
#[derive(clap::Args)]
pub(crate) struct CollectorClient {
    /// Address of the operator's routes; the token is read from ABOVEBOARD_OPERATOR_TOKEN
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8480", value_parser = address)]
    address: String,
    /// What to check when nothing answers there.
    #[arg(skip = ADDRESS_HINT)]
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
    /// `hint` says what to check when nothing answers at the address.
    pub(super) fn at(address: String, hint: &'static str) -> Self {
        Self { address, hint }
    }

    /// The address as messages name the collector.
    pub(crate) fn address(&self) -> &str {
        self.address.trim_end_matches('/')
    }

    /// Asks for what may be long: there is a time for its beginning, and none for its end.
    ///
    /// # Errors
    /// Where the collector refuses, too.
    pub(super) fn stream(&self, path: &str) -> anyhow::Result<impl Read + use<>> {
        let config = Agent::config_builder().timeout_connect(Some(TIMEOUT));
        let agent =
            config.http_status_as_error(false).timeout_recv_response(Some(LONG_TIMEOUT)).build().into();
        let response = self.send(&agent, self.request("GET", path), ())?;
        if response.status().as_u16() == 200 {
            return Ok(response.into_body().into_reader());
        }
        let answer = self.read(response)?;
        bail!("{} refused it: {}", self.address(), answer.reason())
    }

    /// Delivers a batch as an agent would.
    pub(super) fn post_batch(
        &self,
        path: &str,
        (header, key): (&str, &str),
        body: &[u8],
    ) -> anyhow::Result<Answer> {
        let request = Request::builder().method("POST").uri(self.uri(path));
        let request = request.header("content-type", "application/json");
        let request = if key.is_empty() { request } else { request.header(header, key) };
        self.read(self.send(&agent(LONG_TIMEOUT), request, body)?)
    }

    pub(super) fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.read(self.send(&agent(TIMEOUT), self.request("GET", path), ())?)
    }

    pub(super) fn post(&self, path: &str, body: &serde_json::Value) -> anyhow::Result<Answer> {
        let request = self.request("POST", path).header("content-type", "application/json");
        self.read(self.send(&agent(TIMEOUT), request, body.to_string())?)
    }

    pub(crate) fn put(&self, path: &str, media_type: &str, body: &str) -> anyhow::Result<Answer> {
        let request = self.request("PUT", path).header("content-type", media_type);
        self.read(self.send(&agent(TIMEOUT), request, body)?)
    }

    fn uri(&self, path: &str) -> String {
        format!("{}{path}", self.address())
    }

    fn request(&self, method: &str, path: &str) -> request::Builder {
        let request = Request::builder().method(method).uri(self.uri(path));
        match token() {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        }
    }

    fn send(
        &self,
        agent: &Agent,
        request: request::Builder,
        body: impl AsSendBody,
    ) -> anyhow::Result<Response<Body>> {
        let unanswered = || format!("no collector answers at {}: {}", self.address, self.hint);
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
            401 if token().is_some() => bail!(
                "the collector at {} does not know the token in {TOKEN}: is it the right one?",
                self.address
            ),
            401 => bail!("the collector at {} requires an operator's token: set {TOKEN}", self.address),
            403 => bail!("the collector at {} does not allow it: {}", self.address, answer.reason()),
            _ => Ok(answer),
        }
    }
}

fn agent(timeout: Duration) -> Agent {
    Agent::config_builder().http_status_as_error(false).timeout_global(Some(timeout)).build().into()
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

    fn problem(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}
