//! aboveboard's record path alone: decide, open, begin, end.

use aboveboard_core::consent::{Host, Question, decide};
use aboveboard_core::environment::Environment;
use aboveboard_core::paths::Paths;
use aboveboard_core::recorder::Recorder;
use aboveboard_peers::PRODUCT;
use aboveboard_types::declaration::Component;
use aboveboard_types::event::Ending;
use aboveboard_types::value::Version;

fn main() {
    let environment = Environment::process();
    let host = Host::default();
    let places = Paths::of_user(&PRODUCT, &environment);
    let question = Question {
        declaration: &PRODUCT,
        component: Component::Cli,
        host: &host,
        environment: &environment,
        places: places.as_ref(),
    };
    let Some(permit) = decide(&question).permit() else { return };
    let Some(places) = &places else { return };
    let header = environment.header(Component::Cli, Version::default(), true);
    let recorder = Recorder::open(permit, &PRODUCT, places, header);
    let now = aboveboard_types::clock::now();
    if let Ok(run) = recorder.begin("init", now) {
        let _ = run.end(Ending::Success, None, None);
    }
}
