tele::manifest!("telemetry.toml");

use tele::{Bounded, Counts as _, Record as _};
use telemetry::events::{StartFinished, start_finished::Provider};

fn main() {
    let kinds = telemetry::counts::Kinds { r#type: 1, self_: 2, _3d: 3, two_words: 4 };
    let _ = telemetry::Counts { things: 1, kinds, bricks: 2, roofs: 3 }.report();
    let direction = telemetry::timings::jobs::Direction::Import;
    telemetry::timings::JOBS.record(telemetry::timings::jobs::Kind { direction }, std::time::Duration::from_secs(61));
    let provider = Some(Provider::from_external("whatever came from outside"));
    let status = Some(Bounded::constant::<404>());
    let _ = StartFinished { provider, status, ..StartFinished::default() }.event(0);
}
