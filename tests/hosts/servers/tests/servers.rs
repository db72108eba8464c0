//! Each server beside its twin without telemetry: the same answers, the same output, the same end. In README.md of the folder
//! above stands how hosts are compared.

use std::collections::BTreeMap;
use std::process::Stdio;

use harness::home::Home;
use harness::process::Process;
use ureq::http::Response;
use ureq::{Agent, Body};

/// The header by which a server with telemetry names itself to programs that it has answered.
const LINK: &str = "aboveboard-server";

/// A token that the operator has chosen.
const TOKEN: &str = "token-of-the-operator";

#[test]
fn axum() {
    hold("AXUM", env!("CARGO_BIN_EXE_hosts-axum-plain"), env!("CARGO_BIN_EXE_hosts-axum"));
}

#[test]
fn hyper() {
    hold("HYPER", env!("CARGO_BIN_EXE_hosts-hyper-plain"), env!("CARGO_BIN_EXE_hosts-hyper"));
}

/// Everything a client, and whoever started the server, sees of it.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    answers: Vec<(u16, BTreeMap<String, String>, String)>,
    code: Option<i32>,
}

struct Server {
    process: Process,
    address: String,
    home: Home,
}

impl Server {
    fn start(program: &str, variables: &[(&str, &str)]) -> Self {
        let home = Home::new();
        let mut command = home.program(program);
        command.current_dir(home.data()).envs(variables.iter().copied()).stderr(Stdio::piped());
        let mut process = Process::start(&mut command);
        let address = process.await_line("listening ");
        Self { process, address, home }
    }

    fn get(&self, path: &str, token: Option<&str>) -> Response<Body> {
        let mut request = client().get(format!("http://{}{path}", self.address));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        request.call().expect("an answer")
    }

    /// Uses the server as its clients do, and stops it.
    fn use_up(&mut self) -> Seen {
        let post = client().post(format!("http://{}/notes", self.address));
        let mut answers = vec![in_words(post.send("buy bread").expect("an answer"))];
        answers.extend(["/notes", "/none", "/"].map(|path| in_words(self.get(path, None))));
        Seen { answers, code: self.process.terminate() }
    }
}

fn client() -> Agent {
    Agent::config_builder().http_status_as_error(false).build().into()
}

fn in_words(mut answer: Response<Body>) -> (u16, BTreeMap<String, String>, String) {
    let of_twins = answer.headers().iter().filter(|(name, _)| !["date", LINK].contains(&name.as_str()));
    let text = |(name, value): (&ureq::http::HeaderName, &ureq::http::HeaderValue)| {
        (name.to_string(), value.to_str().unwrap_or_default().to_owned())
    };
    let headers = of_twins.map(text).collect();
    (answer.status().as_u16(), headers, answer.body_mut().read_to_string().expect("a text"))
}

fn hold(prefix: &str, plain: &str, embedded: &str) {
    let named = |name: &str| format!("{prefix}_{name}");
    let token = named("TELEMETRY_TOKEN");
    let first_delay = named("TELEMETRY_FIRST_DELAY");
    let endpoint = named("TELEMETRY_ENDPOINT");
    let private = named("TELEMETRY_ALLOW_PRIVATE");
    let switch = named("ENABLE_TELEMETRY");
    let told = [(&*token, TOKEN), (&*endpoint, "http://127.0.0.1:9"), (&*private, "true")];
    let expected = Server::start(plain, &[]).use_up();
    for state in ["on", "undecided", "off"] {
        let more = match state {
            "on" => &[(&*switch, "true"), (&*first_delay, "0")][..],
            "off" => &[(&*switch, "false")][..],
            _ => &[],
        };
        let mut server = Server::start(embedded, &[&told, more].concat());
        if cfg!(feature = "telemetry") {
            check_routes(&server, state);
        }
        assert_eq!(server.use_up(), expected, "{embedded}, {state}");
        let tells = cfg!(feature = "telemetry") && state != "off";
        let stderr = server.process.errors();
        assert_eq!(stderr.contains("sends usage data"), tells, "{state}: {stderr}");
        let files = server.home.files();
        assert_eq!(!files.is_empty(), tells, "{state}: {files:?}");
    }
}

/// The operator sees status and preview with the token and nobody without it; the console's routes know their caller.
fn check_routes(server: &Server, state: &str) {
    let (code, _, status) = in_words(server.get("/telemetry/status", Some(TOKEN)));
    assert_eq!(code, 200, "{state}: {status}");
    let mode = if state == "undecided" { "notice" } else { state };
    assert!(status.contains(&format!("\"mode\": \"{mode}\"")), "{state}: {status}");
    let refused = in_words(server.get("/telemetry/status", None));
    assert_ne!(refused.0, 200, "{refused:?}");
    let config = in_words(server.get("/telemetry/config", None));
    assert_eq!(config.0, 200, "{state}: {config:?}");
}
