//! Many installations without a program each: what they would export on a machine without a network, and what is true of
//! them.
//!
//! What an installation is and does follows from its number alone, so a test can say what a collector has to find.

use std::ops::Range;

use aboveboard_types::declaration::{Component, Declaration};
use aboveboard_types::encode;
use aboveboard_types::envelope::{Envelope, Header, Marks};
use aboveboard_types::event::{Command, Ending, Event, EventKind, Report};
use aboveboard_types::hand_over;
use aboveboard_types::id::Id;
use aboveboard_types::possession::{Possession, Purpose};
use aboveboard_types::value::{Channel, Version};

/// Seconds of a day.
const DAY: u64 = 86_400;

/// The host at which the installations are what they are.
pub const HOST: &str = "telemetry.example";

/// One installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member(pub u32);

impl Member {
    /// Every fifth is a server, the others command line programs.
    #[must_use]
    pub fn component(self) -> Component {
        if self.0.is_multiple_of(5) { Component::Server } else { Component::Cli }
    }

    /// Two thirds run 1.4, a third 1.5.
    #[must_use]
    pub fn version(self) -> Version {
        let minor = if self.0.is_multiple_of(3) { 5 } else { 4 };
        Version { major: 1, minor, patch: 0, channel: Channel::Stable }
    }

    /// Three quarters are Linux, the others macOS.
    #[must_use]
    pub fn platform(self) -> (&'static str, &'static str) {
        if self.0.is_multiple_of(4) { ("macos", "aarch64") } else { ("linux", "x86_64") }
    }

    /// Whether a command line program uses the command of this place in the manifest: the first always, the next every second
    /// time, and so on.
    #[must_use]
    pub fn uses(self, command: u32) -> bool {
        self.component() == Component::Cli && (self.0 / 5).is_multiple_of(command + 1)
    }

    /// Whether the commands that it uses fail: those of every tenth do.
    #[must_use]
    pub fn fails(self) -> bool {
        self.0 % 10 == 3
    }

    /// The secret from which everything about it follows that others cannot know.
    #[must_use]
    pub fn secret(self) -> [u8; 32] {
        let mut secret = [7; 32];
        secret[..4].copy_from_slice(&self.0.to_be_bytes());
        secret
    }

    fn possession(self, product: &str) -> Possession {
        Possession::of(&self.secret(), product, HOST)
    }

    /// Its id.
    #[must_use]
    pub fn id(self, product: &str) -> Id {
        self.possession(product).id()
    }
}

/// What these installations recorded on a day, numbered since 1970: a hand-over file with a batch of each.
///
/// # Panics
/// If the declaration has no commands or counts for one of them.
#[must_use]
pub fn exported(declaration: &Declaration, members: Range<u32>, day: u32) -> String {
    members.map(|member| line(declaration, Member(member), day)).collect()
}

fn line(declaration: &Declaration, member: Member, day: u32) -> String {
    let possession = member.possession(&declaration.product);
    let noon = u64::from(day) * DAY + DAY / 2;
    let (os, arch) = member.platform();
    let mut random = [0; 16];
    random[..4].copy_from_slice(&member.0.to_be_bytes());
    random[4..8].copy_from_slice(&day.to_be_bytes());
    let mut batch = random;
    batch[..2].copy_from_slice(&u16::try_from(day).expect("a day of this century").to_be_bytes());
    batch[8..12].copy_from_slice(&member.0.to_be_bytes());
    let mut body = String::new();
    for event in events(declaration, member, noon, random) {
        if !body.is_empty() {
            body.push(',');
        }
        encode::push_event(&mut body, &event);
    }
    let envelope = Envelope {
        revision: declaration.revision,
        batch: Id::from_custom(batch),
        installation: possession.id(),
        header: Header {
            component: member.component(),
            version: member.version(),
            os,
            arch,
            marks: Marks::default(),
        },
        sequence: u64::from(day),
    };
    let body = encode::seal(&declaration.product, &declaration.hash, &envelope, &body, &[]);
    let proof = possession.proof(Purpose::Send);
    hand_over::line(HOST, &declaration.ingest_key, envelope.batch, &proof, body.as_bytes()).expect("a line")
}

fn events(declaration: &Declaration, member: Member, time: u64, random: [u8; 16]) -> Vec<Event<'_>> {
    if member.component() == Component::Server {
        return vec![Event { time, kind: EventKind::Report(Report::empty(declaration)) }];
    }
    let ending = if member.fails() { Ending::Error } else { Ending::Success };
    let mut used = Vec::new();
    for (place, command) in (0..).zip(declaration.commands.iter()).filter(|(place, _)| member.uses(*place)) {
        let mut run = random;
        run[12..].copy_from_slice(&u32::to_be_bytes(place));
        let run = Id::from_random(run);
        let kind = EventKind::Command(Command { command, run, ending, server: None, server_version: None });
        used.push(Event { time, kind });
    }
    used
}
