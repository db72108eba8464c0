//! A small program that embeds the agent; the tests of this crate run it as users would.
//!
//! Its environment says what a host would know: the build flag of a release is `false`, so endpoint and period
//! come from `TOOL_TELEMETRY_ENDPOINT` and `TOOL_TELEMETRY_PERIOD`.
#![forbid(unsafe_code)]

use std::borrow::Cow::Borrowed;
use std::io::{Read as _, Write as _};
use std::process::ExitCode;

use aboveboard_cli_agent::{Link, start};
use aboveboard_types::declaration::{Declaration, Policy, Text};
use clap::{Arg, ArgMatches, Command};

static COMMANDS: [Text; 6] = [
    Borrowed("good"),
    Borrowed("bad"),
    Borrowed("leave"),
    Borrowed("wait"),
    Borrowed("metadata apply"),
    Borrowed("serve"),
];

/// The digest of what is declared, as `manifest!` computes it when a program is built.
const AGREEMENT: &str = "8fccb444a3602ccd68078c5a91aafa56193d56c53ceb65055bf1479dbc55faae";

/// The key of the made-up site of the test kit, under the name of this product's.
static KEYS: [Text; 1] =
    [Borrowed("tool.example/figures+54265b9a+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c")];

const DECLARED: Declaration = Declaration::EMPTY
    .product(Borrowed("tool"))
    .name(Borrowed("Tool"))
    .revision(1)
    .hash(Borrowed("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"))
    .endpoint(Borrowed("https://telemetry.invalid"))
    .ingest_key(Borrowed("tk_pub_1"))
    .controller(Borrowed("Tool e.V., Berlin"))
    .retention(Borrowed("13 months"))
    .cli(Policy::Ask)
    .agreement(Borrowed(AGREEMENT))
    .report_every(86_400)
    .publish_site(Borrowed("https://tool.example/figures"))
    .publish_keys(Borrowed(&KEYS))
    .commands(Borrowed(&COMMANDS));

/// Asks before it records.
static ASKS: Declaration = DECLARED;

/// Tells before it records; the same program under the policy `notice`.
static TELLS: Declaration = DECLARED.product(Borrowed("teller")).name(Borrowed("Teller")).cli(Policy::Notice);

fn main() -> ExitCode {
    let product =
        if std::env::args().next().is_some_and(|name| name.ends_with("teller")) { &TELLS } else { &ASKS };
    let telemetry =
        start(product, env!("CARGO_PKG_VERSION")).config_with(|| std::env::var("TOOL_CONFIG").ok());
    let telemetry = match std::env::var("TOOL_WORDING") {
        Ok(name) => telemetry.wording(name, "Acme builds and supports this Tool."),
        Err(_) => telemetry,
    };
    let shape = std::env::var("TOOL_SHAPE").unwrap_or_default();
    if shape == "without clap" {
        let words: Vec<_> = std::env::args_os().skip(1).collect();
        let command = telemetry.command("good", None);
        return match words.split_first() {
            Some((first, verb)) if first == "privacy" => command.verb(verb),
            _ => command.run(|_link| ExitCode::SUCCESS),
        };
    }
    let telemetry = if shape == "own" { telemetry.verbs("tool privacy") } else { telemetry };
    let (matches, command) = telemetry.matches(shaped(&shape));
    if let Some(("privacy", words)) = matches.subcommand() {
        return command.verb(words.get_raw("words").into_iter().flatten());
    }
    let command = match matches.get_one::<String>("usage") {
        Some(usage) => command.switch(usage.as_str()),
        None => command,
    };
    let command = if std::env::var_os("TOOL_UNASKED").is_some() { command.unasked() } else { command };
    command.run(|link| work(&matches, &link))
}

/// The tree of a program of another shape.
fn shaped(shape: &str) -> Command {
    let usage = Arg::new("usage").long("usage");
    match shape {
        "flat" => Command::new("tool").arg(Arg::new("words").num_args(0..)).arg(usage),
        "plug-in" => Command::new("cargo").bin_name("cargo").subcommand(tree()).arg(usage),
        "own" => {
            let words = Arg::new("words").num_args(0..).trailing_var_arg(true).allow_hyphen_values(true);
            let privacy = Command::new("privacy").disable_help_flag(true).arg(words);
            let switch = Arg::new("mine")
                .long("enable-telemetry")
                .alias("report")
                .value_parser(clap::value_parser!(bool));
            tree().arg(usage).arg(switch).subcommand(privacy).subcommand(Command::new("telemetry"))
        }
        _ => tree().arg(usage),
    }
}

fn tree() -> Command {
    Command::new("tool")
        .version("1.2.3")
        .subcommand_required(true)
        .subcommand(Command::new("good").alias("fine").arg(Arg::new("secret").num_args(0..)))
        .subcommand(Command::new("bad"))
        .subcommand(Command::new("leave").about("Ends by process::exit(3)"))
        .subcommand(Command::new("panic"))
        .subcommand(Command::new("wait").about("Says `waiting`, then waits for the end of its input"))
        .subcommand(
            Command::new("metadata")
                .alias("md")
                .subcommand(Command::new("apply").visible_alias("a"))
                .subcommand(Command::new("undeclared")),
        )
        .subcommand(Command::new("serve").arg(Arg::new("header").required(true)))
        .subcommand(Command::new("completions"))
        .subcommand(Command::new("version"))
}

#[allow(clippy::panic, reason = "a host with a fault is what is tested")]
fn work(matches: &ArgMatches, link: &Link) -> ExitCode {
    let mut stdout = std::io::stdout();
    let _ = writeln!(stdout, "output");
    match matches.subcommand() {
        Some(("bad", _)) => ExitCode::from(7),
        Some(("leave", _)) => std::process::exit(3),
        Some(("panic", _)) => panic!("a fault of the host"),
        Some(("wait", _)) => {
            let _ = writeln!(stdout, "waiting").and_then(|()| stdout.flush());
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            ExitCode::SUCCESS
        }
        Some(("serve", serve)) => {
            let header = serve.get_one::<String>("header").map_or("", String::as_str);
            link.headers([(aboveboard_cli_agent::LINK_HEADER, header)]);
            ExitCode::SUCCESS
        }
        _ => ExitCode::SUCCESS,
    }
}
