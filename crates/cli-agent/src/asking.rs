//! The question or the notice after a command, where a person is, and what becomes of the answer.

use aboveboard_core::consent::{self, Asked, Choice, Host, Mode, Question, Surface};
use aboveboard_core::paths::Paths;
use aboveboard_types::declaration::Policy;
use aboveboard_types::envelope::Envelope;
use aboveboard_types::id::Id;
use aboveboard_types::{clock, encode};

use crate::prompt::{self, Prompt, Reply};
use crate::{Invocation, Settings, keyboard, terminal};

/// Whether this is a moment to ask: the command did not fail, a person typed it, and it is not one that people run to learn.
pub(crate) fn is_possible(invocation: &Invocation, failed: bool) -> bool {
    !failed
        && !aboveboard_command_line::is_quiet(&invocation.path)
        && terminal::has_prompt(&invocation.settings.environment, invocation.typed)
}

/// Asks or shows the notice, as the policy says, where a person is there to decide: the first time, or about what an
/// earlier answer did not cover (`wider`, in words). Nobody is asked where it cannot be kept that they were: the question
/// would come after every command. `before` is called before somebody is.
pub(crate) fn after(
    invocation: &Invocation,
    paths: &Paths,
    host: &Host,
    failed: bool,
    wider: &[String],
    before: impl FnOnce(),
) {
    if !is_possible(invocation, failed) {
        return;
    }
    let settings = &invocation.settings;
    let question = settings.question(host, Some(paths));
    if !is_open(&question, wider) {
        return;
    }
    let Ok(Some(endpoint)) = question.endpoint() else { return };
    // What was typed ahead was meant for something else, perhaps for the shell: it is neither read as an answer nor taken
    // away.
    if keyboard::is_typed_ahead() || Asked::keep(paths, clock::now()).is_err() {
        return;
    }
    before();
    if keyboard::is_typed_ahead() {
        return;
    }
    let prompt = Prompt {
        declaration: settings.declaration,
        hints: &settings.hints(),
        answer: paths.answer(),
        component: settings.component,
        endpoint: endpoint.as_str(),
        wording: settings.wording.as_ref().map(|wording| &*wording.text),
        wider,
    };
    let (choice, surface) = match settings.policy() {
        Policy::Ask => match prompt::ask(&prompt, &invocation.ends, || payload(invocation)) {
            Reply::Yes => (Choice::Yes, Surface::Question),
            Reply::No => (Choice::No, Surface::Question),
            Reply::Nothing => return,
        },
        Policy::Notice if prompt::show_notice(&prompt) => (Choice::Shown, Surface::Notice),
        _ => return,
    };
    // An opt-out is always stored. Anything else gives way to what was answered elsewhere while the question stood.
    if choice != Choice::No && !is_open(&question, wider) {
        prompt::say("Another answer was stored meanwhile; it stands.\n");
        return;
    }
    let answer = question.answer(choice, surface, clock::now());
    if let Err(error) = consent::store(&question, paths, &answer) {
        prompt::say(&format!("The answer could not be stored: {error}\n"));
    }
}

/// Whether it is still to be asked. A command may run for days between the decision and its end, and the question may
/// have been answered elsewhere.
fn is_open(question: &Question<'_>, wider: &[String]) -> bool {
    let decision = consent::decide(question);
    if wider.is_empty() {
        return decision.mode == Mode::Undecided;
    }
    decision.permit().is_some_and(|permit| permit.wider(question.declaration) == wider)
}

/// What this command would have been sent as, had it been allowed: the ids are placeholders.
fn payload(invocation: &Invocation) -> String {
    let settings = &invocation.settings;
    let declaration = settings.declaration;
    // A path that is not declared would not be sent; some declared one stands for it.
    let declared = declaration.commands.iter().find(|known| **known == invocation.path);
    let command = declared.or(declaration.commands.first()).map_or("", |known| &**known);
    let mut events = String::new();
    encode::push_event(&mut events, &Settings::example(command));
    let envelope = Envelope {
        revision: declaration.revision,
        batch: Id::NIL,
        installation: Id::NIL,
        header: settings.header_at(settings.paths().as_ref()),
        sequence: 0,
    };
    encode::seal(&declaration.product, &declaration.hash, &envelope, &events, &[])
}
