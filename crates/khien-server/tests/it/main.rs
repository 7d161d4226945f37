//! The server over real HTTP on loopback, and the real process killed and started again.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

mod access;
mod accounts;
mod advisories;
mod audit;
mod backup;
mod cases;
mod client;
mod estate;
mod events;
mod forms;
mod headers;
mod hunts;
mod inventory;
mod jobs;
mod limits;
mod live;
mod osquery;
mod otlp;
mod process;
mod rules;
mod sessions;
mod texts;
mod tls;
mod updates;
mod world;
