//! How the operator's verbs reach a running collector.

use std::time::Duration;

use anyhow::{Context as _, bail};
use ureq::Agent;
use ureq::http::{Request, Response};

/// The variable with the operator's token. An argument could be read by every user of the machine.
const TOKEN: &str = "ABOVEBOARD_OPERATOR_TOKEN";

/// A collector that does not answer in this time is not well.
const TIMEOUT: Duration = Duration::from_secs(5);

/// One that has work to do for the answer is given this time.
const LONG: Duration = Duration::from_secs(60);

/// The operator's token. A line feed after it is easily there, from `$(cat file)` in other places.
fn token() -> Option<String> {
    std::env::var(TOKEN).ok().map(|token| token.trim().to_owned()).filter(|token| !token.is_empty())
}

/// Which collector.
#[derive(clap::Args)]
pub(crate) struct CollectorClient {
    /// Address of the operator's doors; the token is read from ABOVEBOARD_OPERATOR_TOKEN
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8480", value_parser = address)]
    address: String,
}

/// Reads the address of a collector.
pub(super) fn address(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let is_address = rest.is_some_and(|rest| !rest.is_empty()) && text.parse::<ureq::http::Uri>().is_ok();
    let remedy = "it is written as http://HOST:PORT, as `collect` prints it".to_owned();
    if is_address { Ok(text.to_owned()) } else { Err(remedy) }
}

/// What the collector answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// How long it wishes not to be asked.
    pub(crate) retry_after: Option<Duration>,
}

impl Answer {
    /// What a refusal says, with its status.
    pub(crate) fn reason(&self) -> String {
        let problem: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        let title = problem["detail"].as_str().or(problem["title"].as_str()).unwrap_or("no reason was given");
        format!("{title} ({})", self.status)
    }

    /// Whether it waits for a manifest that is not here yet: asking again soon does not help.
    pub(crate) fn is_unknown_revision(&self) -> bool {
        let problem: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        problem["reason"] == "revision-unknown"
    }
}

/// An answer that is read as it comes.
pub(crate) struct Streamed {
    pub(crate) status: u16,
    pub(crate) body: Box<dyn std::io::Read>,
}

impl CollectorClient {
    /// The doors at an address.
    pub(crate) fn at(address: String) -> Self {
        Self { address }
    }

    /// Asks for what may be long: there is a time for its beginning, and none for its end.
    pub(super) fn stream(&self, path: &str) -> anyhow::Result<Streamed> {
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(TIMEOUT))
            .timeout_recv_response(Some(LONG))
            .build()
            .into();
        let response = agent.run(self.request("GET", path).body(())?).with_context(|| self.unanswered())?;
        let status = response.status().as_u16();
        self.admitted(status)?;
        Ok(Streamed { status, body: Box::new(response.into_body().into_reader()) })
    }

    /// Delivers a batch as an agent would.
    pub(super) fn post_batch(
        &self,
        path: &str,
        (header, key): (&str, &str),
        body: &[u8],
    ) -> anyhow::Result<Answer> {
        let request = Request::builder().method("POST").uri(format!("{}{path}", self.address()));
        let request = request.header("content-type", "application/json");
        let request = if key.is_empty() { request } else { request.header(header, key) };
        let agent: Agent =
            Agent::config_builder().http_status_as_error(false).timeout_global(Some(LONG)).build().into();
        self.read(agent.run(request.body(body.to_vec())?))
    }

    pub(super) fn get(&self, path: &str) -> anyhow::Result<Answer> {
        let response = self.agent().run(self.request("GET", path).body(())?);
        self.read(response)
    }

    pub(super) fn post(&self, path: &str, body: &serde_json::Value) -> anyhow::Result<Answer> {
        let request = self.request("POST", path).header("content-type", "application/json");
        let response = self.agent().run(request.body(body.to_string())?);
        self.read(response)
    }

    pub(crate) fn put(&self, path: &str, media_type: &str, body: &str) -> anyhow::Result<Answer> {
        let request = self.request("PUT", path).header("content-type", media_type);
        let response = self.agent().run(request.body(body.to_owned())?);
        self.read(response)
    }

    /// How words to the operator name the collector.
    pub(crate) fn address(&self) -> &str {
        self.address.trim_end_matches('/')
    }

    fn agent(&self) -> Agent {
        Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT)).build().into()
    }

    fn request(&self, method: &str, path: &str) -> ureq::http::request::Builder {
        let request = Request::builder().method(method).uri(format!("{}{path}", self.address()));
        match token() {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        }
    }

    fn read(&self, response: Result<Response<ureq::Body>, ureq::Error>) -> anyhow::Result<Answer> {
        let mut response = response.with_context(|| self.unanswered())?;
        let body = response.body_mut().read_to_string().context("the collector's answer broke off")?;
        let status = response.status().as_u16();
        self.admitted(status)?;
        let stated =
            response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        Ok(Answer { status, body, retry_after: stated.map(Duration::from_secs) })
    }

    fn unanswered(&self) -> String {
        format!("no collector answers at {}: is it running, and is --address right?", self.address)
    }

    /// Whether it let the operator in.
    fn admitted(&self, status: u16) -> anyhow::Result<()> {
        match status {
            401 if token().is_some() => {
                bail!(
                    "the collector at {} does not know the token in {TOKEN}: is it the right one?",
                    self.address
                )
            }
            401 => bail!("the collector at {} wants an operator's token: set {TOKEN}", self.address),
            403 => bail!(
                "the collector at {} does not let this operator in: set {TOKEN} to the token of this product or of all",
                self.address
            ),
            _ => Ok(()),
        }
    }
}
