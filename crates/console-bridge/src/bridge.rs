//! The handler: request parts in, response parts out.

use std::net::SocketAddr;
use std::time::Instant;

use aboveboard_types::clock;
use aboveboard_types::declaration::Declaration;
use aboveboard_types::id::Id;
use aboveboard_types::typed::{ConsoleState, Sink};
use http::request::Parts;
use http::{Method, Response, StatusCode};

use crate::page::Context;
use crate::rate::Rate;
use crate::refusal::{Refusal, plain, with_body};
use crate::{Connection, MAX_BYTES, Origins, Token, admission, config, page};

/// The client, built from `packages/console`.
const CLIENT: &str = include_str!("client.js");

/// The bridge of one console: answers the requests of its pages and hands their events to a [`Sink`]. It holds no
/// state of any page.
pub struct Bridge<S> {
    declaration: &'static Declaration,
    origins: Origins,
    sink: S,
    token: Token,
    config: String,
    rate: Rate,
}

impl<S: Sink> Bridge<S> {
    /// A bridge for pages of `origins`; what they report goes to `sink`. `random` makes the token of this process: a fresh
    /// random id that nobody else knows.
    pub fn new(declaration: &'static Declaration, origins: Origins, random: Id, sink: S) -> Self {
        let token = Token::new(random);
        let config = config::on(declaration, &token);
        Self { declaration, origins, sink, token, config, rate: Rate::new(Instant::now()) }
    }

    /// Answers a request for `…/config`, `…/events` or `…/client.js`; the last segment of its path decides. Every
    /// refusal is a response too.
    ///
    /// `body` need not be read beyond [`MAX_BYTES`] and one byte more. `peer` is the address at the other end of the
    /// connection. Only consoles of a CLI need it: without it, the token is given to nobody.
    ///
    /// For `…/config` of such a console this asks the system who is there, as [`Connection::is_of_own_user`] does: that
    /// takes milliseconds, and any user of the machine may ask. A host that serves many requests on one thread calls this
    /// on another; the ready router does so by itself.
    pub fn answer(&self, parts: &Parts, body: &[u8], peer: Option<SocketAddr>) -> Response<Vec<u8>> {
        let is_own_user =
            self.to_be_checked(parts, peer).is_some_and(|connection| connection.is_of_own_user());
        self.answer_to(parts, body, is_own_user)
    }

    /// Answers a request when it is known whether the own user sent it.
    pub(crate) fn answer_to(&self, parts: &Parts, body: &[u8], is_own_user: bool) -> Response<Vec<u8>> {
        self.respond(parts, body, is_own_user).unwrap_or_else(Refusal::response)
    }

    /// The connection whose user decides about the answer, if one does: where the console is for one user, the token is
    /// given to nobody else. Where telemetry is off there is no token to give, and nothing is asked.
    pub(crate) fn to_be_checked(&self, parts: &Parts, peer: Option<SocketAddr>) -> Option<Connection> {
        let port = self.origins.own_user_port()?;
        let is_due = route(parts) == Some("config") && self.admit_read(parts).is_ok() && self.is_on();
        peer.filter(|_| is_due).map(|peer| Connection::to_loopback(port, peer))
    }

    /// Whether this console asks who is at the other end of a connection.
    #[cfg(feature = "axum")]
    pub(crate) fn asks_who_is_there(&self) -> bool {
        self.origins.own_user_port().is_some()
    }

    /// The config as an element for the head of pages that the host renders itself, which saves the page one
    /// request. Only for pages that nobody but the host's own users can load.
    pub fn meta(&self) -> String {
        config::meta(self.document())
    }

    /// Answers or refuses. Every route checks method and host before anything else.
    fn respond(&self, parts: &Parts, body: &[u8], is_own_user: bool) -> Result<Response<Vec<u8>>, Refusal> {
        match route(parts) {
            Some("client.js") => {
                only(parts, &Method::GET, "GET")?;
                admission::host(parts, &self.origins)?;
                Ok(with_body(StatusCode::OK, Some("text/javascript; charset=utf-8"), CLIENT.into()))
            }
            Some("config") => {
                self.admit_read(parts)?;
                if self.is_on() && self.origins.own_user_port().is_some() && !is_own_user {
                    return Err(Refusal::Forbidden);
                }
                Ok(json(self.document()))
            }
            Some("events") => {
                only(parts, &Method::POST, "POST")?;
                self.admit(parts)?;
                self.take(body)
            }
            _ => Err(Refusal::NotFound),
        }
    }

    /// Whether the agent takes events now.
    pub fn is_on(&self) -> bool {
        matches!(self.sink.state(), ConsoleState::On { .. })
    }

    /// The document for a page, by what the agent says now.
    fn document(&self) -> &str {
        if self.is_on() { &self.config } else { config::OFF }
    }

    /// Checks who reads the config, all but the user.
    fn admit_read(&self, parts: &Parts) -> Result<(), Refusal> {
        only(parts, &Method::GET, "GET")?;
        admission::host(parts, &self.origins)?;
        admission::from_own_page(&parts.headers)
    }

    /// Checks who posts, all before the body is looked at.
    fn admit(&self, parts: &Parts) -> Result<(), Refusal> {
        let host = admission::host(parts, &self.origins)?;
        admission::from_listed_page(&parts.headers, &self.origins, host)?;
        admission::from_own_page(&parts.headers)?;
        admission::is_json(&parts.headers)?;
        if self.token.is_in(&parts.headers) { Ok(()) } else { Err(Refusal::Forbidden) }
    }

    /// Takes a post: size, rate and form are checked first, then the agent is asked once for all its events.
    fn take(&self, body: &[u8]) -> Result<Response<Vec<u8>>, Refusal> {
        if body.len() > MAX_BYTES {
            return Err(Refusal::TooLarge);
        }
        if !self.rate.take(Instant::now()) {
            return Err(Refusal::TooMany);
        }
        let post = page::read(body).ok_or(Refusal::Malformed)?;
        let ConsoleState::On { server, cli } = self.sink.state() else {
            // Not an error: the page reads this as the config and falls silent.
            return Ok(json(config::OFF));
        };
        let context = Context { declaration: self.declaration, time: clock::now(), server, cli };
        let (events, undeclared) = post.translate(context).ok_or(Refusal::Malformed)?;
        if undeclared > 0 {
            self.sink.undeclared(undeclared);
        }
        events.into_iter().for_each(|event| self.sink.record(event));
        Ok(plain(StatusCode::NO_CONTENT))
    }
}

/// The last segment of the path.
fn route(parts: &Parts) -> Option<&str> {
    parts.uri.path().rsplit('/').next()
}

/// Refuses every method but one, and names it.
fn only(parts: &Parts, method: &Method, name: &'static str) -> Result<(), Refusal> {
    if parts.method == method { Ok(()) } else { Err(Refusal::Method(name)) }
}

fn json(document: &str) -> Response<Vec<u8>> {
    with_body(StatusCode::OK, Some("application/json"), document.into())
}
