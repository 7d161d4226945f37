//! A request that was admitted and read.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use khien_text::Lang;
use khien_wire::{Locale, ProblemCode};
use serde::de::DeserializeOwned;
use tokio::sync::OwnedSemaphorePermit;

use super::Fault;
use crate::state::{By, ListAsked, Machine, Order, Person};

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) enum Principal {
    /// Nobody who said who they are.
    Anonymous,
    /// A machine with a token.
    Machine(Machine),
    /// A person who signed in.
    Person(Person),
}

/// A request that was admitted and read.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) principal: Principal,
    /// The same for the audit log.
    pub(crate) by: By,
    pub(crate) source: Option<IpAddr>,
    /// The query, held against the table.
    pub(crate) query: BTreeMap<String, String>,
    /// The named parts of the path.
    pub(crate) path: BTreeMap<String, String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// A body that is read as it comes.
    pub(crate) stream: Mutex<Option<Body>>,
    /// The language that the browser asks for.
    pub(crate) lang: Lang,
    /// Room for a body of records, while the request lasts.
    pub(crate) _held: Option<OwnedSemaphorePermit>,
}

impl Call {
    /// The person who asks.
    ///
    /// # Errors
    ///
    /// Nobody is signed in; the table of operations keeps such requests away.
    pub(crate) fn person(&self) -> Result<&Person, Fault> {
        match &self.principal {
            Principal::Person(person) => Ok(person),
            _ => Err(Fault::new(ProblemCode::Unauthenticated)),
        }
    }

    /// The language of the account, else that of the request.
    pub(crate) fn own_lang(&self) -> Lang {
        match &self.principal {
            Principal::Person(person) => lang(person.locale),
            _ => self.lang,
        }
    }

    /// A named part of the path.
    pub(crate) fn part(&self, name: &str) -> &str {
        self.path.get(name).map(String::as_str).unwrap_or_default()
    }

    /// A value of the query.
    pub(crate) fn asked(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// The body as JSON.
    ///
    /// # Errors
    ///
    /// Another content type, no JSON, or not of this form.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        self.require_type("application/json")?;
        let bad = |error: &serde_json::Error| {
            Fault::new(ProblemCode::BadRequest).detail(error.to_string())
        };
        // Serde would take a list for an object with unnamed fields.
        let value: serde_json::Value = serde_json::from_slice(&self.body).map_err(|e| bad(&e))?;
        if !value.is_object() {
            return Err(Fault::new(ProblemCode::Invalid).detail("an object is expected"));
        }
        serde_json::from_value(value)
            .map_err(|error| Fault::new(ProblemCode::Invalid).detail(error.to_string()))
    }

    /// The body as a form of a page.
    ///
    /// # Errors
    ///
    /// Another content type, or a field twice.
    pub(crate) fn form<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        self.require_type("application/x-www-form-urlencoded")?;
        serde_urlencoded::from_bytes(&self.body).map_err(|_| Fault::new(ProblemCode::BadRequest))
    }

    /// The body as it comes; of an update only, and once.
    pub(super) fn take_stream(&self) -> Option<Body> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// # Errors
    ///
    /// Another content type than this.
    pub(super) fn require_type(&self, wanted: &str) -> Result<(), Fault> {
        let given = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = given.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case(wanted) {
            return Ok(());
        }
        Err(Fault::new(ProblemCode::UnsupportedMediaType).detail(format!("{wanted} is expected")))
    }

    /// What is asked of a list; the table has checked the words.
    pub(crate) fn list(&self, by: &str, order: Order) -> ListAsked {
        let mut asked = ListAsked::by(by, order);
        if let Some(limit) = self.asked("limit").and_then(|text| text.parse().ok()) {
            asked.limit = limit;
        }
        if let Some(sort) = self.asked("sort") {
            let (order, by) = match sort.strip_prefix('-') {
                Some(by) => (Order::Down, by),
                None => (Order::Up, sort),
            };
            asked.by = by.to_owned();
            asked.order = order;
        }
        asked.after = self.asked("after").map(str::to_owned);
        asked.q = self.asked("q").map(str::to_owned);
        asked
    }

    /// The value of a cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        cookie(&self.headers, name)
    }
}

/// The value of a cookie; the first, where there are several.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

pub(crate) const fn lang(locale: Locale) -> Lang {
    match locale {
        Locale::En => Lang::En,
        Locale::Vi => Lang::Vi,
    }
}
