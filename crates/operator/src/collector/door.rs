//! How the operator's verbs reach a running collector.

use std::time::Duration;

use anyhow::{Context as _, bail};
use ureq::Agent;
use ureq::http::{Request, Response};

/// The variable with the operator's token. An argument could be read by every user of the machine.
const TOKEN: &str = "ABOVEBOARD_OPERATOR_TOKEN";

/// A collector that does not answer in this time is not well.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Which collector.
#[derive(clap::Args)]
pub(crate) struct Door {
    /// Address of the operator's doors; the token is read from ABOVEBOARD_OPERATOR_TOKEN
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8480")]
    address: String,
}

/// What the collector answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Door {
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
        match std::env::var(TOKEN) {
            // A line feed after it is easily there, from `$(cat file)` in other places.
            Ok(token) if !token.trim().is_empty() => {
                request.header("authorization", format!("Bearer {}", token.trim()))
            }
            _ => request,
        }
    }

    fn read(&self, response: Result<Response<ureq::Body>, ureq::Error>) -> anyhow::Result<Answer> {
        let mut response = response.with_context(|| {
            format!("no collector answers at {}: is it running, and is --address right?", self.address)
        })?;
        let body = response.body_mut().read_to_string().context("the collector's answer broke off")?;
        let status = response.status().as_u16();
        if status == 401 || status == 403 {
            bail!("the collector at {} wants the operator's token: set {TOKEN}", self.address);
        }
        Ok(Answer { status, body })
    }
}
