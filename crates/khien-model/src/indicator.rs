//! Observable patterns with a reason and a validity, in STIX's sense.

use std::borrow::Cow;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// What an indicator matches. Values are canonical, as in [`crate::observable`].
#[derive(Clone, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "value")]
#[non_exhaustive]
pub enum IndicatorKind {
    /// A network in CIDR form: address and prefix length in bits.
    Cidr(IpAddr, u8),
    /// A domain and everything below it.
    Domain(String),
    /// A file hash of any kind, lower-case hexadecimal.
    Hash(String),
    /// One address.
    Ip(IpAddr),
    /// A path: whole, or (starting with `/` or `*`) the end of one; `*` and `?` are wildcards.
    Path(String),
    /// The serial number of a signing certificate, lower-case hexadecimal without separators.
    SignerSerial(String),
    /// The name of a code signer, compared without case.
    Signer(String),
    /// A URL; with a `*` at its end, everything that begins so.
    Url(String),
    /// An HTTP user agent.
    UserAgent(String),
    /// A named mutex or event.
    Mutex(String),
}

impl IndicatorKind {
    /// The stable word for the kind.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Cidr(..) => "cidr",
            Self::Domain(_) => "domain",
            Self::Hash(_) => "hash",
            Self::Ip(_) => "ip",
            Self::Mutex(_) => "mutex",
            Self::Path(_) => "path",
            Self::Signer(_) => "signer",
            Self::SignerSerial(_) => "signer_serial",
            Self::Url(_) => "url",
            Self::UserAgent(_) => "user_agent",
        }
    }

    /// The value as text.
    pub fn value(&self) -> String {
        self.text().into_owned()
    }

    /// As [`IndicatorKind::value`], borrowed where it is kept as text.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Cidr(address, bits) => format!("{address}/{bits}").into(),
            Self::Ip(address) => address.to_string().into(),
            Self::Domain(v)
            | Self::Hash(v)
            | Self::Mutex(v)
            | Self::Path(v)
            | Self::Signer(v)
            | Self::SignerSerial(v)
            | Self::Url(v)
            | Self::UserAgent(v) => v.as_str().into(),
        }
    }
}

/// An observable pattern with a reason, as an advisory gives it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Indicator {
    /// What it matches.
    pub kind: IndicatorKind,
    /// The advisory's own id for it (a STIX id), or empty.
    pub id: String,
    /// A short name.
    pub name: String,
    /// What it is and why it matters.
    pub description: String,
    /// Who published it.
    pub sources: Vec<String>,
    /// Likelihood that a match is the real thing, 0 to 100; `None` when the advisory is silent.
    pub confidence: Option<u8>,
    /// From when on it means something.
    pub valid_from: Option<Timestamp>,
    /// Until when it means something.
    pub valid_until: Option<Timestamp>,
    /// With whom it may be shared: a TLP label in lower case, where the advisory says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tlp: Option<String>,
}

impl Indicator {
    /// An indicator with nothing but its pattern.
    pub fn bare(kind: IndicatorKind) -> Self {
        Self {
            kind,
            id: String::new(),
            name: String::new(),
            description: String::new(),
            sources: Vec::new(),
            confidence: None,
            valid_from: None,
            valid_until: None,
            tlp: None,
        }
    }
}
