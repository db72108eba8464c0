//! The question and the notice, shown once, on stderr, after a command has finished.
//!
//! The question is answered with a line: `y`, `n` (or nothing, which is the offered default), `show`. Only `y` and `n`
//! are answers. No line within the time limit, the end of input and an interrupt are none: nothing is recorded, and what is
//! stored is only that the question was put. An interrupt ends the question and not the program, whose exit code is its own.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use aboveboard_types::declaration::{Component, Declaration, Policy};

use crate::keyboard::Keyboard;
use crate::{Hints, terminal};

/// How long an answer is waited for. A person who reads the question has answered by then, and an unattended terminal waits
/// no longer.
pub(crate) const MAX_ANSWER_TIME: Duration = Duration::from_secs(20);

/// How many lines are read. Input that gives no answer in these comes from no person who wants to.
const MAX_LINES: usize = 4;

/// What a person answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Neither.
    Nothing,
}

/// What the question and the notice say.
#[derive(Debug)]
pub(crate) struct Prompt<'a> {
    /// What is declared.
    pub(crate) declaration: &'a Declaration,
    /// What a person does to change their mind.
    pub(crate) hints: &'a Hints,
    /// Where the answer is kept.
    pub(crate) answer: &'a Path,
    /// The component that is asked for.
    pub(crate) component: Component,
    /// The product's or its distributor's own text.
    pub(crate) wording: Option<&'a str>,
    /// Where data goes.
    pub(crate) endpoint: &'a str,
    /// What an earlier answer did not cover, in words; empty on the first time.
    pub(crate) wider: &'a [String],
}

impl Prompt<'_> {
    /// What question and notice have in common: what is reported, where it goes, for how long it is kept.
    fn facts(&self, reports: &str) -> String {
        let Declaration { name, controller, retention, policy_url, family, .. } = self.declaration;
        let mut text = String::from("\n");
        if let Some(wording) = self.wording {
            let _ = writeln!(text, "{}", terminal::printable(wording));
        }
        let commands = if self.declaration.commands.is_empty() {
            "that it is used and when"
        } else {
            "which of its commands are used, when, and which fail"
        };
        let _ = write!(
            text,
            "{name} {reports} {commands}, with its version, the operating\n\
             system, the architecture and a random id that stays until you opt out. It never reports arguments,\n\
             names, paths or messages.\n"
        );
        if self.declaration.server != Policy::Off && !self.declaration.commands.is_empty() {
            let _ = writeln!(
                text,
                "A command that talks to a server of {name} also reports that server's random id and version."
            );
        }
        let mut others =
            self.declaration.events.iter().filter(|event| event.component == self.component).peekable();
        if others.peek().is_some() {
            text.push_str("It also reports these events, with the values named here:\n");
        }
        for event in others {
            let fields: Vec<&str> = event.fields.iter().map(|field| &*field.name).collect();
            let fields = if fields.is_empty() { "that it happened".to_owned() } else { fields.join(", ") };
            let _ = writeln!(text, "  {}: {fields}", event.name);
        }
        let _ =
            writeln!(text, "The data goes to {} ({controller}) and is kept for {retention}.", self.endpoint);
        if let Some(period) = self.declaration.published_each() {
            let _ = writeln!(
                text,
                "How many installations do what is published each {period}, with noise that hides every single one."
            );
        }
        if !family.is_empty() {
            let _ =
                writeln!(text, "Your answer also holds for tools of the family `{family}` that never ask.");
        }
        if !policy_url.is_empty() {
            let _ = writeln!(text, "More: {policy_url}");
        }
        if !self.wider.is_empty() {
            text.push_str("New since you were asked:\n");
            for item in self.wider {
                let _ = writeln!(text, "  {}", terminal::printable(item));
            }
            text.push_str(
                "Yes covers it too. No turns everything off, also what you agreed to before, and deletes the id.\n",
            );
        }
        text
    }

    /// The notice: it informs, and asks nothing.
    pub(crate) fn notice(&self) -> String {
        format!(
            "{}This starts with the next command. To opt out: {}\n",
            self.facts("reports"),
            self.hints.verb("off").unwrap_or_else(|| set(&self.hints.variable(false)))
        )
    }

    /// What follows a yes.
    fn thanks(&self) -> String {
        let Some(off) = self.hints.verb("off") else {
            return format!("Thank you. To change your mind: {}\n", set(&self.hints.variable(false)));
        };
        format!(
            "Thank you. To change your mind: {off}\n\
             To have sent data deleted as well: {off} --forget\n\
             After `off` alone nobody can prove which data are yours.\n"
        )
    }

    /// What follows a no. No variable overrules it.
    fn refused(&self) -> String {
        match self.hints.verb("on") {
            Some(on) => format!("Nothing is recorded. To change your mind: {on}\n"),
            None => format!("Nothing is recorded. To be asked again: delete {}\n", self.answer.display()),
        }
    }

    /// What follows where there is no answer.
    fn unanswered(&self) -> String {
        let decide = match self.hints.verb("on") {
            Some(on) => format!("{on} | off"),
            None => format!("{}, or false", set(&self.hints.variable(true))),
        };
        format!("\nNo answer: nothing is recorded. Decide any time: {decide}\n")
    }
}

