//! Rules and indicators to detections.
//!
//! Matchers of events: [`sigma`] rules, one event at a time; [`indicator`] sets, in the same pass;
//! and [`correlate`], which joins matches of several events in event time. A matcher of bytes:
//! [`yara`] rules. Nothing here reads a file or asks a clock (a scan's time limit apart), so live and
//! replayed history give the same answers.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects, clippy::indexing_slicing))]

pub mod correlate;
pub mod indicator;
pub mod sigma;
pub mod yara;
