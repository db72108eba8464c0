//! Built like OpenVINO: a tool that asks, and a library that obeys the answer given to the tool.

use std::process::ExitCode;

use aboveboard::cli::Link;
use aboveboard::declaration::Component;

use telemetry::events::{ModelCompressed, ModelConverted, model_compressed, model_converted};

aboveboard::manifest!("../../config/profiles/openvino.toml");

/// Converts a model.
#[derive(clap::Parser)]
#[command(name = "ovc", version)]
struct Converter {
    /// The framework the model comes from
    #[arg(long)]
    framework: String,
    /// The model
    model: String,
}

/// The tool.
pub(crate) fn tool() -> ExitCode {
    let telemetry = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let (converter, command) = telemetry.parse::<Converter>();
    command.run(|link| convert(&converter, &link))
}

fn convert(converter: &Converter, link: &Link) -> ExitCode {
    let failed = converter.model.ends_with(".broken");
    link.record(ModelConverted {
        framework: Some(model_converted::Framework::from_external(&converter.framework)),
        failed: Some(failed),
        stage: failed.then_some(model_converted::Stage::Load),
        ..ModelConverted::default()
    });
    if failed {
        crate::output::error(&format!("cannot load {}", converter.model));
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// A program of somebody's that uses the library: it has no switch, no question and no verbs of its own.
pub(crate) fn library() -> ExitCode {
    let telemetry = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let compressed = ModelCompressed {
        framework: Some(model_compressed::Framework::Pytorch),
        method: Some(model_compressed::Method::WeightCompression),
        ..ModelCompressed::default()
    };
    let _ = telemetry.record(Component::App, compressed, None);
    ExitCode::SUCCESS
}
