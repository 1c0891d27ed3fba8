//! What leaves the house, caught before it does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use forewarn_core::notice::Outcome;
use forewarn_server::outgoing::mail::Mail;
use forewarn_server::outgoing::webhook::Request;
use forewarn_server::outgoing::{Caller, Mailer, Outgoing, Sending, Sent};

/// The other side of every mail and request. It takes everything, unless told otherwise for an address or a URL.
#[derive(Default)]
pub struct Wire {
    mails: Mutex<Vec<Mail>>,
    requests: Mutex<Vec<Request>>,
    answers: Mutex<BTreeMap<String, Sent>>,
}

impl Wire {
    /// The means that end at this wire.
    pub fn outgoing(self: &Arc<Self>) -> Outgoing {
        Outgoing {
            address: "https://notices.test.example".into(),
            from: "notices@test.example".into(),
            bounces: Some("bounces@test.example".into()),
            mailer: Some(Arc::<Self>::clone(self)),
            caller: Some(Arc::<Self>::clone(self)),
            witnesses: vec![],
        }
    }

    /// From now on an address or a URL answers so.
    pub fn answer(&self, to: &str, outcome: Outcome, code: Option<u16>) {
        self.answers.lock().unwrap().insert(to.into(), Sent { outcome, code });
    }

    /// From now on an address or a URL takes everything.
    pub fn mend(&self, to: &str) {
        self.answers.lock().unwrap().remove(to);
    }

    /// Every mail so far, also those that were not taken.
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }

    /// Every request so far, also those that were not taken.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// How many mails and requests there were to an address or URL.
    pub fn count(&self, to: &str) -> usize {
        let mails = self.mails().iter().filter(|mail| mail.to == to).count();
        mails + self.requests().iter().filter(|request| request.url == to).count()
    }

    fn told(&self, to: &str) -> Sent {
        let taken = Sent { outcome: Outcome::Accepted, code: None };
        self.answers.lock().unwrap().get(to).copied().unwrap_or(taken)
    }
}

impl Mailer for Wire {
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a> {
        self.mails.lock().unwrap().push(mail.clone());
        Box::pin(std::future::ready(self.told(&mail.to)))
    }
}

impl Caller for Wire {
    fn send<'a>(&'a self, request: &'a Request) -> Sending<'a> {
        self.requests.lock().unwrap().push(request.clone());
        Box::pin(std::future::ready(self.told(&request.url)))
    }
}
