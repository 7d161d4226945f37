//! Apple's code signature: the superblob with its code directory, requirements, entitlements and
//! signed message (as `cs_blobs.h` of XNU lays them out). Everything in it is big-endian.

use super::authenticode::detached;
use super::der::{attribute, octets, oid, sequence};
use super::identity::{Identity, sha256};
use super::layout::Layout;

/// Who signs.
#[derive(Clone)]
pub(crate) enum Signer {
    /// Nobody: digests only.
    AdHoc,
    /// A developer of this team.
    Team(&'static str),
}

/// How to sign.
#[derive(Clone)]
pub(crate) struct Signing {
    pub(crate) signer: Signer,
    /// Keys of entitlements that are true.
    pub(crate) entitlements: Vec<&'static str>,
    /// The hardened run-time.
    pub(crate) hardened: bool,
}

const PAGE: usize = 4096;
/// Room for the signed message.
const MESSAGE_BYTES: usize = 4096;

/// How much room a signature of code up to `limit` gets.
pub(crate) fn reserved(signing: &Signing, identifier: &str, limit: usize) -> usize {
    let hashes = 32 * (limit.div_ceil(PAGE) + 5);
    let rest = 256 + identifier.len() + entitlements(signing).len();
    (hashes + rest + MESSAGE_BYTES).next_multiple_of(16)
}

fn blob(magic: usize, body: &[u8]) -> Vec<u8> {
    let mut out = Layout::new();
    out.be32(magic).be32(8 + body.len()).bytes(body);
    out.0
}

fn entitlements(signing: &Signing) -> Vec<u8> {
    let keys: String =
        signing.entitlements.iter().map(|key| format!("\t<key>{key}</key>\n\t<true/>\n")).collect();
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n<dict>\n{keys}</dict>\n</plist>\n"
    );
    blob(0xFADE_7171, text.as_bytes())
}

/// The superblob over everything that is written so far.
pub(crate) fn sign(
    code: &[u8],
    signing: &Signing,
    identifier: &str,
    text_len: usize,
    program: bool,
) -> Vec<u8> {
    let requirements = blob(0xFADE_0C01, &[0; 4]);
    let entitlements = entitlements(signing);
    let special =
        [sha256(&entitlements), vec![0; 32], vec![0; 32], sha256(&requirements), vec![0; 32]];
    let directory = directory(code, signing, identifier, &special, (text_len, program));
    let message = match &signing.signer {
        Signer::AdHoc => Vec::new(),
        Signer::Team(team) => {
            let digest = sequence(&[oid("2.16.840.1.101.3.4.2.1"), octets(&sha256(&directory))]);
            let attributes = [attribute("1.2.840.113635.100.9.2", &digest)];
            detached(&directory, &Identity::apple(team), &attributes)
        }
    };
    let slots = [
        (0, directory),
        (2, requirements),
        (5, entitlements),
        (0x1_0000, blob(0xFADE_0B01, &message)),
    ];
    let mut out = Layout::new();
    let total = 12 + 8 * slots.len() + slots.iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
    out.be32(0xFADE_0CC0).be32(total).be32(slots.len());
    let mut at = 12 + 8 * slots.len();
    for (kind, bytes) in &slots {
        out.be32(*kind).be32(at);
        at += bytes.len();
    }
    for (_, bytes) in &slots {
        out.bytes(bytes);
    }
    out.0
}

fn directory(
    code: &[u8],
    signing: &Signing,
    identifier: &str,
    special: &[Vec<u8>; 5],
    (text_len, program): (usize, bool),
) -> Vec<u8> {
    const HEADER: usize = 88;
    let (adhoc, team) = match signing.signer {
        Signer::AdHoc => (2, None),
        Signer::Team(team) => (0, Some(team)),
    };
    let flags = adhoc | if signing.hardened { 0x1_0000 } else { 0 };
    let team_at = HEADER + identifier.len() + 1;
    let names_end = team_at + team.map_or(0, |team| team.len() + 1);
    let hashes_at = names_end + 32 * special.len();
    let pages = code.chunks(PAGE);
    let total = hashes_at + 32 * pages.len();
    let mut out = Layout::new();
    out.be32(0xFADE_0C02).be32(total).be32(0x2_0400).be32(flags).be32(hashes_at).be32(HEADER);
    out.be32(special.len()).be32(pages.len()).be32(code.len()).u8(32).u8(2).u8(0).u8(12).be32(0);
    out.be32(0).be32(team.map_or(0, |_| team_at)).be32(0).be64(0);
    out.be64(0).be64(text_len).be64(usize::from(program)).pad_to(HEADER);
    out.c_string(identifier);
    if let Some(team) = team {
        out.c_string(team);
    }
    for hash in special {
        out.bytes(hash);
    }
    for page in pages {
        out.bytes(sha256(page));
    }
    out.0
}
