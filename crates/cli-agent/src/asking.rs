//! The question or the notice after a command, where a person is, and what becomes of the answer.

use aboveboard_core::clock;
use aboveboard_core::consent::{self, Answer, Choice, Host, Mode, Question, Surface};
use aboveboard_core::declaration::Policy;
use aboveboard_core::envelope::Envelope;
use aboveboard_core::event::{self, Ending, Event, Kind};
use aboveboard_core::id::Id;
use aboveboard_core::paths::Paths;
use aboveboard_core::wire;

use crate::command::Command;
use crate::prompt::{self, Prompt, Reply};
use crate::{path, terminal};

/// Whether this is a moment to ask: somebody is there, and the command is not one that people run to learn.
pub(crate) fn is_possible(command: &Command) -> bool {
    !path::is_quiet(&command.path) && terminal::has_person(&command.agent.environment)
}

/// Asks or tells, as the policy has it, where somebody is there to decide: the first time, or about what an
/// earlier answer did not cover (`wider`, in words).
pub(crate) fn after(command: &Command, places: &Paths, host: &Host, failed: bool, wider: &[String]) {
    let agent = &command.agent;
    if !is_possible(command) {
        return;
    }
    let question = agent.question(host, Some(places));
    if !is_open(&question, wider) {
        return;
    }
    let Ok(Some(endpoint)) = question.endpoint() else { return };
    let matter = Prompt {
        declaration: agent.declaration,
        program: &command.program,
        component: agent.component,
        endpoint: endpoint.as_str(),
        wording: agent.wording.as_ref().map(|wording| &*wording.text),
        wider,
    };
    let (choice, surface) = match agent.declaration.policy(agent.component).unwrap_or(Policy::Off) {
        Policy::Ask => match prompt::ask(&matter, || payload(command, failed)) {
            Reply::Yes => (Choice::Yes, Surface::Question),
            Reply::No => (Choice::No, Surface::Question),
            Reply::Nothing => return,
        },
        Policy::Notice if prompt::tell(&matter) => (Choice::Shown, Surface::Notice),
        _ => return,
    };
    // A no is always kept. Anything else gives way to what was said elsewhere while the question stood.
    if choice != Choice::No && !is_open(&question, wider) {
        prompt::say("Another answer was stored meanwhile; it stands.\n");
        return;
    }
    let answer = Answer::new(choice, surface, clock::now(), &question);
    if let Err(error) = consent::answer::store(places, &answer) {
        prompt::say(&format!("The answer could not be kept: {error}\n"));
    }
}

/// Whether it is still to be asked. A command may run for days between the decision and its end, and somebody may
/// have answered elsewhere.
fn is_open(question: &Question<'_>, wider: &[String]) -> bool {
    let decision = consent::decide(question);
    let permit = decision.permit();
    if wider.is_empty() {
        decision.mode == Mode::Undecided
    } else {
        permit.is_some_and(|permit| permit.wider(question.declaration) == wider)
    }
}

/// What this command would have been sent as, had it been allowed: the ids are placeholders.
fn payload(command: &Command, failed: bool) -> String {
    let agent = &command.agent;
    let event = Event {
        time: clock::now(),
        kind: Kind::Command(event::Command {
            command: agent
                .declaration
                .commands
                .iter()
                .find(|known| **known == command.path)
                .or(agent.declaration.commands.first())
                .map_or("", |known| &**known),
            run: Id::NIL,
            ending: if failed { Ending::Error } else { Ending::Success },
            server: None,
            server_version: None,
        }),
    };
    let mut events = String::new();
    // A path that is not declared would not be sent; some declared one stands for it.
    wire::push_event(&mut events, &event);
    let envelope = Envelope {
        revision: agent.declaration.revision,
        batch: Id::NIL,
        installation: Id::NIL,
        header: agent.header(),
        sequence: 0,
    };
    wire::seal(&agent.declaration.product, &agent.declaration.hash, &envelope, &events, &[])
}
