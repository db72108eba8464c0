//! The hosts: programs that do as little as a program of their kind can, with and without telemetry.

/// A kind of program.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    /// The name of its folder.
    pub(crate) name: &'static str,
    /// What it embeds, for the table.
    pub(crate) words: &'static str,
    /// The features of the facade.
    pub(crate) features: &'static [&'static str],
    /// What it depends on anyway, as in `Cargo.toml`.
    pub(crate) dependencies: &'static str,
    /// Its `main.rs` without telemetry.
    pub(crate) plain: &'static str,
    /// And with.
    pub(crate) embedded: &'static str,
}

const CLAP: &str = "clap = { version = \"4\", features = [\"derive\"] }\n";

const PLAIN_COMMAND: &str = r#"
#[derive(clap::Parser)]
enum Cli { Fire, Glaze }

fn main() {
    match <Cli as clap::Parser>::parse() { Cli::Fire => println!("fired"), Cli::Glaze => println!("glazed") }
}
"#;

/// Every verb, the question and the switch.
const COMMAND: &str = r#"
aboveboard::manifest!("telemetry.toml");

#[derive(clap::Parser)]
enum Cli { Fire, Glaze }

fn main() {
    let (cli, command) = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION")).parse::<Cli>();
    command.run(|_| match cli { Cli::Fire => println!("fired"), Cli::Glaze => println!("glazed") })
}
"#;

/// An event, and nothing that asks or shows.
const RECORD: &str = r#"
aboveboard::manifest!("telemetry.toml");

#[derive(clap::Parser)]
enum Cli { Fire, Glaze }

fn main() {
    match <Cli as clap::Parser>::parse() { Cli::Fire => println!("fired"), Cli::Glaze => println!("glazed") }
    let agent = aboveboard::cli::library(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let _ = agent.record(aboveboard::declaration::Component::Cli, telemetry::events::Cracked::default(), None);
}
"#;

const PLAIN_SERVER: &str = r#"
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let app = axum::Router::new().route("/", axum::routing::get(|| async { "fired" }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
"#;

const SERVER: &str = r#"
aboveboard::manifest!("telemetry.toml");

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let telemetry = aboveboard::server::Agent::new(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"))
        .directory("data")
        .counts(|| async { telemetry::Counts { pieces: 12 } })
        .start();
    let app = axum::Router::new().route("/", axum::routing::get(|| async { "fired" }));
    let app = app.layer(telemetry.layer()).merge(telemetry.router());
    let service = app.into_make_service_with_connect_info::<std::net::SocketAddr>();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    axum::serve(listener, service).await.unwrap();
    telemetry.shutdown().await;
}
"#;

/// The manifest of all.
pub(crate) const MANIFEST: &str = r#"grammar = 1

[product]
id = "kiln"
name = "Kiln"
revision = 1
endpoint = "https://telemetry.kiln.example"
ingest-key = "kiln_pub"
controller = "The Kiln project, Berlin"
contact = "privacy@kiln.example"
hosting = "DE"
retention = "90 days"

[consent]
cli = "ask"
server = "notice"

[defaults]
owner = "team@kiln.example"
since = 2026-11-01
until = 2028-11-01

[cli]
why = "Which commands are used, and which of them fail?"
chart = "table"
commands = ["fire", "glaze"]

[counts.pieces]
what = "pieces in the kiln"
why = "How large are kilns?"
chart = "distribution"
edges = [1, 10, 100]

[events.cracked]
component = "cli"
what = "a piece cracked"
why = "How often does a piece crack, and how often when it is cold?"
chart = "number"

[events.cracked.fields]
cold = { flag = true }
"#;

/// The rows of the table.
pub(crate) const KINDS: [Kind; 4] = [
    Kind {
        name: "alone",
        words: "a recorder alone (`recorder`, `library(…).record(…)`)",
        features: &["telemetry", "recorder"],
        dependencies: CLAP,
        plain: PLAIN_COMMAND,
        embedded: RECORD,
    },
    Kind {
        name: "shared",
        words: "a recorder with question and verbs, delivered by `aboveboard-agent` (`recorder`)",
        features: &["telemetry", "recorder"],
        dependencies: CLAP,
        plain: PLAIN_COMMAND,
        embedded: COMMAND,
    },
    Kind {
        name: "uploader",
        words: "the same with its own uploader (`cli`)",
        features: &["telemetry", "cli"],
        dependencies: CLAP,
        plain: PLAIN_COMMAND,
        embedded: COMMAND,
    },
    Kind {
        name: "server",
        words: "a server's agent, beside axum and tokio (`server`)",
        features: &["telemetry", "server"],
        dependencies: "axum = { version = \"0.8\", default-features = false, features = [\"http1\", \"tokio\"] }\n\
                       tokio = { version = \"1\", features = [\"macros\", \"net\", \"rt\", \"time\"] }\n",
        plain: PLAIN_SERVER,
        embedded: SERVER,
    },
];
