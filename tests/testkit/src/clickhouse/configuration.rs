//! What a server is told: `config.xml` and `users.xml`.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

pub(super) const HTTP_PORT: u16 = 8123;
pub(super) const HTTPS_PORT: u16 = 8443;
const NATIVE_PORT: u16 = 9000;
const PEER_PORT: u16 = 9009;

/// After so many milliseconds without a word ZooKeeper takes a server for dead.
const SESSION_TIMEOUT: u32 = 6_000;

/// How a server is set up.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// Of its macro `{shard}`.
    pub shard: u32,
    /// Of its macro `{replica}`.
    pub replica: String,
    /// The ZooKeeper of its replicated tables; without one it can have none.
    pub zookeeper: Option<SocketAddr>,
    /// Who may ask it, and by which password; by default the user `default` without one.
    pub password: Option<Password>,
    /// Its certificate, if it also listens with TLS.
    pub tls: Option<Tls>,
    /// Whether it keeps in `system.query_log` what it was asked, and how many rows it read for it.
    pub logs_questions: bool,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            shard: 0,
            replica: "a".to_owned(),
            zookeeper: None,
            password: None,
            tls: None,
            logs_questions: false,
        }
    }
}

/// Who may ask a server.
#[derive(Clone, Debug)]
pub struct Password {
    /// The name of the user.
    pub user: String,
    /// Its password.
    pub password: String,
}

/// What a server shows who it is with.
#[derive(Clone, Debug)]
pub struct Tls {
    /// Its certificate as PEM.
    pub certificate: String,
    /// The key of it as PEM.
    pub key: String,
}

pub(super) fn write(folder: &Path, ip: Ipv4Addr, settings: &ServerSettings) {
    for name in ["data", "tmp", "format"] {
        fs::create_dir_all(folder.join(name)).unwrap();
    }
    let at = folder.display();
    let tls = settings.tls.as_ref().map_or_else(String::new, |tls| {
        fs::write(folder.join("certificate.pem"), &tls.certificate).unwrap();
        fs::write(folder.join("key.pem"), &tls.key).unwrap();
        format!(
            "<https_port>{HTTPS_PORT}</https_port><openSSL><server>\
             <certificateFile>{at}/certificate.pem</certificateFile><privateKeyFile>{at}/key.pem</privateKeyFile>\
             <verificationMode>none</verificationMode><loadDefaultCAFile>false</loadDefaultCAFile>\
             <disableProtocols>sslv2,sslv3</disableProtocols></server></openSSL>"
        )
    });
    let zookeeper = settings.zookeeper.map_or_else(String::new, |address| {
        format!(
            "<zookeeper><node index=\"1\"><host>{}</host><port>{}</port></node>\
             <session_timeout_ms>{SESSION_TIMEOUT}</session_timeout_ms></zookeeper>",
            address.ip(),
            address.port()
        )
    });
    // What is asked is told by its first words.
    let (query_log, log_queries) = match settings.logs_questions {
        true => (
            "<query_log><database>system</database><table>query_log</table></query_log>",
            "<log_queries>1</log_queries><log_queries_cut_to_length>400</log_queries_cut_to_length>",
        ),
        false => ("", ""),
    };
    let shard = settings.shard;
    let replica = &settings.replica;
    let config = format!(
        "<yandex><logger><level>information</level><console>1</console></logger>\n\
         <listen_host>{ip}</listen_host><http_port>{HTTP_PORT}</http_port>{tls}<tcp_port>{NATIVE_PORT}</tcp_port>\n\
         <interserver_http_host>{ip}</interserver_http_host><interserver_http_port>{PEER_PORT}</interserver_http_port>\n\
         <path>{at}/data/</path><tmp_path>{at}/tmp/</tmp_path><format_schema_path>{at}/format/</format_schema_path>\n\
         <users_config>{at}/users.xml</users_config><default_profile>default</default_profile>\n\
         <default_database>default</default_database><mark_cache_size>67108864</mark_cache_size>\n\
         <max_concurrent_queries>100</max_concurrent_queries><keep_alive_timeout>3</keep_alive_timeout>\n\
         <timezone>UTC</timezone>{zookeeper}{query_log}\n\
         <macros><shard>{shard}</shard><replica>{replica}</replica></macros>\n\
         <dictionaries_config>*_dictionary.xml</dictionaries_config></yandex>\n"
    );
    fs::write(folder.join("config.xml"), config).unwrap();
    let (user, password) =
        settings.password.as_ref().map_or(("default", ""), |password| (&password.user, &password.password));
    let users = format!(
        "<yandex><profiles><default><max_memory_usage>2000000000</max_memory_usage>{log_queries}</default></profiles>\n\
         <users><{user}><password>{password}</password><networks><ip>127.0.0.0/8</ip></networks>\
         <profile>default</profile><quota>default</quota></{user}></users>\n\
         <quotas><default><interval><duration>3600</duration><queries>0</queries><errors>0</errors>\
         <result_rows>0</result_rows><read_rows>0</read_rows><execution_time>0</execution_time></interval></default></quotas>\
         </yandex>\n"
    );
    fs::write(folder.join("users.xml"), users).unwrap();
}
