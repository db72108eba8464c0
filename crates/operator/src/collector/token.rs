//! `aboveboard collector token`: who may read and operate a collector.

use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::{Scope, StoredToken, TokenChange, upkeep};
use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use super::{CollectorArguments, Target, client, refused};

/// What is done with tokens.
#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    /// Makes a token and prints it, this once; the collector keeps its hash
    New(NewOptions),
    /// Lists the tokens and the cookies of browsers, without what opens them
    List(ListOptions),
    /// Ends a token, or the cookie of a browser, at once
    Revoke(NamedOptions),
    /// Replaces a token by a new one with the same name, products and scope; the old one ends at once
    Rotate(NamedOptions),
    /// Prints a link that lets a browser read the page; it is good once and for ten minutes
    Link(LinkOptions),
}

/// What `collector token new` takes.
#[derive(clap::Args)]
pub(crate) struct NewOptions {
    #[command(flatten)]
    collector: CollectorArguments,
    /// What the audit log and `list` call it
    name: String,
    /// What it allows: to read, or also to push, erase and so on
    #[arg(long, value_enum, default_value_t = ScopeName::Read)]
    scope: ScopeName,
    /// A product that it is for; may be repeated [default: every product]
    #[arg(long = "product", value_name = "PRODUCT")]
    products: Vec<String>,
}

/// What `collector token list` takes.
#[derive(clap::Args)]
pub(crate) struct ListOptions {
    #[command(flatten)]
    collector: CollectorArguments,
    /// Print the list as JSON
    #[arg(long)]
    json: bool,
}

/// What the verbs about one token take.
#[derive(clap::Args)]
pub(crate) struct NamedOptions {
    #[command(flatten)]
    collector: CollectorArguments,
    /// The token's name
    name: String,
}

/// What `collector token link` takes.
#[derive(clap::Args)]
pub(crate) struct LinkOptions {
    #[command(flatten)]
    collector: CollectorArguments,
    /// The address under which a browser reaches the page, as through a proxy [default: the collector's own]
    #[arg(long, value_name = "URL", value_parser = client::address)]
    page: Option<String>,
}

/// The scopes by their names.
#[derive(Clone, Copy, clap::ValueEnum)]
enum ScopeName {
    /// The page, its tables and rows, and metrics
    Read,
    /// All of it, and what changes something
    Operate,
}

pub(crate) fn run(verb: &Verb) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::New(options) => make(options),
        Verb::List(options) => list(options),
        Verb::Revoke(options) => {
            change(&options.collector, &TokenChange::Revoke { name: options.name.clone() })?;
            output::message(&format!("`{}` opens nothing any more", options.name));
            Ok(ExitCode::SUCCESS)
        }
        Verb::Rotate(options) => {
            let token = change(&options.collector, &TokenChange::Rotate { name: options.name.clone() })?;
            show(&options.name, token)
        }
        Verb::Link(options) => link(options),
    }
}

fn make(options: &NewOptions) -> anyhow::Result<ExitCode> {
    let scope = match options.scope {
        ScopeName::Read => Scope::Read,
        ScopeName::Operate => Scope::Operate,
    };
    let products = (!options.products.is_empty()).then(|| options.products.clone());
    let made = TokenChange::Make { name: options.name.clone(), scope, products };
    show(&options.name, change(&options.collector, &made)?)
}

fn show(name: &str, token: Option<String>) -> anyhow::Result<ExitCode> {
    output::data(&token.context("the collector made no token")?);
    output::message(&format!(
        "this is the token `{name}`: it is shown this once, and the collector keeps its hash"
    ));
    Ok(ExitCode::SUCCESS)
}

fn change(collector: &CollectorArguments, change: &TokenChange) -> anyhow::Result<Option<String>> {
    match collector.find()? {
        Target::Running { operator, .. } => {
            operator.require_socket()?;
            let answer = operator.post("/local/tokens", &serde_json::to_value(change)?)?;
            ensure!(answer.status == 200, "nothing was changed: {}", answer.reason());
            let answer: Value = serde_json::from_str(&answer.body)?;
            Ok(answer["token"].as_str().map(ToOwned::to_owned))
        }
        Target::Stopped(place) => upkeep::change_token(&place, change).map_err(refused),
    }
}

fn list(options: &ListOptions) -> anyhow::Result<ExitCode> {
    let tokens: Vec<StoredToken> = match options.collector.find()? {
        Target::Running { operator, .. } => {
            operator.require_socket()?;
            let answer = operator.get("/local/tokens")?;
            ensure!(answer.status == 200, "{}", answer.reason());
            serde_json::from_str(&answer.body)?
        }
        Target::Stopped(place) => upkeep::tokens(place.directory()).map_err(refused)?,
    };
    if options.json {
        let mut list = serde_json::to_value(&tokens)?;
        for token in list.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            token.remove("hash");
        }
        output::data(&list.to_string());
        return Ok(ExitCode::SUCCESS);
    }
    for token in tokens {
        let scope = match token.scope {
            Scope::Read => "read",
            Scope::Operate => "operate",
        };
        let products = token.products.map_or("every product".to_owned(), |products| products.join(" "));
        output::data(&format!("{}  {scope}  {products}  {}", token.name, token.created));
    }
    Ok(ExitCode::SUCCESS)
}

fn link(options: &LinkOptions) -> anyhow::Result<ExitCode> {
    let Target::Running { operator, .. } = options.collector.find()? else {
        bail!(
            "no collector runs on the data directory, and a link is good only while the one that made it runs"
        )
    };
    operator.require_socket()?;
    let (address, path) = operator.new_link()?;
    let page = options.page.as_deref().unwrap_or(&address);
    output::data(&format!("{}{path}", page.trim_end_matches('/')));
    output::message(
        "open this link within ten minutes; it is good once, and lets the browser read for thirty days",
    );
    Ok(ExitCode::SUCCESS)
}
