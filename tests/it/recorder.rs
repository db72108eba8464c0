//! Programs without an uploader, and the agent that delivers for them.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;

use aboveboard_testing::Collector;
use aboveboard_types::declaration::Declaration;
use harness::binary;
use harness::home::Home;

/// The program, built as its maintainer builds it.
fn host() -> &'static PathBuf {
    static HOST: OnceLock<PathBuf> = OnceLock::new();
    HOST.get_or_init(|| {
        cargo("build", &["--example=recorder", "--quiet"]);
        binary("aboveboard").with_file_name("examples").join("recorder")
    })
}

fn cargo(verb: &str, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args([verb, "--package=aboveboard", "--no-default-features", "--features=telemetry,recorder"])
        .args(arguments)
        .arg("--offline")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn declaration(product: &str) -> &'static Declaration {
    let file = format!("{}/../crates/aboveboard/tests/fixtures/{product}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&file).expect("the manifest");
    let manifest = aboveboard_manifest::parse(&text, &file).expect("a sound manifest");
    Box::leak(Box::new(manifest.declaration()))
}

/// A user of two products, each with a collector that only the program's own code names.
struct User {
    home: Home,
    kiln: Collector,
    loom: Collector,
}

impl User {
    fn new() -> Self {
        let [kiln, loom] = ["kiln", "loom"].map(|product| Collector::start(declaration(product)));
        Self { home: Home::new(), kiln, loom }
    }

    fn command(&self, product: &str, arguments: &[&str]) -> Command {
        let collector = if product == "loom" { &self.loom } else { &self.kiln };
        let mut host = self.home.program(host());
        host.args(arguments).env("HOST", product).env("HOST_ENDPOINT", collector.endpoint());
        host.env("HOST_INTERVAL", "0");
        host
    }

    fn run(&self, product: &str, arguments: &[&str]) -> Output {
        self.command(product, arguments).output().expect("the host runs")
    }

    /// A user who said yes to this product and ran a command.
    fn uses(&self, product: &str) {
        assert!(self.run(product, &["telemetry", "on"]).status.success());
        assert!(self.run(product, &["fire"]).status.success());
    }

    fn state(&self, product: &str) -> PathBuf {
        self.home.path().join(format!(".local/state/{product}/telemetry"))
    }

    fn file(&self, product: &str) -> PathBuf {
        self.state(product).join("product")
    }

    /// What the agent says, and its exit code.
    fn deliver(&self) -> (Option<i32>, String) {
        let mut agent = self.home.program(binary("aboveboard-agent"));
        let output = agent.args(["deliver", "--explain"]).output().expect("the agent runs");
        assert_eq!(output.stdout, b"");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    fn arrived(&self) -> [usize; 2] {
        [self.kiln.batches().len(), self.loom.batches().len()]
    }
}

#[test]
fn a_recorder_builds_no_tls_no_http_client_and_no_serde() {
    let tree = cargo("tree", &["--edges=normal,no-proc-macro", "--prefix=none", "--format={lib}"]);
    let crates: Vec<_> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    assert!(crates.contains(&"aboveboard_cli_agent"), "{tree}");
    for absent in
        ["aboveboard_wire", "http", "ring", "rustls", "serde", "serde_json", "tokio", "ureq", "webpki_roots"]
    {
        assert!(!crates.contains(&absent), "{absent} is in the build:\n{tree}");
    }
}

#[test]
fn what_two_programs_without_an_uploader_recorded_is_delivered_by_the_agent_that_was_told_of_neither() {
    let user = User::new();
    assert_eq!(user.deliver(), (Some(0), "no program has left anything here to deliver\n".to_owned()));
    for product in ["kiln", "loom"] {
        user.uses(product);
        let file = fs::metadata(user.file(product)).expect("the product file");
        assert_eq!(file.permissions().mode() & 0o7777, 0o600);
    }
    assert_eq!(user.deliver(), (Some(0), "kiln:\n1 batch sent\nloom:\n1 batch sent\n".to_owned()));
    assert_eq!(user.arrived(), [1, 1]);
    // It is read as any manifest is, so that the user's verbs work on it too.
    let mut agent = user.home.program(binary("aboveboard-agent"));
    let sent = agent.arg("sent").arg("--manifest").arg(user.file("kiln")).output().expect("the agent runs");
    assert!(String::from_utf8_lossy(&sent.stdout).contains(&user.kiln.endpoint()), "{sent:?}");
    // Once it is there it is not written again.
    let written = fs::metadata(user.file("kiln")).and_then(|file| file.modified()).expect("a date");
    assert!(user.run("kiln", &["glaze"]).status.success());
    let still = fs::metadata(user.file("kiln")).and_then(|file| file.modified()).expect("a date");
    assert_eq!(written, still);
}

#[test]
fn each_product_is_delivered_by_its_own_consent() {
    let user = User::new();
    user.uses("kiln");
    user.uses("loom");
    // One refuses by its verb, which deletes its file too.
    assert!(user.run("kiln", &["telemetry", "off"]).status.success());
    assert!(!user.file("kiln").exists());
    assert_eq!(user.deliver(), (Some(0), "loom:\n1 batch sent\n".to_owned()));
    assert!(user.run("loom", &["fire"]).status.success());
    // Or by a variable, which only silences.
    let mut agent = user.home.program(binary("aboveboard-agent"));
    agent.args(["deliver", "--explain"]).env("LOOM_ENABLE_TELEMETRY", "false");
    let output = agent.output().expect("the agent runs");
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing is sent"), "{output:?}");
    assert_eq!(user.arrived(), [0, 1]);
    assert_eq!(user.deliver().0, Some(0));
    assert_eq!(user.arrived(), [0, 1]);
}

#[test]
fn nothing_is_delivered_by_a_yes_that_only_the_program_sees_or_where_it_may_see_a_no() {
    let user = User::new();
    let yes = user.run("kiln", &["--enable-telemetry", "fire"]);
    assert!(yes.status.success() && user.file("kiln").exists());
    let (code, said) = user.deliver();
    assert!(code == Some(0) && said.contains("nothing is sent"), "{said}");
    // A configuration may say no by now.
    assert!(user.run("loom", &["telemetry", "on"]).status.success());
    assert!(user.command("loom", &["fire"]).env("HOST_CONFIG", "true").status().expect("it runs").success());
    let (code, said) = user.deliver();
    assert!(code == Some(0) && said.contains("its own configuration may say no"), "{said}");
    assert_eq!(user.arrived(), [0, 0]);
}

#[test]
fn what_is_about_one_product_is_refused_where_none_is_named_and_a_yes_is_to_none_that_was_found() {
    let user = User::new();
    user.uses("kiln");
    assert!(user.run("loom", &["--enable-telemetry", "fire"]).status.success());
    let agent = |arguments: &[&str]| {
        let output = user.home.program(binary("aboveboard-agent")).args(arguments).output();
        let output = output.expect("the agent runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let options: [&[&str]; 3] = [
        &["--config", "/nonexistent"],
        &["--config-key", "enable_telemetry"],
        &["--wording", "packaged-1", "--wording-file", "/nonexistent"],
    ];
    for option in options {
        for arguments in [[option, &["deliver"][..]].concat(), [&["deliver"][..], option].concat()] {
            let (code, said) = agent(&arguments);
            assert!(code == Some(2) && said.contains(option[0]) && said.contains("--manifest"), "{said}");
        }
    }
    for no in ["--enable-telemetry=false", "--enable-telemetry=perhaps"] {
        assert_eq!(agent(&["deliver", no]).0, Some(0));
    }
    assert_eq!(user.arrived(), [0, 0]);
    let (code, said) = agent(&["deliver", "--explain", "--enable-telemetry"]);
    assert!(code == Some(0) && said.starts_with("kiln:\n1 batch sent\nloom:\nnothing is sent"), "{said}");
    assert_eq!(user.arrived(), [1, 0]);
}

#[test]
fn what_was_recorded_last_is_delivered_by_the_words_of_who_recorded_it_also_where_a_timer_takes_every_turn() {
    let user = User::new();
    let left = || fs::read_to_string(user.file("kiln")).expect("the product file");
    // The program's own turn does not come.
    let fire = |host: &str, more: &[(&str, &str)]| {
        let mut host = user.command(host, &["fire"]);
        host.env("HOST_INTERVAL", "86400").envs(more.iter().copied());
        assert!(host.status().expect("it runs").success());
    };
    assert!(user.run("kiln", &["telemetry", "on"]).status.success());
    fire("kiln", &[]);
    assert!(left().contains("revision=1 ") && left().contains(" config=no "), "{}", left());
    // It has a configuration by now, or a text that nobody has answered.
    fire("kiln", &[("HOST_CONFIG", "true")]);
    assert!(left().contains(" config=yes "), "{}", left());
    assert!(user.deliver().1.contains("its own configuration may say no"));
    let mut host = user.command("kiln", &["--enable-telemetry", "fire"]);
    host.env("HOST_INTERVAL", "86400").env("HOST_WORDING", "packaged-1");
    assert!(host.status().expect("it runs").success());
    assert!(left().contains(" config=no wording=packaged-1 "), "{}", left());
    assert!(user.deliver().1.contains("nothing is sent"));
    assert_eq!(user.arrived(), [0, 0]);
    // Whatever the revision.
    for (host, revision) in [("kiln-2", "revision=2 "), ("kiln", "revision=1 "), ("kiln-2", "revision=2 ")] {
        fire(host, &[]);
        assert!(left().contains(revision), "{}", left());
    }
}

#[test]
fn an_upgrade_is_delivered_and_a_downgrade_leaves_what_it_cannot_send_and_says_so() {
    let user = User::new();
    assert!(user.run("kiln", &["telemetry", "on"]).status.success());
    assert!(user.run("kiln", &["fire"]).status.success());
    let first = fs::read(user.file("kiln")).expect("the product file");
    assert!(user.run("kiln-2", &["fire"]).status.success());
    assert_eq!(user.deliver(), (Some(0), "kiln:\n2 batches sent\n".to_owned()));
    assert_eq!(user.arrived(), [2, 0]);
    // What the first left cannot send what the second recorded: no turn is taken.
    assert!(user.run("kiln-2", &["fire"]).status.success());
    let second = fs::read(user.file("kiln")).expect("the product file");
    fs::write(user.file("kiln"), first).expect("a file");
    let due = || fs::metadata(user.state("kiln").join("due")).and_then(|due| due.modified()).expect("a date");
    let date = due();
    let (code, said) = user.deliver();
    assert!(code == Some(1) && said.contains("1 segment") && said.contains("newer"), "{said}");
    assert_eq!((due(), user.arrived()), (date, [0, 0]));
    // After a downgrade the rest leaves.
    assert!(user.run("kiln", &["fire"]).status.success());
    let (code, said) = user.deliver();
    assert!(code == Some(1) && said.contains("newer") && said.ends_with("1 batch sent\n"), "{said}");
    fs::write(user.file("kiln"), second).expect("a file");
    assert_eq!(user.deliver(), (Some(0), "kiln:\n1 batch sent\n".to_owned()));
    assert_eq!(user.arrived(), [2, 0]);
}

#[test]
fn a_product_file_that_is_named_is_not_delivered_where_a_configuration_may_say_no_and_none_is_named() {
    let user = User::new();
    assert!(user.run("kiln", &["telemetry", "on"]).status.success());
    assert!(user.command("kiln", &["fire"]).env("HOST_CONFIG", "true").status().expect("it runs").success());
    let agent = |arguments: &[&str]| {
        let mut agent = user.home.program(binary("aboveboard-agent"));
        let output = agent.args(arguments).arg("--manifest").arg(user.file("kiln")).output();
        let output = output.expect("the agent runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = agent(&["deliver", "--explain"]);
    assert!(code == Some(0) && said.contains("its own configuration may say no"), "{said}");
    let (code, said) = agent(&["send"]);
    assert!(code == Some(1) && said.contains("its own configuration may say no"), "{said}");
    assert_eq!(user.arrived(), [0, 0]);
    assert_eq!(agent(&["deliver", "--config", "/nonexistent"]).0, Some(0));
    assert_eq!(user.arrived(), [1, 0]);
}

#[test]
fn a_text_of_a_distributor_needs_its_answer_and_is_not_answered_elsewhere() {
    let user = User::new();
    let host = |arguments: &[&str]| {
        let mut host = user.command("kiln", arguments);
        assert!(host.env("HOST_WORDING", "packaged-1").status().expect("it runs").success());
    };
    host(&["telemetry", "on"]);
    host(&["fire"]);
    let wording = user.home.path().join(".config/kiln/consent.packaged-1");
    let answer = fs::read(&wording).expect("its answer");
    fs::remove_file(&wording).expect("it is there");
    let (code, said) = user.deliver();
    assert!(code == Some(0) && said.contains("nothing is sent"), "{said}");
    let mut agent = user.home.program(binary("aboveboard-agent"));
    let on = agent.arg("on").arg("--manifest").arg(user.file("kiln")).output().expect("the agent runs");
    assert!(on.status.code() == Some(1) && !wording.exists(), "{on:?}");
    fs::write(&wording, answer).expect("it is written");
    assert_eq!(user.deliver(), (Some(0), "kiln:\n1 batch sent\n".to_owned()));
}

#[test]
fn what_somebody_planted_in_its_place_is_not_used_and_keeps_no_other_product() {
    let plant: &[fn(&User)] = &[
        |user| fs::set_permissions(user.file("kiln"), fs::Permissions::from_mode(0o622)).expect("a mode"),
        |user| {
            let elsewhere = user.home.path().join("elsewhere");
            fs::rename(user.file("kiln"), &elsewhere).expect("a file");
            symlink(elsewhere, user.file("kiln")).expect("a link");
        },
        |user| fs::hard_link(user.file("kiln"), user.home.path().join("second")).expect("a second name"),
        |user| chown(user.file("kiln"), Some(65_534), None).expect("another owner"),
        |user| chown(user.state("kiln"), Some(65_534), None).expect("another owner"),
        |user| fs::set_permissions(user.state("kiln"), fs::Permissions::from_mode(0o777)).expect("a mode"),
        |user| fs::copy(user.file("loom"), user.file("kiln")).map(drop).expect("a copy"),
        |user| fs::write(user.file("kiln"), "grammar = 1\n").expect("another file"),
        |user| {
            let text = fs::read_to_string(user.file("kiln")).expect("a text");
            fs::write(user.file("kiln"), text.replace("telemetry.kiln", "telemetry.evil")).expect("a file");
        },
        |user| {
            fs::remove_file(user.file("kiln")).expect("a file");
            fs::create_dir(user.file("kiln")).expect("a directory");
        },
    ];
    for (which, plant) in plant.iter().enumerate() {
        let is_root = rustix::process::geteuid().is_root();
        if !is_root && (3..5).contains(&which) {
            continue;
        }
        let user = User::new();
        user.uses("kiln");
        user.uses("loom");
        plant(&user);
        let (code, said) = user.deliver();
        assert_eq!(code, Some(1), "{which}: {said}");
        assert!(
            said.contains("nothing of kiln is sent") && said.ends_with("loom:\n1 batch sent\n"),
            "{which}: {said}"
        );
        assert_eq!(user.arrived(), [0, 1], "{which}");
    }
}

#[test]
fn directories_that_are_no_product_are_passed_over_without_a_word() {
    let user = User::new();
    user.uses("loom");
    let base = user.home.path().join(".local/state");
    let elsewhere = user.home.path().join("dotfiles");
    fs::create_dir(&elsewhere).expect("a directory");
    symlink(&elsewhere, base.join("nvim")).expect("a link");
    symlink("/nonexistent/dead", base.join("dead")).expect("a link");
    symlink("round", base.join("round")).expect("a link");
    fs::write(base.join("file"), "").expect("a file");
    fs::create_dir_all(base.join("open/telemetry")).expect("a directory");
    fs::set_permissions(base.join("open"), fs::Permissions::from_mode(0o777)).expect("a mode");
    assert_eq!(user.deliver(), (Some(0), "loom:\n1 batch sent\n".to_owned()));
}

/// What is said of a hindrance, and what makes it.
type Hindrance = (&'static str, fn(&User));

#[test]
fn a_delivery_that_cannot_work_says_why_and_is_no_success() {
    let hinder: [Hindrance; 3] = [
        ("the lock of deliveries", |user| {
            let made = Command::new("mkfifo").arg(user.state("kiln").join("helper.lock")).status();
            assert!(made.expect("mkfifo runs").success());
        }),
        ("what is recorded", |user| {
            let spool = user.state("kiln").join("spool");
            fs::rename(&spool, user.home.path().join("moved")).expect("a directory");
            fs::write(spool, "").expect("a file");
        }),
        ("the secret", |user| {
            let secret = user.state("kiln").join("secret");
            fs::remove_file(&secret).expect("the secret");
            fs::create_dir(secret).expect("a directory");
        }),
    ];
    for (what, hinder) in hinder {
        let user = User::new();
        user.uses("kiln");
        hinder(&user);
        let (code, said) = user.deliver();
        assert!(code == Some(1) && said.contains("error: ") && said.contains(what), "{what}: {said}");
    }
}

#[test]
fn events_that_no_batch_can_be_made_of_are_said_and_are_no_success() {
    let user = User::new();
    user.uses("kiln");
    let spool = fs::read_dir(user.state("kiln").join("spool")).expect("a spool");
    let segments: Vec<fs::File> = spool
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.file_name().expect("a name").to_string_lossy().starts_with("open-"))
        .map(|path| fs::File::open(path).expect("a segment"))
        .collect();
    segments.iter().for_each(|segment| segment.lock_shared().expect("as a writer that is stopped"));
    let (code, said) = user.deliver();
    assert!(code == Some(1) && said.contains("cannot be made into a batch"), "{said}");
    assert_eq!(user.arrived(), [0, 0]);
}

#[test]
fn a_manifest_of_a_newer_grammar_is_passed_over_with_a_sentence() {
    let user = User::new();
    user.uses("kiln");
    user.uses("loom");
    let left = fs::read_to_string(user.file("kiln")).expect("a text");
    let (line, sealed) = left.split_once('\n').expect("a line");
    let (_, text) = sealed.split_once('\n').expect("a text");
    let newer = aboveboard_types::sealed::seal(2, None, text);
    fs::write(user.file("kiln"), format!("{line}\n{newer}")).expect("a file");
    let (code, said) = user.deliver();
    assert_eq!(code, Some(1));
    assert!(said.contains("grammar 2") && said.contains("use a newer"), "{said}");
    assert_eq!(user.arrived(), [0, 1]);
}

/// The same on a machine on which the agent is installed; `None` where a test may not install anything.
fn installed(user: &User, inside: &Command) -> Option<Command> {
    let is_there = ["/usr/bin", "/usr/local/bin", "/usr/libexec/aboveboard"]
        .iter()
        .any(|place| std::path::Path::new(place).join("aboveboard-agent").exists());
    if is_there || !rustix::process::geteuid().is_root() {
        return None;
    }
    let mut shell = user.home.program("unshare");
    shell.args(["--mount", "sh", "-c"]);
    shell.arg(
        "mount -t tmpfs -o mode=755 none /usr/local/bin && cp \"$0\" /usr/local/bin/aboveboard-agent && exec \"$@\"",
    );
    shell.arg(binary("aboveboard-agent")).arg(inside.get_program()).args(inside.get_args());
    shell.envs(inside.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Some(shell)
}

#[test]
fn a_command_starts_the_installed_agent_which_sees_what_the_program_hands_over() {
    let user = User::new();
    for (variable, value, arguments) in [
        ("HOST_CONFIG", "true", &["fire"][..]),
        ("HOST_WORDING", "packaged-1", &["--enable-telemetry", "fire"]),
    ] {
        let mut host = user.command("kiln", arguments);
        let Some(mut host) = installed(&user, host.env(variable, value)) else { return };
        let output = host.output().expect("the host runs");
        assert!(
            output.status.success() && output.stdout.is_empty() && output.stderr.is_empty(),
            "{output:?}"
        );
        assert!(user.kiln.await_batch().body.contains("\"fire\""));
        user.home.await_end_of_programs();
    }
}

#[test]
fn the_verbs_that_need_a_network_are_run_by_the_installed_agent() {
    let user = User::new();
    user.uses("kiln");
    let verb = |arguments: &[&str]| {
        let host = user.command("kiln", arguments);
        installed(&user, &host).map(|mut host| host.output().expect("the host runs"))
    };
    // What only the program can read may say no.
    let mut host = user.command("kiln", &["telemetry", "send"]);
    host.env("HOST_CONFIG", "perhaps");
    let Some(mut host) = installed(&user, &host) else { return };
    let silenced = host.output().expect("the host runs");
    assert!(!silenced.status.success() && user.kiln.batches().is_empty(), "{silenced:?}");
    let Some(sent) = verb(&["telemetry", "send"]) else { return };
    assert_eq!(sent.status.code(), Some(0), "{sent:?}");
    assert!(user.kiln.await_batch().body.contains("\"fire\""));
    // An erasure is handed in though nothing is left by which the agent could know the product. This collector takes none,
    // which only the agent can know.
    let off = verb(&["telemetry", "off", "--forget"]).expect("it runs");
    let said = String::from_utf8_lossy(&off.stderr);
    assert!(off.status.code() == Some(6) && !said.contains("no uploader"), "{said}");
    assert!(user.state("kiln").join("ticket").exists() && !user.file("kiln").exists());
    // Without an agent the verbs say what is missing.
    let send = user.run("kiln", &["telemetry", "send"]);
    let said = String::from_utf8_lossy(&send.stderr);
    assert!(send.status.code() == Some(1) && said.contains("install aboveboard-agent"), "{said}");
}
