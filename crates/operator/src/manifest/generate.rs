//! `aboveboard manifest disclose`, `manifest types` and `manifest schema`: the documents made of a manifest or its grammar.

use std::path::PathBuf;
use std::process::ExitCode;

use aboveboard_agent::{manifest_file, output};
use aboveboard_manifest::Language;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::file::{load, write};

/// What `manifest disclose` takes.
#[derive(clap::Args)]
pub(crate) struct DiscloseOptions {
    /// The manifest
    file: PathBuf,
    /// Write HTML instead of Markdown
    #[arg(long)]
    html: bool,
    /// Write it to this file [default: stdout]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What `manifest types` takes.
#[derive(clap::Args)]
pub(crate) struct TypesOptions {
    /// The manifest
    file: PathBuf,
    /// What they are for: the page of a console, or a program in that language
    #[arg(long, default_value = "console", value_parser = language_parser())]
    language: Language,
    /// Write them to this file [default: stdout]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write nothing; exit 1 if the output file holds anything else
    #[arg(long, requires = "output")]
    check: bool,
}

/// What `manifest schema` takes.
#[derive(clap::Args)]
pub(crate) struct SchemaOptions {
    /// Write the reference page of the grammar (Markdown) instead
    #[arg(long)]
    reference: bool,
    /// Write it to this file [default: stdout]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn disclose(options: &DiscloseOptions) -> anyhow::Result<ExitCode> {
    let Some(manifest) = load(&options.file)? else { return Ok(ExitCode::FAILURE) };
    let page = if options.html { manifest.disclosure_html() } else { manifest.disclosure_markdown() };
    write(options.output.as_deref(), &page)
}

fn language_parser() -> impl TypedValueParser<Value = Language> {
    let find = |name: String| Language::ALL.iter().find(|(_, known)| *known == name).map(|(known, _)| *known);
    PossibleValuesParser::new(Language::ALL.map(|(_, name)| name))
        .try_map(move |name| find(name).ok_or("no such language"))
}

pub(crate) fn types(options: &TypesOptions) -> anyhow::Result<ExitCode> {
    let Some(manifest) = load(&options.file)? else { return Ok(ExitCode::FAILURE) };
    let types = manifest.types(options.language);
    match &options.output {
        Some(output) if options.check => {
            if manifest_file::content(output)? == types.as_bytes() {
                return Ok(ExitCode::SUCCESS);
            }
            let output = output.display();
            let file = options.file.display();
            output::message(&format!("{output} is not what {file} gives: run it again without --check"));
            Ok(ExitCode::FAILURE)
        }
        output => write(output.as_deref(), &types),
    }
}

pub(crate) fn schema(options: &SchemaOptions) -> anyhow::Result<ExitCode> {
    let text =
        if options.reference { aboveboard_manifest::reference() } else { aboveboard_manifest::schema() };
    write(options.output.as_deref(), &text)
}
