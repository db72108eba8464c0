//! Installations that are made up: who there is, what each of them does in each quarter, and so every true number.

use aboveboard_published::counted;
use aboveboard_store::contributions::{
    Contribution, ContributionRequest, ContributionSource, Layout, LayoutGroup, LayoutTable, Subject,
    TableForm,
};
use aboveboard_store::read::ReadResult;
use aboveboard_types::declaration::Component;
use hmac_sha256::Hash;

/// How many are new in each quarter.
const NEW: [u32; 7] = [64, 240, 235, 250, 640, 370, 420];

/// How many hundredths of those of a quarter are there in the next.
const STAYING: u32 = 72;

/// Platforms with how many thousandths have them; the rest has the last.
const PLATFORMS: [(&str, u32); 7] = [
    ("linux/x86_64", 530),
    ("macos/aarch64", 215),
    ("windows/x86_64", 130),
    ("linux/aarch64", 70),
    ("macos/x86_64", 30),
    ("freebsd/x86_64", 15),
    ("windows/aarch64", 10),
];

/// How many thousandths of the users of a command line use each command, and of how many of these it fails.
const COMMANDS: [(&str, u32, u32); 9] = [
    ("init", 880, 40),
    ("migrate apply", 830, 90),
    ("migrate create", 760, 30),
    ("console", 600, 20),
    ("metadata export", 430, 60),
    ("metadata apply", 400, 260),
    ("version", 260, 5),
    ("migrate status", 150, 60),
    ("metadata clear", 90, 150),
];

/// Entries of a table that adds up, from the first on, have this many thousandths of those that are left.
const OF_THE_LEFT: u32 = 420;

/// The installations of one quarter.
pub(crate) struct Crowd<'a> {
    /// From 0.
    pub(crate) quarter: usize,
    /// Its id.
    pub(crate) period: &'a str,
    /// Release lines that there are by then, in order.
    pub(crate) lines: &'a [&'a str],
    /// A platform and a release line whose reports are missing.
    pub(crate) missing: Option<[&'a str; 2]>,
    /// Only one in so many is there.
    pub(crate) one_in: u32,
}

/// One of them.
#[derive(Clone, Copy)]
struct Installation {
    number: u32,
    born: usize,
}

impl Installation {
    /// A number below 1000 that is always the same.
    fn roll(self, what: &str) -> u32 {
        let digest = Hash::hash(format!("{} {what}", self.number).as_bytes());
        digest.iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) % 1000
    }

    fn is_there(self, quarter: usize) -> bool {
        (self.born + 1..=quarter).all(|at| self.roll(&format!("stays {at}")) < STAYING * 10)
    }

    fn component(self) -> Component {
        if self.roll("component") < 390 { Component::Server } else { Component::Cli }
    }

    fn platform(self) -> &'static str {
        let mut left = self.roll("platform");
        for (name, of_1000) in PLATFORMS {
            if left < of_1000 {
                return name;
            }
            left -= of_1000;
        }
        PLATFORMS[0].0
    }

    /// Most have the newest line or the one before.
    fn line<'l>(self, lines: &[&'l str], quarter: usize) -> &'l str {
        let back = match self.roll(&format!("line {quarter}")) {
            0..480 => 0,
            480..850 => 1,
            850..960 => 2,
            960..985 => 3,
            _ => return "other",
        };
        lines.iter().rev().nth(back).or(lines.first()).copied().unwrap_or("other")
    }

    /// The cells of a table to which it adds.
    fn cells(self, crowd: &Crowd<'_>, table: &LayoutTable) -> Vec<usize> {
        let place = |key: &str| table.cells.iter().position(|cell| cell == key).into_iter().collect();
        match &table.subject {
            Subject::Active => vec![0],
            Subject::Age => vec![(crowd.quarter - self.born).min(2)],
            Subject::Component => place(self.component().name()),
            Subject::Platform => place(self.platform()),
            Subject::Version => place(self.line(crowd.lines, crowd.quarter)),
            Subject::CommandsWorked => self.commands(table, false),
            Subject::CommandsFailing => self.commands(table, true),
            Subject::Event { .. } if self.migrates() => vec![0],
            Subject::Field { .. } if self.migrates() => vec![self.step(table)],
            Subject::Size { count } if table.form == TableForm::Several => {
                let has = |cell: &usize| self.roll(&format!("{count} {cell}")) < 620 / (*cell as u32 + 1);
                (0..table.cells.len()).filter(has).collect()
            }
            Subject::Size { .. } => vec![self.step(table)],
            _ => Vec::new(),
        }
    }

    fn migrates(self) -> bool {
        self.roll("migrate apply") < 830
    }

    fn commands(self, table: &LayoutTable, fails: bool) -> Vec<usize> {
        let is_in = |name: &str| {
            COMMANDS.iter().find(|(known, ..)| *known == name).is_some_and(|(_, used, failing)| {
                self.roll(name) < *used && (self.roll(&format!("{name} fails")) < *failing) == fails
            })
        };
        (0..table.cells.len()).filter(|cell| is_in(&table.cells[*cell])).collect()
    }

    fn step(self, table: &LayoutTable) -> usize {
        let goes_on = |step: &usize| self.roll(&format!("{} {step}", table.name)) >= OF_THE_LEFT;
        (0..table.cells.len() - 1).take_while(goes_on).count()
    }

    fn contribution(self, crowd: &Crowd<'_>, layout: &Layout) -> Contribution {
        let component = self.component();
        let fed = |group: &LayoutGroup| group.is_headline() || group.is_fed_by(component);
        let of_table = |(_, table, first): (&LayoutGroup, &LayoutTable, u32)| {
            self.cells(crowd, table).into_iter().map(move |cell| first + cell as u32)
        };
        let cells = layout.tables().filter(|(group, ..)| fed(group)).flat_map(of_table).collect();
        let value = counted::value(&Hash::hash(&self.number.to_be_bytes()));
        Contribution { component, cells, counted: Some(counted::of_period(&value, crowd.period)) }
    }
}

impl ContributionSource for Crowd<'_> {
    fn contributions(
        &self,
        request: &ContributionRequest<'_>,
        each: &mut dyn FnMut(&Contribution),
    ) -> ReadResult<()> {
        let born = NEW.iter().take(self.quarter + 1).enumerate();
        let born = born.flat_map(|(born, count)| std::iter::repeat_n(born, *count as usize));
        for (number, born) in born.enumerate() {
            let installation = Installation { number: number as u32, born };
            let is_missing = self.missing.is_some_and(|[platform, line]| {
                installation.platform() == platform && installation.line(self.lines, self.quarter) == line
            });
            let is_one = installation.number.is_multiple_of(self.one_in);
            if installation.is_there(self.quarter) && is_one && !is_missing {
                each(&installation.contribution(self, request.layout));
            }
        }
        Ok(())
    }
}
