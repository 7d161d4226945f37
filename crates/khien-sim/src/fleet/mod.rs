//! What the fleet is made of: files with their version resources, machines, names on the network.

pub(crate) mod endpoint;
pub(crate) mod file_spec;
pub(crate) mod programs;
pub(crate) mod services;
pub(crate) mod workstation;
