//! What an ordinary release does that earlier releases did not.

use serde::{Deserialize, Serialize};

/// One change of a product's habits.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "change")]
#[non_exhaustive]
pub enum Change {
    /// A name is contacted no more.
    ContactDropped {
        /// The name.
        host: String,
    },
    /// Another product's programs, names and libraries come with this one.
    Merged {
        /// The product that was taken in.
        product: String,
    },
    /// A name is contacted on every host from the first run on.
    NewContact {
        /// The name.
        host: String,
    },
    /// A feature that few people use contacts a name, on some days, on some hosts.
    NewFeature {
        /// The name.
        host: String,
    },
    /// Files are written at another place.
    NewFiles {
        /// The path, with `%U%` for the user and `%N%` for a number.
        path: String,
    },
    /// A helper program is started.
    NewHelper {
        /// Its file name.
        file: String,
    },
    /// A library is bundled and loaded.
    NewLibrary {
        /// Its file name.
        file: String,
    },
    /// A port is listened on.
    NewListener {
        /// The port.
        port: u16,
    },
    /// The vendor has another name and certificate.
    NewSigner {
        /// The earlier subject.
        from: String,
        /// The new one.
        to: String,
    },
    /// The program starts itself at logon, through a `Run` value.
    StartsAtLogon,
    /// Measurements go to another vendor.
    TelemetryVendor {
        /// The earlier vendor's name on the network, if there was one.
        from: Option<String>,
        /// The new one's.
        to: String,
    },
}

/// A benign development that looks like an incident.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LookAlike {
    /// The vendor is bought: new company, new certificate, same program.
    Acquisition,
    /// Few hosts run pre-releases, with habits that nobody else has yet.
    BetaRing,
    /// The vendor's servers send every release, old and new, to another name.
    CdnMove,
    /// Two products become one.
    Merger,
    /// A product comes that nobody had before.
    Newcomer,
    /// A release measures through another vendor.
    TelemetryVendor,
}

impl LookAlike {
    /// Every look-alike.
    pub const ALL: [Self; 6] = [
        Self::Acquisition,
        Self::BetaRing,
        Self::CdnMove,
        Self::Merger,
        Self::Newcomer,
        Self::TelemetryVendor,
    ];

    /// The products of the catalogue that show it.
    pub(crate) fn products(self) -> &'static [&'static str] {
        match self {
            Self::Acquisition => &["brindle-help"],
            Self::BetaRing => &["cobalt-studio", "plover-chat"],
            Self::CdnMove => &["sparrow-sync"],
            Self::Merger => &["ledgerly"],
            Self::Newcomer => &[
                "basil-editor",
                "finch-browser",
                "heather-plan",
                "larch-vault",
                "marl-viewer",
                "moss-backup",
                "reed-fax",
                "sorrel-remote",
            ],
            Self::TelemetryVendor => &["wren-capture"],
        }
    }
}
