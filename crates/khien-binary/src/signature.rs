//! Signatures as structures: what they cover, what they do not, and who made them.

use serde::{Deserialize, Serialize};

/// How a file is signed.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// No signature in the file.
    #[default]
    None,
    /// Microsoft Authenticode in a PE's certificate table.
    Authenticode,
    /// Microsoft Authenticode in an MSI's stream.
    MsiAuthenticode,
    /// Apple code signature (`LC_CODE_SIGNATURE`).
    AppleCode,
}

/// What is known of the signature, never a boolean.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// No signature.
    #[default]
    Unsigned,
    /// Digest and signature hold, the chain ends at a pinned root, and nothing is uncovered.
    ValidStrict,
    /// As above, but the signature's own area carries bytes that it does not cover.
    ValidCarriesUnsigned,
    /// Digest and signature hold; the chain ends at a root that is not pinned here.
    UnknownRoot,
    /// As `UnknownRoot`, and its area carries bytes that it does not cover.
    UnknownRootCarriesUnsigned,
    /// Apple: a signature without a signer.
    AdHoc,
    /// Digest, signature or structure is wrong.
    Invalid,
    /// An algorithm or layout that is not read here: neither good nor bad.
    Unsupported,
}

/// Something about the signature's structure that genuine files do not have.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IrregularityKind {
    /// Bytes after the DER of an entry: `dwLength − 8 − DER length`, more than 7 or not zero.
    Slack,
    /// The entries do not tile the table.
    NotTiled,
    /// More than one entry.
    ManyEntries,
    /// An entry of a reserved or unknown type or revision.
    UnknownEntry,
    /// Bytes after the table.
    AfterTable,
    /// Bytes between the last section and the table. They are covered by the signature, and installers
    /// have them; in a library they are out of place. Does not change the state.
    BeforeTable,
    /// An unsigned attribute that is not a time stamp, counter-signature or nested signature, or one larger than such a thing is.
    UnsignedAttribute,
    /// A certificate that is in no chain of the message.
    SpareCertificate,
    /// More bytes than a certificate or two, in certificates, lists and elements that no chain needs.
    SpareBytes,
    /// The file's digest is not the one signed.
    WrongDigest,
    /// The signature over the attributes does not verify.
    WrongSignature,
    /// A certificate of the chain is not signed by the next.
    BrokenChain,
    /// A certificate may not sign code, or was out of date when it signed.
    WrongUsage,
    /// Page hashes that do not fit the file.
    WrongPageHash,
    /// Not DER where it must be, or with values out of place.
    Malformed,
    /// Apple: bytes after the superblob's content, or blobs that overlap.
    SuperBlobSlack,
    /// Apple: code outside the signed limit.
    OutsideCodeLimit,
}

/// One irregularity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Irregularity {
    /// What.
    pub kind: IrregularityKind,
    /// Where in the file.
    pub offset: u64,
    /// How many bytes it is about.
    pub len: u64,
    /// Of those, how many are not zero.
    pub nonzero: u64,
    /// Shannon entropy of those bytes, bits per byte.
    pub entropy: f32,
    /// Object identifiers, types, names: outside text.
    pub detail: String,
}

impl Signature {
    /// What makes it invalid, in words; the first remark where no single finding does.
    pub fn fault(&self) -> String {
        const FAULTS: [(IrregularityKind, &str); 5] = [
            (IrregularityKind::WrongDigest, "wrong digest"),
            (IrregularityKind::WrongSignature, "wrong signature"),
            (IrregularityKind::BrokenChain, "broken chain"),
            (IrregularityKind::WrongUsage, "certificate for another use"),
            (IrregularityKind::Malformed, "malformed"),
        ];
        let found = FAULTS.iter().find_map(|(kind, word)| {
            let found = self.irregularities.iter().find(|found| found.kind == *kind)?;
            Some(format!("{word} {}", found.detail).trim_end().to_owned())
        });
        found.or_else(|| self.remarks.first().cloned()).unwrap_or_default()
    }
}

/// One who signed.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Signer {
    /// Organisation (`O`), or the Apple team's name.
    pub organisation: Option<String>,
    /// Common name (`CN`).
    pub common_name: Option<String>,
    /// Country (`C`).
    pub country: Option<String>,
    /// What stays when the leaf certificate changes: Azure Trusted Signing's identity usage (OID under 1.3.6.1.4.1.311.97),
    /// Apple Team ID, or the subject's registration number.
    pub durable_identity: Option<String>,
    /// Common name of the issuer of the leaf.
    pub issuer: Option<String>,
    /// Serial number of the leaf, hexadecimal.
    pub serial: Option<String>,
    /// SHA-256 of the leaf certificate, hexadecimal.
    pub leaf_sha256: Option<String>,
    /// SHA-256 of the public keys of the chain as far as its signatures hold, leaf first, hexadecimal.
    /// What a chain to no known root is worth: a name can be written by anybody, a key cannot.
    pub keys: Vec<String>,
    /// Name of the root or topmost certificate that was found.
    pub root: Option<String>,
    /// Start and end of the leaf's validity, seconds since 1970.
    pub valid: Option<(i64, i64)>,
    /// Time stamped by a time-stamping authority, seconds since 1970.
    pub stamped: Option<i64>,
    /// Name of the root or topmost certificate of the time-stamping authority.
    pub stamp_root: Option<String>,
    /// Time that the signer claims.
    pub claimed: Option<i64>,
    /// Digest and signature algorithm, such as `sha256/rsa2048`.
    pub algorithm: String,
}

/// The signature of one image.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Signature {
    /// How.
    pub scheme: Scheme,
    /// What is known.
    pub state: State,
    /// Signers, outermost first; nested signatures follow.
    pub signers: Vec<Signer>,
    /// The digest of the covered bytes (Authentihash, CodeDirectory hash), hexadecimal with its algorithm: `sha256:…`. Computed for
    /// unsigned PE files too.
    pub content_digest: Option<String>,
    /// What is odd about the structure.
    pub irregularities: Vec<Irregularity>,
    /// Apple: identifier of the code directory.
    pub identifier: Option<String>,
    /// Apple: flags of the code directory by name (`adhoc`, `runtime`, `linker-signed`, …).
    pub flags: Vec<String>,
    /// In words: why invalid, why unsupported.
    pub remarks: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(kind: IrregularityKind, detail: &str) -> Irregularity {
        let detail = detail.to_owned();
        Irregularity { kind, offset: 0, len: 0, nonzero: 0, entropy: 0.0, detail }
    }

    #[test]
    fn what_makes_a_signature_invalid_is_said_before_what_is_only_odd() {
        let mut signature = Signature {
            remarks: vec!["root `X` is not pinned".to_owned()],
            irregularities: vec![
                found(IrregularityKind::Slack, "8 bytes"),
                found(IrregularityKind::BrokenChain, "`X` did not sign it"),
                found(IrregularityKind::WrongDigest, "of the content"),
            ],
            ..Signature::default()
        };
        assert_eq!(signature.fault(), "wrong digest of the content");
        signature.irregularities.pop();
        assert_eq!(signature.fault(), "broken chain `X` did not sign it");
        signature.irregularities.pop();
        assert_eq!(signature.fault(), "root `X` is not pinned");
        assert_eq!(Signature::default().fault(), "");
    }
}
