//! A server as a process of its own, and what the system says it has used.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::{Outcome, usage};

/// CPU time of a server.
#[derive(Clone, Copy)]
pub struct Cost {
    /// Of all threads but the one that applies.
    pub front: Duration,
    /// Of all threads.
    pub all: Duration,
}

/// A server that this program started from itself; killed when dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Starts this program again with these arguments; its first line is the address.
    ///
    /// # Errors
    /// Where it does not start; so for all below where it has gone.
    pub fn start(arguments: &[&str], directory: Option<&Path>) -> Outcome<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).args(directory).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no stdout")?).read_line(&mut line)?;
        Ok(Self { child, address: line.trim().parse()? })
    }

    /// Starts nginx with one process that writes each body to a log; `None` where there is none. It reads a body only
    /// where it passes it on, so it passes it on to itself, over a socket that is kept open.
    ///
    /// # Errors
    /// Where it does not start.
    pub fn nginx(directory: &Path) -> Outcome<Option<Self>> {
        let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let folder = directory.display();
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {folder}/{name};\n"))
            .concat();
        let config = format!(
            "daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log crit;\n\
             events {{ worker_connections 4096; }}\nhttp {{ access_log off; {temporary}\n\
             client_body_buffer_size 1m; client_max_body_size 1m; client_body_in_single_buffer on;\n\
             keepalive_requests 1000000000; log_format body escape=none '$request_body';\n\
             upstream sink {{ server unix:{folder}/sink; keepalive 128; keepalive_requests 1000000000; }}\n\
             server {{ listen {address}; location / {{ access_log {folder}/body.log body; proxy_pass http://sink;\n\
             proxy_http_version 1.1; proxy_set_header Connection ''; }} }}\n\
             server {{ listen unix:{folder}/sink; location / {{ return 202 'taken'; }} }} }}\n"
        );
        let file = directory.join("nginx.conf");
        fs::write(&file, config)?;
        let mut command = Command::new("nginx");
        command.arg("-p").arg(directory).arg("-c").arg(&file).arg("-e").arg(directory.join("error.log"));
        let child = match command.spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut server = Self { child, address };
        while TcpStream::connect(address).is_err() {
            if let Some(status) = server.child.try_wait()? {
                return Err(format!("nginx ended: {status}").into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(Some(server))
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// CPU time so far, thread by thread: their scheduler keeps nanoseconds.
    ///
    /// # Errors
    /// As above.
    pub fn cost(&self) -> Outcome<Cost> {
        let mut cost = Cost { front: Duration::ZERO, all: Duration::ZERO };
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let task = task?.path();
            let ran = fs::read_to_string(task.join("schedstat"))?;
            let ran = Duration::from_nanos(ran.split_whitespace().next().ok_or("no schedstat")?.parse()?);
            cost.all += ran;
            if fs::read_to_string(task.join("comm"))?.trim() != "apply" {
                cost.front += ran;
            }
        }
        Ok(cost)
    }

    /// Bytes resident at most so far, and now.
    ///
    /// # Errors
    /// As above.
    pub fn resident(&self) -> Outcome<(u64, u64)> {
        usage::resident(self.child.id())
    }

    /// Tells it to stop and waits until it has.
    ///
    /// # Errors
    /// As above.
    pub fn stop(mut self) -> Outcome<()> {
        let stopped = Command::new("kill").arg(self.child.id().to_string()).status()?;
        if !stopped.success() || !self.child.wait()?.success() {
            return Err("the server did not stop properly".into());
        }
        Ok(())
    }

    /// Waits until everything acknowledged is in the store.
    ///
    /// # Errors
    /// As above.
    pub fn settle(&self) -> Outcome<()> {
        loop {
            let mut stream = TcpStream::connect(self.address)?;
            stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer token-of-the-operator\r\nconnection: close\r\n\r\n")?;
            let mut text = String::new();
            stream.read_to_string(&mut text)?;
            if text.contains("aboveboard_log_unapplied_bytes 0\n") {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