/// How to set a variable.
fn set(variable: &str) -> String {
    format!("set {variable} in the environment")
}

/// Shows the notice. False if it could not be written; then it was not shown.
pub(crate) fn show_notice(prompt: &Prompt<'_>) -> bool {
    Keyboard::take().is_some_and(|_lines| say(&prompt.notice()))
}

/// Asks, and waits for an answer within the limit or until `ends` is set. `payload` is what `show` prints.
pub(crate) fn ask(prompt: &Prompt<'_>, ends: &AtomicBool, payload: impl FnOnce() -> String) -> Reply {
    let Some(keyboard) = Keyboard::take() else { return Reply::Nothing };
    if !say(&prompt.facts("can report")) {
        return Reply::Nothing;
    }
    dialogue(payload, || keyboard.read_line(MAX_ANSWER_TIME, ends), say, prompt)
}

/// Asks until there is an answer, the time is over, or enough lines were none. Reading and writing are handed in, so
/// that tests need no terminal.
fn dialogue(
    payload: impl FnOnce() -> String,
    mut read: impl FnMut() -> Option<String>,
    mut say: impl FnMut(&str) -> bool,
    prompt: &Prompt<'_>,
) -> Reply {
    let mut payload = Some(payload);
    for _ in 0..MAX_LINES {
        if !say("May it? [y/N/show] ") {
            return Reply::Nothing;
        }
        let Some(line) = read() else {
            say(&prompt.unanswered());
            return Reply::Nothing;
        };
        match line.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => {
                say(&prompt.thanks());
                return Reply::Yes;
            }
            "" | "n" | "no" => {
                say(&prompt.refused());
                return Reply::No;
            }
            "s" | "show" => {
                let shown = payload.take().map_or_else(|| "(as above)".to_owned(), |payload| payload());
                say(&format!("This command would have been sent as:\n{shown}\n"));
            }
            _ => {
                say("Please answer y, n or show.\n");
            }
        }
    }
    Reply::Nothing
}

/// Writes to stderr; false if that did not work.
pub(crate) fn say(text: &str) -> bool {
    let mut stderr = std::io::stderr().lock();
    stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush()).is_ok()
}

#[cfg(test)]
mod tests {
    use aboveboard_types::declaration::{EventDeclaration, FieldDeclaration, FieldKind, Limits};

    use super::*;
    use crate::Calls;

    fn quarry() -> Hints {
        Hints::new(&Calls::Named("quarry telemetry".to_owned()), None, "QUARRY_ENABLE_TELEMETRY".to_owned())
    }

    fn prompt<'a>(hints: &'a Hints, declaration: &'a Declaration) -> Prompt<'a> {
        Prompt {
            declaration,
            hints,
            answer: Path::new("/home/ada/.config/quarry/consent"),
            component: Component::Cli,
            wording: None,
            endpoint: "https://telemetry.kiln.example",
            wider: &[],
        }
    }

