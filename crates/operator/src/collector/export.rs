//! `aboveboard collector export`

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::export::{ExportFormat, ExportRequest, day};
use aboveboard_collector::upkeep;
use aboveboard_files::stdout::{self, Written};
use aboveboard_types::declaration::Component;
use anyhow::Context as _;

use super::{CollectorArguments, Progress, Target, refused};

/// What `collector export` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    collector: CollectorArguments,
    /// The product's id, as in its manifest
    #[arg(long, value_name = "PRODUCT", value_parser = product)]
    product: String,
    /// The first day, such as 2026-11-22 [default: the beginning]
    #[arg(long, value_name = "DAY", value_parser = a_day)]
    from: Option<String>,
    /// The last day [default: the newest]
    #[arg(long, value_name = "DAY", value_parser = a_day)]
    until: Option<String>,
    /// Only what this component recorded: server, cli, console or app
    #[arg(long, value_name = "COMPONENT", value_parser = component)]
    component: Option<Component>,
    /// Also data marked synthetic, test, ci, dev or unstable
    #[arg(long)]
    all: bool,
    /// How the rows are written
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// A new file, readable by its owner alone; `-` for stdout [default: stdout]
    file: Option<PathBuf>,
}

/// How rows are written.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    /// Every field in quotes; no cell is a formula
    Csv,
    /// One JSON object a line
    Jsonl,
}

/// Whether a text can be part of an address as it is.
pub(super) fn is_plain(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn product(text: &str) -> Result<String, String> {
    if is_plain(text) {
        Ok(text.to_owned())
    } else {
        Err("a product's id has only letters, digits, `-`, `_` and `.`".to_owned())
    }
}

fn a_day(text: &str) -> Result<String, String> {
    day(text).map(|_| text.to_owned()).ok_or_else(|| "a day is written as 2026-11-22".to_owned())
}

fn component(text: &str) -> Result<Component, String> {
    Component::parse(text).ok_or_else(|| "a component is one of server, cli, console, app".to_owned())
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    match options.file.as_deref().filter(|file| *file != Path::new("-")) {
        None => {
            let mut out = Stdout(Written::Whole);
            let written = write(options, &mut out);
            // Nobody reads the rest, or the end of the program says what it was lost to.
            if out.0 == Written::Whole {
                written?;
            }
        }
        Some(path) => {
            let progress = Progress::new("exporting");
            let made = to_file(options, path);
            drop(progress);
            let bytes = made.with_context(|| format!("no export was made at {}", path.display()))?;
            output::message(&format!(
                "the rows of {} are in {} ({bytes} bytes)",
                options.product,
                path.display()
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Standard output, and what became of what was written last.
struct Stdout(Written);

impl Write for Stdout {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0 = stdout::write(data);
        if self.0 == Written::Whole { Ok(data.len()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whole or not at all.
fn to_file(options: &Options, path: &Path) -> anyhow::Result<u64> {
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
    let written = write(options, &mut file).and_then(|()| Ok(file.sync_all()?));
    if let Err(error) = written {
        let _ = fs::remove_file(path);
        return Err(error);
    }
    Ok(file.metadata()?.len())
}

fn write(options: &Options, out: &mut dyn Write) -> anyhow::Result<()> {
    match options.collector.find()? {
        Target::Running { operator, .. } => {
            let mut rows = operator.stream(&path(options))?;
            // An export that fails midway ends without its last chunk, which is an error here.
            io::copy(&mut rows, out).context("the export broke off and is not complete")?;
        }
        Target::Stopped(place) => {
            let export = upkeep::export(&place, request(options)).map_err(refused)?;
            let mut export =
                export.with_context(|| format!("no product {} is known in {}", options.product, place))?;
            while let Some(piece) = export.piece().map_err(|error| refused(error.into()))? {
                out.write_all(piece.as_bytes()).context("the rows cannot be written")?;
            }
        }
    }
    Ok(())
}

fn request(options: &Options) -> ExportRequest {
    let form = match options.format {
        Format::Csv => ExportFormat::Csv,
        Format::Jsonl => ExportFormat::JsonLines,
    };
    let mut request = ExportRequest::of(&options.product, form);
    request.from = options.from.as_deref().and_then(day);
    request.until = options.until.as_deref().and_then(day);
    request.component = options.component;
    request.everything = options.all;
    request
}

/// The route for the same request. Every value was checked to need no escaping.
fn path(options: &Options) -> String {
    let ending = match options.format {
        Format::Csv => "csv",
        Format::Jsonl => "jsonl",
    };
    let mut path = format!("/api/rows.{ending}?product={}", options.product);
    let mut add = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            path.push_str(&format!("&{key}={value}"));
        }
    };
    add("from", options.from.as_deref());
    add("until", options.until.as_deref());
    add("component", options.component.map(Component::name));
    add("show", options.all.then_some("all"));
    path
}
