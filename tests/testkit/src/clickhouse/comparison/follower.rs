//! The newer version: it is asked what the older one was asked, in the same order, and nobody waits for it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};

use super::compared::Compared;
use super::http::{Answer, Asking, Request};
use super::judge::Verdict;
use super::pair::Pair;
use super::statement::Statement;
use crate::clickhouse::Double;

/// A request, and what the older version answered.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) request: Request,
    pub(super) old: Answer,
}

/// The newer version, and what was compared with it.
#[derive(Debug)]
pub(super) struct Follower {
    pub(super) double: Double,
    pub(super) asking: Asking,
    pub(super) compared: Arc<Mutex<Compared>>,
    /// What it said of the columns of answers, by the question: half of all questions are the same one.
    pub(super) described: RefCell<HashMap<String, Answer>>,
}

impl Follower {
    /// Asks and compares until there is nothing more, or two answers differ.
    pub(super) fn follow(self, answered: &Receiver<Answered>) {
        for Answered { request, old } in answered {
            let statement = Statement::of(&request);
            let verdict = self.compare(&request, &statement, &old);
            let is_last = matches!(verdict, Verdict::Different(_));
            self.compared.lock().unwrap_or_else(PoisonError::into_inner).add(&statement, verdict);
            if is_last {
                break;
            }
            if statement.may_delete() {
                self.asking.await_deletions(&self.double.address());
            }
        }
    }

    fn compare(&self, request: &Request, statement: &Statement, old: &Answer) -> Verdict {
        let ask = |request: &Request| self.asking.ask(&self.double.address(), request);
        let new = ask(request);
        let describe = |question: &str| {
            let mut described = self.described.borrow_mut();
            let ask = || {
                let body = format!("DESCRIBE TABLE ({question})").into_bytes();
                ask(&Request { target: request.target.clone(), body })
            };
            described.entry(question.to_owned()).or_insert_with(ask).clone()
        };
        Verdict::of(&Pair { statement, old, new: &new, describe: &describe })
    }
}
