//! The guide to a whole cluster on one Debian machine, run from its first block to its last; and the files for three machines, taken by
//! the programs that they are for.

use std::path::Path;
use std::process::{Command, Output};

use aboveboard_testkit::clickhouse::is_installed;
use harness::home::Home;
use harness::must_run;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path))
        .expect("a file of ours")
}

/// Runs a script of `sh` in a home, on a network and among processes of its own: its ports are free, and nothing outlives it. None
/// where this machine allows no such thing.
fn alone(home: &Home, script: &str) -> Option<Output> {
    let mut unshare = home.program("unshare");
    if !rustix::process::geteuid().is_root() {
        unshare.args(["--user", "--map-root-user"]);
    }
    unshare.args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--", "sh", "-ec"]);
    let folder = harness::binary("aboveboard");
    let folder = folder.parent().expect("its folder").display();
    unshare.arg(format!("ip link set lo up\n{script}"));
    unshare.env("PATH", format!("{folder}:/usr/bin:/bin:/usr/sbin:/sbin"));
    let output = unshare.output().expect("unshare runs");
    if output.stderr.starts_with(b"unshare:") {
        must_run(&String::from_utf8_lossy(&output.stderr));
        return None;
    }
    Some(output)
}

#[test]
fn the_guide_brings_up_a_cluster_on_a_bare_debian() {
    if !is_installed() {
        return must_run("ClickHouse or ZooKeeper is not installed");
    }
    let guide = read("docs/operate/clickhouse-debian.md");
    let mut blocks: Vec<&str> =
        guide.split("```sh\n").skip(1).map(|rest| rest.split("```").next().expect("an end")).collect();
    assert_eq!(blocks.len(), guide.matches("\n```").count() / 2, "a block that nobody runs");
    // The set-up of the tests installs the same packages.
    let install = blocks.remove(0);
    let set_up = read("xtask/src/setup.rs");
    let packages = install.trim().strip_prefix("apt-get install --yes --no-install-recommends ");
    for package in packages.expect("an installation").split(' ') {
        assert!(set_up.contains(&format!("package: \"{package}\"")), "{package}");
    }
    let home = Home::new();
    std::fs::write(home.path().join("telemetry.toml"), read("examples/quarry/telemetry.toml"))
        .expect("a manifest");
    let numbered: Vec<String> =
        blocks.iter().enumerate().map(|(number, block)| format!("echo \"== {number}\"\n{block}")).collect();
    let Some(output) = alone(&home, &numbered.concat()) else { return };
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stdout}\n{stderr}");
    // What analysts see is all that was sent.
    let rows = stdout.split("== ").find(|part| part.contains("cli\t")).expect("rows of the tables");
    let count = |row: &str| {
        row.strip_prefix("cli\t").and_then(|rest| rest.split('\t').next_back()?.parse::<u32>().ok())
    };
    assert_eq!(rows.lines().filter_map(count).sum::<u32>(), 4, "{stdout}\n{stderr}");
}

#[test]
fn the_servers_take_the_files_for_three_machines() {
    if !is_installed() {
        return must_run("ClickHouse or ZooKeeper is not installed");
    }
    let home = Home::new();
    let place = |name: &str, text: &str| {
        let path = home.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    // The three machines are this one, and it has one of the three ZooKeepers.
    place("hosts", "127.0.0.1 localhost node1.internal node2.internal node3.internal\n");
    let zoo = read("config/cluster/zoo.cfg").replace("/var/lib/zookeeper", "zookeeper");
    let zoo: Vec<&str> = zoo.lines().filter(|line| !line.starts_with("server.")).collect();
    place("zoo.cfg", &zoo.join("\n"));
    place("config.d/aboveboard.xml", &read("config/cluster/clickhouse.xml"));
    let placeholder = "HASH-OF-THE-PASSWORD";
    let users = read("config/cluster/clickhouse-users.xml").replace("10.0.0.0/24", "127.0.0.1");
    assert!(users.contains(placeholder));
    // SHA-256 of `p`.
    let users =
        users.replace(placeholder, "148de9c5a7a44d19e56cd9ae1a554bf67847afb0c58f6e12fa29ac7ddfca9940");
    place("users.d/aboveboard.xml", &users);
    let unit = read("config/cluster/clickhouse-server.conf");
    let wait =
        unit.lines().find_map(|line| line.strip_prefix("ExecStartPre=")).expect("a wait for ZooKeeper");
    let script = format!(
        "mount --bind hosts /etc/hosts
        mkdir data tmp format
        sed \"s,/var/lib/clickhouse/,$PWD/,; s,/var/log/clickhouse-server/,$PWD/,; s,<path>$PWD/,<path>$PWD/data/,\" \
            /etc/clickhouse-server/config.xml > config.xml
        cp /etc/clickhouse-server/users.xml users.xml
        java -cp /usr/share/java/zookeeper.jar org.apache.zookeeper.server.ZooKeeperServerMain zoo.cfg 2> zookeeper.log &
        {wait}
        clickhouse-server --config-file=$PWD/config.xml 2> output &
        until curl --silent --fail http://node2.internal:8123/ping; do sleep 0.1; done
        ask() {{ curl --silent --fail --user aboveboard:p http://node1.internal:8123/ --data-binary \"$1\"; }}
        ask 'CREATE DATABASE aboveboard'
        ask \"CREATE TABLE aboveboard.t (n UInt64) ENGINE = ReplicatedMergeTree('/t', 'node1.internal') ORDER BY n\"
        ask 'INSERT INTO aboveboard.t VALUES (7)'
        ask 'SELECT n FROM aboveboard.t'
        ask 'SELECT toHour(toDateTime(0))'
        ! curl --silent --fail --user aboveboard:q http://node1.internal:8123/ --data-binary 'SELECT 1'"
    );
    let Some(output) = alone(&home, &script) else { return };
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(stdout.lines().collect::<Vec<_>>(), ["Ok.", "7", "0"], "{output:?}");
}

#[test]
fn systemd_and_nginx_take_theirs() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    let program = harness::binary("aboveboard").display().to_string();
    place("aboveboard-zookeeper.service", &read("config/cluster/aboveboard-zookeeper.service"));
    let collector = read("config/aboveboard-collector.service").replace("/usr/bin/aboveboard", &program);
    place("aboveboard-collector.service", &collector);
    place("aboveboard-collector.service.d/cluster.conf", &read("config/cluster/aboveboard-collector.conf"));
    let server =
        "[Service]\nExecStart=/usr/sbin/clickhouse-server --config=/etc/clickhouse-server/config.xml\n";
    place("clickhouse-server.service", server);
    place("clickhouse-server.service.d/aboveboard.conf", &read("config/cluster/clickhouse-server.conf"));
    let names = ["aboveboard-zookeeper", "aboveboard-collector", "clickhouse-server"];
    let mut verify = Command::new("systemd-analyze");
    verify.arg("verify").args(names.map(|name| folder.path().join(format!("{name}.service"))));
    verify.env("SYSTEMD_UNIT_PATH", format!("{}:", folder.path().display()));
    match verify.output() {
        Ok(checked) => {
            let said = String::from_utf8_lossy(&checked.stderr);
            let is_ours = |line: &&str| names.iter().any(|name| line.contains(name));
            assert!(checked.status.success() && !said.lines().any(|line| is_ours(&line)), "{said}");
        }
        Err(error) => must_run(&format!("systemd-analyze: {error}")),
    }
}
