//! Hunts over what is stored: rules over history, and packs of saved hunts.

pub mod pack;
pub mod reader;
pub mod rules;
pub mod trial;
