//! One request to one server.

use std::io::{ErrorKind, Read as _};
use std::path::Path;
use std::time::Duration;

use aboveboard_files::named;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Timeout};

use crate::problem::Problem;

/// What a connection may take to be made. Servers are near; one that is not there says so at once or never.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(1_500);

/// For a question about a server itself, which it answers from memory.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(2);

/// For a question that page and apply wait for, to be asked again of the other replica.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// For the rows of a block: they are written to the disk, and sent to the other replica later.
const INSERT_TIMEOUT: Duration = Duration::from_secs(15);

/// For what has work to do: tables that are made, what is deleted, a whole day of rows.
const WORK_TIMEOUT: Duration = Duration::from_secs(60);

/// How long the rest of a long answer may take to come once it has begun: servers begin when they know all of it.
const BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// ClickHouse ends a connection that is idle for 3 seconds, as Debian configures it.
const MAX_IDLE_AGE: Duration = Duration::from_secs(2);

/// An answer above this is a mistake in the question, and would not fit into the memory that a collector is given.
const MAX_ANSWER_BYTES: u64 = 1 << 30;

/// What is read of an error. Those of ClickHouse can hold the whole question.
const MAX_ERROR_BYTES: u64 = 4_096;

/// A file of certificates above this holds something else.
const MAX_CERTIFICATES_BYTES: usize = 1 << 20;

/// How long an answer is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// The server answers from memory.
    Health,
    /// Somebody waits for the answer.
    Read,
    /// Rows are written.
    Insert,
    /// The server has work to do.
    Work,
}

impl Patience {
    fn limit(self) -> Duration {
        match self {
            Self::Health => HEALTH_TIMEOUT,
            Self::Read => READ_TIMEOUT,
            Self::Insert => INSERT_TIMEOUT,
            Self::Work => WORK_TIMEOUT,
        }
    }

    fn body_limit(self) -> Duration {
        match self {
            Self::Health => HEALTH_TIMEOUT,
            Self::Read | Self::Insert | Self::Work => BODY_TIMEOUT,
        }
    }
}

/// How servers are reached: by which roots they are trusted, and what is sent to show who asks.
#[derive(Clone)]
pub(crate) struct Access {
    agent: Agent,
    headers: Vec<(&'static str, String)>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Access(..)")
    }
}

impl Access {
    pub(crate) fn new(
        certificates: Option<&Path>,
        user: Option<&str>,
        password: Option<&str>,
    ) -> Result<Self, Problem> {
        let roots = match certificates {
            Some(file) => RootCerts::from(own_roots(file)?),
            None => roots_of_the_build(),
        };
        // A database is near: no proxy of the environment stands before it, and none may see what goes there.
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .max_idle_age(MAX_IDLE_AGE)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .build();
        // Without a name a server knows nobody, as soon as a password is stated.
        let user = user.or(password.map(|_| "default")).map(|user| ("x-clickhouse-user", user.to_owned()));
        let password = password.map(|password| ("x-clickhouse-key", password.to_owned()));
        Ok(Self { agent: config.new_agent(), headers: user.into_iter().chain(password).collect() })
    }

    /// Sends a request and reads the whole answer.
    pub(crate) fn send(
        &self,
        url: &str,
        parameters: &[(&str, &str)],
        body: &[u8],
        patience: Patience,
    ) -> Result<Vec<u8>, Problem> {
        let url = with_parameters(url, parameters);
        let mut request = self
            .agent
            .post(&url)
            .config()
            .timeout_send_body(Some(patience.limit()))
            .timeout_recv_response(Some(patience.limit()))
            .timeout_recv_body(Some(patience.body_limit()))
            .build();
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let response = request.send(body).map_err(|error| unreachable(&error))?;
        let status = response.status().as_u16();
        let most = if status == 200 { MAX_ANSWER_BYTES } else { MAX_ERROR_BYTES };
        let mut answer = Vec::new();
        let read = response.into_body().into_reader().take(most).read_to_end(&mut answer);
        match read {
            _ if status != 200 => Err(refused(status, &answer)),
            Err(error) => Err(cut(&error)),
            Ok(read) if read as u64 == most => Err(Problem::Answer("it is longer than any answer should be")),
            Ok(_) => Ok(answer),
        }
    }
}

/// The address with parameters behind it.
fn with_parameters(url: &str, parameters: &[(&str, &str)]) -> String {
    let mut text = url.to_owned();
    for (number, (name, value)) in parameters.iter().enumerate() {
        text.push(if number == 0 { '?' } else { '&' });
        text.push_str(name);
        text.push('=');
        for byte in value.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                    text.push(char::from(byte))
                }
                _ => text.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    text
}

