aboveboard::manifest!("telemetry.toml");

use aboveboard::Bounded;
use telemetry::events::StartFinished;

fn main() {
    let _ = StartFinished { status: Some(Bounded::constant::<600>()), ..StartFinished::default() };
}
