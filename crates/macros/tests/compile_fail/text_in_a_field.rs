tele::manifest!("telemetry.toml");

use telemetry::events::StartFinished;

fn main() {
    let name = String::from("jane");
    let _ = StartFinished { provider: Some(name), ..StartFinished::default() };
    let _ = StartFinished { took: Some("5s"), ..StartFinished::default() };
    let _ = StartFinished { status: Some(404), ..StartFinished::default() };
}