/// What is wrong with a server whose answer began and does not end.
fn cut(error: &std::io::Error) -> Problem {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<ureq::Error>());
    match cause {
        Some(timeout @ ureq::Error::Timeout(_)) => unreachable(timeout),
        _ => Problem::Unreachable(format!("its answer is cut: {error}")),
    }
}

fn not_encrypted(error: &dyn std::fmt::Display) -> String {
    format!(
        "the encrypted connection fails ({error}); check the certificates, and that the address is one for https"
    )
}

fn unreachable(error: &ureq::Error) -> Problem {
    use ureq::Error;
    let why = match error {
        Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
            "it is not reached within the time limit".to_owned()
        }
        Error::Timeout(_) => "it does not answer within the time limit".to_owned(),
        Error::HostNotFound => "its name is not known; check the address".to_owned(),
        Error::Tls(_) | Error::Rustls(_) | Error::Pem(_) => not_encrypted(error),
        // So ends a handshake in which the certificate is not trusted, or with what does not speak TLS.
        Error::Io(error) if error.kind() == ErrorKind::InvalidData => not_encrypted(error),
        Error::Io(error) if error.kind() == ErrorKind::ConnectionRefused => {
            "it refuses the connection; check the address, and that ClickHouse runs there".to_owned()
        }
        error => format!("it cannot be reached: {error}"),
    };
    Problem::Unreachable(why)
}

/// What a server says in words: `Code: 60, e.displayText() = DB::Exception: Table … doesn't exist., e.what() = …`.
fn refused(status: u16, answer: &[u8]) -> Problem {
    let text = String::from_utf8_lossy(answer);
    let text = text.trim();
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    let code = text.split_once("Code: ").and_then(|(_, rest)| digits(rest).parse().ok()).unwrap_or(0);
    let words = text.split(", e.what()").next().unwrap_or(text);
    let words = words.split_once("DB::Exception: ").map_or(words, |(_, words)| words);
    let words: String = words.chars().filter(|c| !c.is_control()).take(500).collect();
    Problem::Refused(code, format!("it answers with an error: {words} (code {code}, HTTP {status})"))
}

/// The certificates of a file.
fn own_roots(file: &Path) -> Result<Vec<Certificate<'static>>, Problem> {
    let wrong = |what: String| Problem::Setup(format!("the file of certificates {} {what}", file.display()));
    let text = named::content(file, MAX_CERTIFICATES_BYTES)
        .map_err(|error| wrong(format!("cannot be read: {}", std::io::Error::from(error))))?;
    let items: Result<Vec<PemItem<'_>>, ureq::Error> = parse_pem(&text).collect();
    let items = items.map_err(|_| wrong("holds something that is no PEM".to_owned()))?;
    let certificates = items.into_iter().filter_map(|item| match item {
        PemItem::Certificate(certificate) => Some(certificate.to_owned()),
        _ => None,
    });
    let certificates: Vec<_> = certificates.collect();
    if certificates.is_empty() { Err(wrong("holds no certificate".to_owned())) } else { Ok(certificates) }
}

fn roots_of_the_build() -> RootCerts {
    match aboveboard_roots::roots() {
        aboveboard_roots::Roots::Bundled => RootCerts::WebPki,
        aboveboard_roots::Roots::System(certificates) => {
            let certificate = |der: &Vec<u8>| Certificate::from_der(der).to_owned();
            RootCerts::from(certificates.iter().map(certificate).collect::<Vec<_>>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_spelled_so_that_it_arrives_as_it_is() {
        let url = with_parameters("http://h:1/", &[("query", "SELECT 'a+b' & 1"), ("x", "é")]);
        assert_eq!(url, "http://h:1/?query=SELECT%20%27a%2Bb%27%20%26%201&x=%C3%A9");
    }

    #[test]
    fn an_error_has_its_number_and_its_words() {
        let answer = b"Code: 60, e.displayText() = DB::Exception: Table a.b doesn't exist., e.what() = DB::Exception\n";
        let Problem::Refused(code, text) = refused(404, answer) else { panic!("no refusal") };
        assert_eq!(
            (code, text.as_str()),
            (60, "it answers with an error: Table a.b doesn't exist. (code 60, HTTP 404)")
        );
        let Problem::Refused(code, _) = refused(502, b"<html>bad gateway") else { panic!("no refusal") };
        assert_eq!(code, 0);
    }
}
