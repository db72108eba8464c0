tele::manifest!("telemetry.toml");

use tele::Bounded;
use telemetry::events::StartFinished;

fn main() {
    let _ = StartFinished { status: Some(Bounded::constant::<600>()), ..StartFinished::default() };
}
