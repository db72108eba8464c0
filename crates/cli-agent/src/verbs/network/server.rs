//! Asking a running server for its own status.

use std::path::Path;
use std::time::Duration;

use aboveboard_files::File;
use ureq::{Agent, Proxy};

use crate::transport::proxy_to;
use crate::verbs::{Context, Exit, print, say};

/// Where a server's agent answers.
const PATH: &str = "/telemetry/status";

/// The time that the server has to answer: it answers from memory.
const MAX_ANSWER_TIME: Duration = Duration::from_secs(5);

/// The bytes that are read of an answer; a status has about two thousand.
const MAX_ANSWER_BYTES: u64 = 64 << 10;

/// Longest file of a token that is read.
const MAX_TOKEN_BYTES: usize = 1 << 10;

/// Prints what the server says. The person named the address, so any may be dialled; redirects are not followed.
pub(crate) fn status(context: &Context<'_>, url: &str, token_file: Option<&Path>) -> Exit {
    let url = format!("{}{PATH}", url.trim_end_matches('/'));
    let variable = format!("{}TELEMETRY_TOKEN", context.declaration().variable_prefix());
    let token = match token_file {
        Some(file) => match read_token(file) {
            Ok(token) => Some(token),
            Err(error) => {
                say(format_args!("error: the token in {} cannot be read: {error}", file.display()));
                return Exit::Failed;
            }
        },
        None => context.settings.environment.var(&variable).and_then(|token| token.into_string().ok()),
    };
    let proxy = match proxy_to(&url, token.is_some(), &context.settings.environment) {
        Ok(proxy) => proxy,
        Err(why) => {
            say(format_args!("error: {url} is not asked: {why}"));
            say("help: name its host in NO_PROXY if it is reached without a proxy");
            return Exit::Failed;
        }
    };
    match fetch(&url, token.as_deref(), proxy) {
        Ok(document) if print(document.trim_end()) => Exit::Done,
        Ok(_) => Exit::Failed,
        Err(ureq::Error::StatusCode(401)) => {
            say(format_args!("error: {url} needs the server's telemetry token"));
            say(format_args!(
                "help: give it in {variable}, or name the file `telemetry/token` in the server's directory by --token-file"
            ));
            Exit::Failed
        }
        Err(error) => {
            say(format_args!("error: {url} does not answer: {error}"));
            say(
                "help: give the server's address as in http://127.0.0.1:8080; its telemetry routes must be mounted",
            );
            Exit::Failed
        }
    }
}

fn read_token(file: &Path) -> std::io::Result<String> {
    let content = File::at(file)?.content(MAX_TOKEN_BYTES)?;
    Ok(String::from_utf8_lossy(&content).trim().to_owned())
}

/// Asks the server, within the time and size that its answer may have.
fn fetch(url: &str, token: Option<&str>, proxy: Option<Proxy>) -> Result<String, ureq::Error> {
    let config = Agent::config_builder().timeout_global(Some(MAX_ANSWER_TIME)).max_redirects(0).proxy(proxy);
    let agent: Agent = config.build().into();
    let request = agent.get(url);
    let request = match token {
        Some(token) => request.header("authorization", format!("Bearer {token}")),
        None => request,
    };
    request.call()?.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_string()
}
