//! Network engines on real records that lie beside the checkout; a plain clone skips them.

mod beacon;
mod join;
mod memory;
mod names;
mod rita;
mod zeek;
