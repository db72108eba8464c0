//! Talks to the server.

use std::time::Duration;

use aboveboard::cli::Link;
use anyhow::{Context as _, anyhow};
use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::{Method, Request, Response};
use ureq::{Agent, Body};

use super::{Cli, Project, UserConfig};
use crate::server::SECRET_HEADER;

/// How long one request may take in all.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A connection to one server.
#[derive(Clone)]
pub(super) struct Client {
    agent: Agent,
    endpoint: String,
    secret: String,
    link: Link,
}

/// An answer as it came: status, content type and text.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) body: String,
}

impl Client {
    /// A flag beats a variable, a variable the project, the project the user's config.
    pub(super) fn find(
        cli: &Cli,
        link: &Link,
        project: &Project,
        config: &UserConfig,
    ) -> anyhow::Result<Option<Self>> {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let endpoint = match cli.endpoint.clone().or_else(|| variable("QUARRY_ENDPOINT")) {
            Some(endpoint) => Some(endpoint),
            None => project.config()?.endpoint.or_else(|| config.endpoint.clone()),
        };
        let secret = cli.admin_secret.clone().or_else(|| variable("QUARRY_ADMIN_SECRET")).unwrap_or_default();
        let agent = Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT)).build();
        Ok(endpoint.map(|endpoint| Self {
            agent: agent.into(),
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            secret,
            link: link.clone(),
        }))
    }

    pub(super) fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let answer = self.ask(Method::GET, path, String::new())?;
        serde_json::from_str(&answer.body).context("cannot read the server's answer")
    }

    pub(super) fn put(&self, path: &str, body: &impl Serialize) -> anyhow::Result<()> {
        self.ask(Method::PUT, path, serde_json::to_string(body)?).map(drop)
    }

    pub(super) fn post(&self, path: &str, body: &impl Serialize) -> anyhow::Result<()> {
        self.ask(Method::POST, path, serde_json::to_string(body)?).map(drop)
    }

    pub(super) fn delete(&self, path: &str) -> anyhow::Result<()> {
        self.ask(Method::DELETE, path, String::new()).map(drop)
    }

    fn ask(&self, method: Method, path: &str, body: String) -> anyhow::Result<Answer> {
        let answer = self.send(method, path, &self.secret, body)?;
        if answer.status < 400 { Ok(answer) } else { Err(refusal(&answer)) }
    }

    /// Sends a request with the caller's own secret and returns the answer, whatever its status.
    pub(super) fn send(
        &self,
        method: Method,
        path: &str,
        secret: &str,
        body: String,
    ) -> anyhow::Result<Answer> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.endpoint))
            .header(SECRET_HEADER, secret)
            .header("content-type", "application/json")
            .body(body)?;
        let response = self
            .agent
            .run(request)
            .with_context(|| format!("cannot reach the server at {}", self.endpoint))?;
        self.link.headers(response.headers());
        read(response)
    }
}

fn read(mut response: Response<Body>) -> anyhow::Result<Answer> {
    let content_type = response.headers().get("content-type").and_then(|value| value.to_str().ok());
    Ok(Answer {
        status: response.status().as_u16(),
        content_type: content_type.unwrap_or("application/json").to_owned(),
        body: response.body_mut().read_to_string().context("the server's answer broke off")?,
    })
}

fn refusal(answer: &Answer) -> anyhow::Error {
    #[derive(serde::Deserialize)]
    struct Refusal {
        error: String,
    }
    match serde_json::from_str::<Refusal>(&answer.body) {
        Ok(refusal) => anyhow!("{}", refusal.error),
        Err(_) => anyhow!("the server answered {}", answer.status),
    }
}
