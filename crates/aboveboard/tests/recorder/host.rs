//! A program that records and shows, and leaves delivery to another: of two products, and set by variables as a test wants
//! it.

use std::process::ExitCode;
use std::time::Duration;

use clap::Command;

mod kiln {
    aboveboard::manifest!("tests/fixtures/kiln.toml");
}

/// The same product at its next revision.
mod kiln_2 {
    aboveboard::manifest!("tests/fixtures/kiln-2.toml");
}

mod loom {
    aboveboard::manifest!("tests/fixtures/loom.toml");
}

fn main() -> ExitCode {
    let said = |name: &str| std::env::var(name).ok();
    let product = match said("HOST").as_deref() {
        Some("loom") => &loom::telemetry::PRODUCT,
        Some("kiln-2") => &kiln_2::telemetry::PRODUCT,
        _ => &kiln::telemetry::PRODUCT,
    };
    let mut agent = aboveboard::cli::start(product, "1.0.0");
    if let Some(endpoint) = said("HOST_ENDPOINT") {
        agent = agent.endpoint(endpoint).allow_private(true);
    }
    if let Some(seconds) = said("HOST_INTERVAL").and_then(|seconds| seconds.parse().ok()) {
        agent = agent.every(Duration::from_secs(seconds));
    }
    if let Some(name) = said("HOST_WORDING") {
        agent = agent.wording(name, "A text of the distributor's own.");
    }
    if let Some(value) = said("HOST_CONFIG") {
        agent = agent.config_with(move || Some(value.clone()));
    }
    let commands = ["fire", "glaze"].map(Command::new);
    let (_, command) = agent.matches(Command::new("host").subcommand_required(true).subcommands(commands));
    command.run(|_| ExitCode::SUCCESS)
}
