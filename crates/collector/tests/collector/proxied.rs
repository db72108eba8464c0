//! The page through TLS, by the blocks of the operators' guide as they stand there.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use crate::proxy::Proxy;
use crate::test_collector::{TestCollector, batch, settled};

const GUIDE: &str = include_str!("../../../../docs/operate/proxy.md");

/// The two blocks of the guide in this language: for a host name of its own, and for a folder.
fn blocks(language: &str) -> [&'static str; 2] {
    let fence = format!("```{language}\n");
    let found: Vec<_> = GUIDE.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    found.try_into().unwrap()
}

/// A collector as the guide configures it.
fn collector() -> TestCollector {
    TestCollector::with(|config| {
        config.operator_listen = Some("127.0.0.1:0".parse().unwrap());
        config.proxy.trusted_hops = 1;
        config.operator.token_hash = None;
        config.operator.metrics_open = true;
    })
}

/// A browser's cookies, as curl keeps them.
struct Visitor<'p> {
    proxy: &'p Proxy,
    jar: String,
}

impl<'p> Visitor<'p> {
    fn new(proxy: &'p Proxy, folder: &Path, name: &str) -> Self {
        Self { proxy, jar: folder.join(name).to_string_lossy().into_owned() }
    }

    /// The status, where a redirect leads, and the body.
    fn get(&self, path: &str) -> (u16, String, String) {
        let mut curl = self.proxy.curl();
        curl.args(["-b", &self.jar, "-c", &self.jar, "-w", "\n%{http_code} %{redirect_url}"]);
        let output = curl.arg(self.proxy.url(path)).output().unwrap();
        assert!(output.status.success(), "{path}: {output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let (body, end) = text.rsplit_once('\n').unwrap();
        let (status, leads_to) = end.split_once(' ').unwrap();
        (status.parse().unwrap(), leads_to.to_owned(), body.to_owned())
    }

    fn is_let_in(&self, path: &str) -> bool {
        match self.get(path).0 {
            200 => true,
            401 => false,
            other => panic!("{path}: {other}"),
        }
    }

    /// Opens the link of a first visit to a collector below a folder, and looks what became of it.
    fn log_in(&self, collector: &TestCollector, folder: &str) {
        let link = collector.first_link().unwrap();
        let path = link.strip_prefix(&format!("http://{}", collector.operator_address())).unwrap();
        let (status, _, welcome) = self.get(&format!("{folder}{path}"));
        assert!(status == 200 && welcome.contains("url=./"), "{status} {welcome}");
        // The cookie is of this host alone, below the folder, and for TLS.
        let jar = std::fs::read_to_string(&self.jar).unwrap();
        let own = format!("\tFALSE\t{folder}/\tTRUE\t");
        assert!(jar.lines().any(|line| line.starts_with("#HttpOnly_") && line.contains(&own)), "{jar}");
    }
}

/// Everything that the page leads to below a folder, its files and downloads, and arrivals as they come.
fn everything_works(proxy: &Proxy, collector: &TestCollector, folder: &str, files: &Path) {
    let visitor = Visitor::new(proxy, files, "jar");
    assert!(!visitor.is_let_in(&format!("{folder}/")), "without a token");
    visitor.log_in(collector, folder);
    if !folder.is_empty() {
        let (status, leads_to, _) = visitor.get(folder);
        assert!(
            (301..=302).contains(&status) && leads_to == proxy.url(&format!("{folder}/")),
            "{status} {leads_to}"
        );
    }
    assert_eq!(collector.post(&batch(1)).status, 202);
    settled(collector.operator_address());
    let (status, _, page) = visitor.get(&format!("{folder}/?product=quarry&show=all"));
    assert_eq!(status, 200, "{page}");
    let mut asked = Vec::new();
    for before in [" href=\"", " src=\"", " action=\""] {
        for text in page.split(before).skip(1) {
            let address = text.split('"').next().unwrap().replace("&#38;", "&");
            if !address.starts_with('#') && !asked.contains(&address) {
                asked.push(address);
            }
        }
    }
    for kind in [
        "assets/page.css",
        "assets/live.js",
        "api/tables/commands.csv",
        "api/tables/commands.json",
        "./?product=quarry",
    ] {
        assert!(asked.iter().any(|address| address.starts_with(kind)), "{kind}: {asked:?}");
    }
    for address in asked {
        let below = address.strip_prefix("./").unwrap_or(&address);
        let (status, _, body) = visitor.get(&format!("{folder}/{below}"));
        assert_eq!(status, 200, "{address}: {body}");
    }
    live_shows_arrivals(&visitor, collector, &format!("{folder}/api/live"));
}

fn live_shows_arrivals(visitor: &Visitor<'_>, collector: &TestCollector, path: &str) {
    let mut curl = visitor.proxy.curl();
    curl.args(["-N", "--max-time", "60", "-b", &visitor.jar]).arg(visitor.proxy.url(path));
    let mut stream = curl.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(stream.stdout.take().unwrap()).lines().map(Result::unwrap);
    // The stream has no end: that a line is here at all says that nothing waits for more.
    assert_eq!(lines.next().unwrap(), ": following");
    assert_eq!(collector.post(&batch(2)).status, 202);
    let arrival = lines.find(|line| !line.is_empty() && !line.starts_with(':')).unwrap();
    assert!(arrival.starts_with("data: {") && arrival.contains("\"quarry\""), "{arrival}");
    stream.kill().unwrap();
    stream.wait().unwrap();
}

type Start = fn(&Path, &str, &str, &[(&str, String)]) -> Proxy;

fn works(start: Start, language: &str) {
    let [root, below] = blocks(language);
    let upstream = |collector: &TestCollector| [("127.0.0.1:8481", collector.operator_address().to_string())];
    let files = tempfile::tempdir().unwrap();
    let own_host = collector();
    let proxy = start(files.path(), "figures.example.org", root, &upstream(&own_host));
    everything_works(&proxy, &own_host, "", files.path());
    drop(proxy);

    let files = tempfile::tempdir().unwrap();
    let in_folder = collector();
    let proxy = start(files.path(), "www.example.org", below, &upstream(&in_folder));
    everything_works(&proxy, &in_folder, "/figures", files.path());
}

/// The block for a folder once more for a second collector below another one, in the same host.
fn keeps_cookies_apart(start: Start, language: &str, inner: &str) {
    let [_, below] = blocks(language);
    let from = below.find(inner).unwrap();
    let to = below.rfind("}\n").unwrap();
    let second = below[from..to].replace("/figures", "/others").replace("8481", "8482");
    let both = format!("{}{second}}}\n", &below[..to]);
    let one = collector();
    let other = collector();
    let upstream = [
        ("127.0.0.1:8481", one.operator_address().to_string()),
        ("127.0.0.1:8482", other.operator_address().to_string()),
    ];
    let files = tempfile::tempdir().unwrap();
    let proxy = start(files.path(), "www.example.org", &both, &upstream);
    let visitor = Visitor::new(&proxy, files.path(), "jar");
    visitor.log_in(&one, "/figures");
    assert!(visitor.is_let_in("/figures/") && !visitor.is_let_in("/others/"));
    visitor.log_in(&other, "/others");
    assert!(visitor.is_let_in("/figures/") && visitor.is_let_in("/others/"));
    let jar = std::fs::read_to_string(&visitor.jar).unwrap();
    assert_eq!(jar.matches("#HttpOnly_").count(), 2, "neither took the other's away: {jar}");
}

#[test]
fn through_nginx_page_login_files_and_live_work_by_the_guide() {
    works(Proxy::nginx, "nginx");
}

#[test]
fn through_caddy_page_login_files_and_live_work_by_the_guide() {
    works(Proxy::caddy, "caddyfile");
}

#[test]
fn two_collectors_below_two_folders_of_a_host_have_a_cookie_each() {
    keeps_cookies_apart(Proxy::nginx, "nginx", "    location /figures/");
    keeps_cookies_apart(Proxy::caddy, "caddyfile", "    redir /figures ");
}

#[test]
fn live_passes_a_proxy_that_is_told_nothing_but_where_the_collector_is() {
    let bare = "server {\n    listen 443 ssl;\n    server_name www.example.org;\n    ssl_certificate /etc/ssl/www.example.org.pem;\n    ssl_certificate_key /etc/ssl/www.example.org.key;\n    location /plain/ { proxy_pass http://127.0.0.1:8481/; }\n}";
    let collector = collector();
    let files = tempfile::tempdir().unwrap();
    let upstream = [("127.0.0.1:8481", collector.operator_address().to_string())];
    let proxy = Proxy::nginx(files.path(), "www.example.org", bare, &upstream);
    let visitor = Visitor::new(&proxy, files.path(), "jar");
    let link = collector.first_link().unwrap();
    let (_, code) = link.split_once("/login").unwrap();
    assert_eq!(visitor.get(&format!("/plain/login{code}")).0, 200);
    live_shows_arrivals(&visitor, &collector, "/plain/api/live");
}
