//! `khien vet`: what it writes, and how it behaves with real files and real children.

mod fixture;
mod formats;
mod lineage;
pub(crate) mod runs;
