tele::manifest!("telemetry.toml");

use telemetry::events::StartFinished;
use telemetry::events::start_finished::Provider;

fn main() {
    let _ = StartFinished { hostname: None, ..StartFinished::default() };
    let _ = StartFinished { provider: Some(Provider::Lima), ..StartFinished::default() };
    let _ = telemetry::events::Stopped::default();
    let _ = telemetry::commands::METADATA_DIFF;
}
