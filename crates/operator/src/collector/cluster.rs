//! `aboveboard collector nodes`, `retire-node`, `retire-replica` and `key`: what several collectors of one cluster have in common.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::ClusterNode;
use aboveboard_collector::config::NodeNumber;
use aboveboard_collector::upkeep::{self, Retirement};
use aboveboard_files::{Errno, named};
use aboveboard_types::hex;
use anyhow::{Context as _, anyhow, bail, ensure};

use super::{CollectorArguments, Target, refused};

/// What `collector nodes` takes.
#[derive(clap::Args)]
pub(crate) struct NodesOptions {
    #[command(flatten)]
    collector: CollectorArguments,
    /// Print the collectors as JSON
    #[arg(long)]
    json: bool,
}

/// What `collector retire-node` takes.
#[derive(clap::Args)]
pub(crate) struct RetireNodeOptions {
    #[command(flatten)]
    collector: CollectorArguments,
    /// The collector that is gone for good: the 16 digits that `collector nodes` prints
    node: NodeNumber,
}

/// What `collector retire-replica` takes.
#[derive(clap::Args)]
pub(crate) struct RetireReplicaOptions {
    #[command(flatten)]
    collector: CollectorArguments,
    /// The server that is gone for good, by its address in the configuration: http://a:8123
    server: String,
}

/// What `collector key` takes.
#[derive(clap::Args)]
pub(crate) struct KeyOptions {
    /// The key, a new file that its owner alone can read; every collector of the cluster gets a copy
    file: PathBuf,
}

pub(crate) fn nodes(options: &NodesOptions) -> anyhow::Result<ExitCode> {
    let nodes: Vec<ClusterNode> = match options.collector.find()? {
        Target::Running { operator, .. } => {
            operator.require_socket()?;
            let answer = operator.get("/local/nodes")?;
            ensure!(answer.status == 200, "{}", answer.reason());
            serde_json::from_str(&answer.body)?
        }
        Target::Stopped(place) => upkeep::nodes(&place).map_err(refused)?,
    };
    if options.json {
        output::data(&serde_json::to_string(&nodes)?);
        return Ok(ExitCode::SUCCESS);
    }
    for node in nodes {
        let settled = match node.settled_until.map(jiff::Timestamp::from_second).transpose()? {
            Some(until) => format!("all of it is in the cluster up to {until}"),
            None => "it has not said up to when all of it is in the cluster".to_owned(),
        };
        let words =
            [(node.is_own, "  this one"), (node.publishes, "  publishes"), (node.is_retired, "  retired")];
        let words: String = words.into_iter().filter_map(|(is_so, word)| is_so.then_some(word)).collect();
        output::data(&format!("{}  {settled}{words}", node.node));
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn retire_node(options: &RetireNodeOptions) -> anyhow::Result<ExitCode> {
    let node = options.node.to_string();
    retire(&options.collector, &Retirement::Node(node.clone()))?;
    output::message(&format!("days are closed without waiting for the collector {node}"));
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn retire_replica(options: &RetireReplicaOptions) -> anyhow::Result<ExitCode> {
    let RetireReplicaOptions { collector, server } = options;
    retire(collector, &Retirement::Replica(server.clone()))?;
    output::message(&format!(
        "the collectors ask the server {server} nothing any more, and their logs do not wait until it has what the others have"
    ));
    Ok(ExitCode::SUCCESS)
}

fn retire(collector: &CollectorArguments, what: &Retirement) -> anyhow::Result<()> {
    match collector.find()? {
        Target::Running { operator, .. } => {
            operator.require_socket()?;
            let answer = operator.post("/local/nodes", &serde_json::to_value(what)?)?;
            ensure!(answer.status == 204, "{}", answer.reason());
            Ok(())
        }
        Target::Stopped(place) => upkeep::retire(&place, what).map_err(refused),
    }
}

pub(crate) fn key(options: &KeyOptions) -> anyhow::Result<ExitCode> {
    let bytes = aboveboard_files::random::<32>()
        .context("the system gives no randomness now, so no key is made: try again")?;
    write(&options.file, &format!("{}\n", hex::encode(&bytes)))?;
    output::message(&format!(
        "{} is the key of a cluster: name it as `key-file` under [store], give every collector of the cluster the same, and keep a \
         copy where nobody else finds it. The cluster never gets it",
        options.file.display()
    ));
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    let mut file = match named::create(path) {
        Err(Errno::EXIST) => {
            bail!("{} is there already, and no key is written over: name a new file", path.display())
        }
        made => made.with_context(cannot)?.into_std(),
    };
    let directory =
        path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.and_then(|()| std::fs::File::open(directory)?.sync_all()).map_err(|error| {
        // Half a key is none.
        let _ = std::fs::remove_file(path);
        anyhow!(error).context(cannot())
    })
}