    #[test]
    fn every_hint_names_what_exists_here() {
        let prompt_of = |calls: Calls| {
            let hints = Hints::new(&calls, None, "RG_ENABLE_TELEMETRY".to_owned());
            let prompt = prompt(&hints, &Declaration::EMPTY);
            [prompt.notice(), prompt.thanks(), prompt.refused(), prompt.unanswered()].join("")
        };
        let flag = prompt_of(Calls::Named("rg --telemetry=".to_owned()));
        for part in [
            "To opt out: rg --telemetry=off\n",
            "rg --telemetry=off --forget\n",
            ": rg --telemetry=on | off\n",
        ] {
            assert!(flag.contains(part), "{flag}");
        }
        let without = prompt_of(Calls::Unknown);
        for part in [
            "To opt out: set RG_ENABLE_TELEMETRY=false in the environment\n",
            "To change your mind: set RG_ENABLE_TELEMETRY=false in the environment\n",
            "To be asked again: delete /home/ada/.config/quarry/consent\n",
            "Decide any time: set RG_ENABLE_TELEMETRY=true in the environment, or false\n",
        ] {
            assert!(without.contains(part), "{without}");
        }
        assert!(!without.contains("--forget"), "{without}");
    }

    fn talk(lines: &[&str]) -> (Reply, String) {
        let mut lines = lines.iter();
        let mut shown = String::new();
        let reply = dialogue(
            || "{payload}".to_owned(),
            || lines.next().map(|line| (*line).to_owned()),
            |text| {
                shown.push_str(text);
                true
            },
            &prompt(&quarry(), &Declaration::EMPTY),
        );
        (reply, shown)
    }

    #[test]
    fn only_yes_and_no_are_answers() {
        for yes in ["y", "Y", "yes", " YES "] {
            assert_eq!(talk(&[yes]).0, Reply::Yes, "{yes:?}");
        }
        for no in ["n", "No", "", "  "] {
            assert_eq!(talk(&[no]).0, Reply::No, "{no:?}");
        }
        for lines in [&[][..], &["ja"], &["true"], &["1"], &["\u{3}"], &["what", "what", "what", "what", "y"]]
        {
            assert_eq!(talk(lines).0, Reply::Nothing, "{lines:?}");
        }
    }

    #[test]
    fn the_question_says_what_consent_covers_and_a_wording_comes_first_without_control_characters() {
        let fields = vec![FieldDeclaration::new("took".into(), FieldKind::Flag, "".into())];
        let event = |name: &'static str, component| {
            EventDeclaration::new(
                name.into(),
                component,
                fields.clone().into(),
                Limits::NONE,
                u32::MAX,
                "".into(),
            )
        };
        let declaration = Declaration::EMPTY
            .name("Kiln".into())
            .family("potters".into())
            .commands(vec!["fire".into()].into())
            .events(vec![event("glaze-mixed", Component::Cli), event("migrated", Component::Server)].into())
            .product("kiln".into())
            .revision(1)
            .hash("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef".into())
            .endpoint("https://telemetry.kiln.example".into())
            .ingest_key("kk_pub_1".into())
            .controller("Kiln e.V., Graz".into())
            .policy_url("".into())
            .retention("13 months".into())
            .terms("".into())
            .server(Policy::Off)
            .cli(Policy::Ask)
            .app(Policy::Off)
            .report_every(86_400)
            .commands_until(u32::MAX)
            .console_until(u32::MAX)
            .counts(vec![].into())
            .timings(vec![].into())
            .actions(vec![].into())
            .routes(vec![].into());
        let hints = quarry();
        let text = prompt(&hints, &declaration).facts("can report");
        for part in
            ["Kiln can report which of its commands", "random id", "  glaze-mixed: took\n", "`potters`"]
        {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
        assert!(!text.contains("migrated"), "that is the server's");
        assert!(!text.contains("published"), "{text}");
        let published = declaration.clone().publish_months(3);
        let text = prompt(&hints, &published).facts("can report");
        assert!(text.contains("is published each quarter, with noise"), "{text}");
        let wording = Some("Acme builds this.\n\u{1b}[2JIt can report more.");
        let notice = Prompt { wording, ..prompt(&hints, &declaration) }.notice();
        assert!(
            notice.starts_with("\nAcme builds this.\n[2JIt can report more.\nKiln reports which"),
            "{notice}"
        );
    }

    #[test]
    fn show_prints_the_payload_and_asks_again() {
        let (reply, shown) = talk(&["show", "s", "y"]);
        assert_eq!(reply, Reply::Yes);
        assert_eq!(shown.matches("{payload}").count(), 1);
        assert_eq!(shown.matches("[y/N/show]").count(), 3);
    }
}
