//! Reads executables and their signatures as structures: PE, ELF, Mach-O, .NET.
//!
//! [`read`] turns the bytes of one file into [`Image`]s: what the file imports and exports, how it
//! starts, what its sections hold, which functions it has, and who signed which bytes of it. A
//! signature is never a boolean here: [`signature::Signature`] says what was covered, what was not,
//! and why. Everything is offline, and everything is a summary: nothing refers to the bytes.

#![forbid(unsafe_code)]

pub mod image;
pub mod signature;

pub use image::{Image, ImageKind};
pub use signature::Signature;
