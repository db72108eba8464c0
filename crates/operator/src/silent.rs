//! `aboveboard silent -- PROGRAM ARGUMENTS…`: whether a program that embeds this toolkit is silent where telemetry
//! is off, as strace shows it. For packagers, and for anybody who wants to see for themselves.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_testing::{OptOut, Silence, SilenceReport, SilenceRun};
use anyhow::{Context as _, bail};

use crate::inspect;

/// What `silent` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The product's id; without it, that of the one manifest in the program
    #[arg(long, value_name = "ID")]
    product: Option<String>,
    /// Something the program does by itself: part of a call as strace prints it, or of a line it prints (repeatable)
    #[arg(long, value_name = "TEXT")]
    allow: Vec<String>,
    /// A variable that the program needs (repeatable)
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    env: Vec<(String, String)>,
    /// A config file that turns telemetry off, by its path from the home directory (repeatable)
    #[arg(long, value_name = "PATH=TEXT", value_parser = pair)]
    config: Vec<(String, String)>,
    /// Where the stored answer is, by its path from the home directory [default: .config/ID/consent]
    #[arg(long, value_name = "PATH")]
    answer: Option<String>,
    /// The program takes no --enable-telemetry as its last argument
    #[arg(long)]
    no_flag: bool,
    /// The program may print before anybody has decided, as a server prints its notice
    #[arg(long)]
    not_undecided: bool,
    /// The program was built without telemetry: do not fail where it is silent with telemetry on, too
    #[arg(long)]
    without_telemetry: bool,
    /// The program does not end by itself: terminate it a second after it prints a line with this text
    #[arg(long, value_name = "TEXT")]
    until: Option<String>,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "PROGRAM")]
    program: Vec<OsString>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it with =")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let (program, arguments) = options.program.split_first().context("name a program")?;
    let product = match &options.product {
        Some(product) => product.clone(),
        None => product_of(program)?,
    };
    let mut silence = Silence::of(program, &product)
        .arguments(arguments)
        .allow(&options.allow)
        .flag(!options.no_flag)
        .undecided(!options.not_undecided)
        .control(!options.without_telemetry);
    for (name, value) in &options.env {
        silence = silence.variable((name, value));
    }
    for (path, text) in &options.config {
        silence = silence.opt_out(OptOut::named(format!("~/{path}")).file(path, text));
    }
    if let Some(answer) = &options.answer {
        silence = silence.answer(answer);
    }
    if let Some(until) = &options.until {
        silence = silence.until(until);
    }
    let report = silence.check().map_err(anyhow::Error::msg)?;
    show(&report);
    Ok(if report.is_silent() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The product whose manifest lies in the program.
fn product_of(program: &OsString) -> anyhow::Result<String> {
    let file = find(program).with_context(|| format!("there is no program {}", program.display()))?;
    let embedded = inspect::found_in(&file)?;
    let manifests = embedded.iter().filter_map(inspect::parsed);
    let mut products: Vec<String> = manifests.map(|manifest| manifest.product.id).collect();
    products.sort();
    products.dedup();
    match products.as_slice() {
        [product] => Ok(product.clone()),
        [] => bail!("{} holds no manifest; name the product: --product ID", file.display()),
        several => bail!("{} holds several; name one: --product {}", file.display(), several.join(" | ")),
    }
}

fn find(program: &OsString) -> Option<PathBuf> {
    let named = Path::new(program);
    if named.components().count() > 1 {
        return Some(named.to_owned());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(named)).find(|file| file.is_file())
}

fn show(report: &SilenceReport) {
    for run in &report.runs {
        output::data(&format!("{}  {}", if run.effects.is_empty() { "silent" } else { "LOUD  " }, run.name));
        run.effects.iter().for_each(|effect| output::data(&format!("          it {effect}")));
    }
    let SilenceRun { name, effects, .. } = &report.on;
    let seen = match effects.len() {
        0 => "silent too: this build or this command never records, or it did not run at all".to_owned(),
        marks => format!("{marks} marks, so there was something to see"),
    };
    output::data(&format!("compare {name}: {seen}"));
    if !report.isolated {
        output::message(
            "aboveboard: no network namespace could be made here, so the program met the real network",
        );
    }
}
