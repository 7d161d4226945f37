//! Records that come over the network, on their way into the lake.
//!
//! What is taken is appended to a file of the [`spool`], made durable, and only then acknowledged. One
//! thread reads these files as they grow and stores them like any other log that is followed; a file
//! goes when all of it is in the lake. So what was acknowledged survives a process that is killed, and
//! is stored once.

pub mod pipeline;
pub mod segment;
pub mod spool;
pub mod writer;
