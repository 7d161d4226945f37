//! Records that come over the network, on their way into the lake.
//!
//! What is taken is appended to a file of the [`spool`], made durable, and only then acknowledged. One
//! thread takes parcels out in their order and stores them, rows and the number of the last parcel in
//! one commit; a file goes when all of it is in the lake. So what was acknowledged survives a process
//! that is killed, and is stored once.

mod correlating;
mod intake;
pub mod parcel;
pub mod pipeline;
pub mod segment;
pub mod spool;
pub mod writer;
