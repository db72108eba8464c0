//! The proxy.

use std::cell::RefCell;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::compared::Compared;
use super::follower::{Answered, Follower};
use super::http::{self, Answer, Asking, Request};
use super::statement::Statement;
use crate::clickhouse::address::Address;
use crate::clickhouse::configuration::HTTP_PORT;
use crate::clickhouse::{Double, Server, ServerSettings};

/// A server of 18.16 without ZooKeeper, which answers, and behind it the double of one of today, which is asked everything too.
#[derive(Debug)]
pub struct Comparison {
    proxy: Arc<Proxy>,
    address: Address,
    listening: Option<JoinHandle<()>>,
    following: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Proxy {
    server: Server,
    asking: Asking,
    compared: Arc<Mutex<Compared>>,
    /// One statement at a time, so that both versions see all of them in the same order. None once all was asked.
    answered: Mutex<Option<Sender<Answered>>>,
    has_ended: AtomicBool,
}

impl Comparison {
    /// Starts both, empty; the newer one from its package.
    #[must_use]
    pub fn start(package: &Path) -> Self {
        let asking = Asking::new();
        let compared = Arc::default();
        let (sender, receiver) = channel();
        let follower = Follower {
            double: Double::start(package),
            asking: asking.clone(),
            compared: Arc::clone(&compared),
            described: RefCell::default(),
        };
        let proxy = Arc::new(Proxy {
            server: Server::start(&ServerSettings::default()),
            asking,
            compared,
            answered: Mutex::new(Some(sender)),
            has_ended: AtomicBool::new(false),
        });
        let address = Address::claim();
        let listener = TcpListener::bind((address.ip(), HTTP_PORT)).unwrap();
        let serving = Arc::clone(&proxy);
        let listening = Some(std::thread::spawn(move || serving.listen(&listener)));
        let following = Some(std::thread::spawn(move || follower.follow(&receiver)));
        Self { proxy, address, listening, following }
    }

    /// Where it answers, `127.…:8123`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}:{HTTP_PORT}", self.address.ip())
    }

    /// Has both do something that answers nothing.
    ///
    /// # Panics
    /// If the older one refuses it, or two answers differed before.
    pub fn run(&self, statement: &str) {
        let request = Request { target: "/".to_owned(), body: statement.into() };
        let answer = self.proxy.answer(request);
        assert!(answer.is_success && answer.body.is_empty(), "{statement}: {answer:?}");
    }

    /// Waits until the newer one was asked everything.
    #[must_use]
    pub fn finish(mut self) -> Compared {
        self.end();
        std::mem::take(&mut self.proxy.compared.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn end(&mut self) {
        self.proxy.has_ended.store(true, Ordering::Release);
        // Who waits for a connection is given one.
        let _ = TcpStream::connect(self.address());
        let _ = self.listening.take().map(JoinHandle::join);
        self.proxy.answered.lock().unwrap_or_else(PoisonError::into_inner).take();
        let _ = self.following.take().map(JoinHandle::join);
    }
}

impl Drop for Comparison {
    fn drop(&mut self) {
        if self.following.is_some() {
            self.end();
        }
    }
}

impl Proxy {
    fn listen(&self, listener: &TcpListener) {
        std::thread::scope(|scope| {
            for stream in listener.incoming().map_while(Result::ok) {
                if self.has_ended.load(Ordering::Acquire) {
                    break;
                }
                scope.spawn(move || {
                    if let Some(request) = http::read(&stream) {
                        http::write(&stream, &self.answer(request));
                    }
                });
            }
        });
    }

    /// What the older version answers. Once two answers differed nothing is answered any more: whoever asks is to end.
    fn answer(&self, request: Request) -> Answer {
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        let statement = Statement::of(&request);
        let old = self.asking.ask(&self.server.address(), &request);
        let is_followed = answered
            .as_mut()
            .is_some_and(|sender| sender.send(Answered { request, old: old.clone() }).is_ok());
        if !is_followed {
            return Answer {
                is_success: false,
                body: b"two versions of ClickHouse answer differently".into(),
            };
        }
        if statement.may_delete() {
            self.asking.await_deletions(&self.server.address());
        }
        old
    }
}
