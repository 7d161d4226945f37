//! The SOC as a process: HTTP API, accounts, audit log, jobs, state.
//!
//! [`Server`] listens, [`Admin`] does at the command line what needs no server. Routes, roles and
//! scopes come from the table of `khien-wire`; what a request goes through is in `http.rs`. The console
//! is given as [`StaticFiles`], further kinds of jobs as [`JobKind`], further parts to look at as
//! [`HealthSource`].
//!
//! Records that come go through the lake at the desk (`desk.rs`), and what is found there becomes alerts.

#![forbid(unsafe_code)]

mod admin;
mod advisories;
mod app;
mod asking;
mod clock;
mod desk;
mod duties;
mod files;
mod health;
mod http;
mod intake;
mod inventory;
mod jobs;
mod limit;
mod listen;
mod live;
mod osquery;
mod rules;
mod secret;
mod server;
mod sign_in;
mod state;
mod story;
mod syslog;
mod tls;
mod updates;

pub use admin::{Admin, backup_facts, restore};
pub use clock::{Clock, SetClock, SystemClock};
pub use desk::{DeskConfig, DeskError, SPOOL_BYTES};
pub use files::{NoFiles, StaticFile, StaticFiles};
pub use health::{Found, HealthSource};
pub use jobs::{JobContext, JobFailure, JobKind};
pub use live::Bus;
pub use server::{Config, Server, ServerError, Started, serve};
pub use state::{
    AccountFilter, AuditFilter, BackupFacts, By, LastAdmin, ListAsked, Order, StateError, Store,
    TokenFilter,
};
pub use tls::Tls;
pub use updates::{ExampleUpdate, UpdatesConfig};

pub use khien_wire::{
    Account, AccountChange, AccountNew, AccountState, HealthState, Locale, Node, NodeChange, Role,
    Scope, SetupLink, TokenNew,
};
