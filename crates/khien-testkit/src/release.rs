//! Inert update pairs: the structure of known incidents and tricks, without anything that does harm.
//!
//! Everything is made here, byte for byte the same in every run. The only payload is one line of
//! text ([`LINE`]), enciphered with a published key ([`KEY`]) where a case needs bytes like noise.
//! Code only computes numbers; dangerous functions are named in tables and never called; scripts
//! leave with their first statement and name hosts that cannot exist. Signatures are made under a
//! throw-away authority that says in its name that it is not one.
//!
//! It does not show how to build an attack: what is missing is everything that would make one work.

mod archives;
mod asar;
mod authenticode;
mod benign;
mod cab;
mod code;
mod codesign;
mod containers;
mod der;
mod dmg;
mod dotnet;
mod elf;
mod hfs;
mod identity;
mod incidents;
mod installation;
mod layout;
mod macho;
mod managed;
mod mentions;
mod msi_package;
mod native;
mod packages;
mod payload;
mod pe;
mod provenance;
mod resource;
pub mod signatures;
mod software;
mod tar;
#[cfg(test)]
mod tests;
mod unix;
mod xar;
mod zip;

pub use payload::{KEY, LINE, line, noise, rc4};

/// What the comparison has to say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Expect {
    /// Not to be rolled out.
    Block,
    /// Not before a person has looked.
    Hold,
    /// Nothing to complain about.
    Pass,
}

/// One release, as one file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Artefact {
    /// The name under which a vendor would publish it.
    pub file_name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Artefact {
    pub(crate) fn new(file_name: &str, bytes: Vec<u8>) -> Self {
        Self { file_name: file_name.to_owned(), bytes }
    }
}

/// A pair of releases and what is to be said of the second.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name: letters, digits and hyphens.
    pub name: &'static str,
    /// The incident whose structure it has.
    pub incident: Option<&'static str>,
    /// The kind of package.
    pub container: &'static str,
    /// A structure that no honest release has: it has to be blocked, a hold is not enough.
    pub hard: bool,
    /// The earlier release.
    pub old: Artefact,
    /// The release in question.
    pub new: Artefact,
    /// The least that has to be said. A case that expects a hold may be blocked.
    pub expect: Expect,
    /// Identifiers of traits, separated by `|`, one of which is to be the first reason. Empty for
    /// benign pairs.
    pub first_cause: &'static str,
    /// One sentence about the structure.
    pub about: &'static str,
}

/// Pairs that must not pass.
pub fn cases() -> Vec<Case> {
    let mut cases = native::cases();
    cases.extend(archives::cases());
    cases.extend(managed::cases());
    cases.extend(unix::cases());
    cases.extend(incidents::cases());
    cases.extend(installation::cases());
    cases.extend(provenance::cases());
    cases
}

/// Honest twins of [`cases`], which must pass.
pub fn benign_cases() -> Vec<Case> {
    benign::cases()
}
