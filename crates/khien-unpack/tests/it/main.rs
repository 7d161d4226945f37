//! Opens artefacts made by the formats' own tools, or byte by byte where a tool would refuse.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails may say so by a panic")]

mod archives;
mod claims;
mod images;
mod packages;
mod properties;
mod rooms;
mod scripts;
mod seven_zip;
mod streams;
mod support;
mod tapes;
mod zips;
mod zips_hostile;
