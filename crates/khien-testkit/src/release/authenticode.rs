//! Microsoft Authenticode (Windows Authenticode Portable Executable Signature Format, 2008): the
//! signed message, the certificate table, and the ways in which a table can carry what nobody signed.

use super::der::{
    Der, attribute, explicit, generalized_time, implicit_set, integer, octets, oid, sequence,
    set_of, tagged, utc_time,
};
use super::identity::{Identity, sha256, sha256_algorithm};
use super::layout::{Layout, le32, read_u32, set};
use super::pe;

const DATA: &str = "1.2.840.113549.1.7.1";
const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";
const INDIRECT_DATA: &str = "1.3.6.1.4.1.311.2.1.4";
const TRUST_LIST: &str = "1.3.6.1.4.1.311.10.1";
const TIME_STAMP: &str = "1.3.6.1.4.1.311.3.3.1";
/// An attribute that no signing tool writes.
const FIXTURE_ATTRIBUTE: &str = "1.3.6.1.4.1.99999.1";

/// How to sign.
#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) signer: Identity,
    /// `YYYYMMDDHHMMSSZ` of a time stamp, where there is to be one.
    pub(crate) stamped: Option<&'static str>,
    /// Bytes of an unsigned attribute of an unknown kind.
    pub(crate) unsigned: Option<Vec<u8>>,
    /// Name of the product inside the signature; also a way to choose the message's length.
    pub(crate) program: String,
    /// A certificate that signed nothing here.
    pub(crate) spare: Option<Identity>,
    /// More certificates, as they are.
    pub(crate) certificates: Vec<Der>,
    /// Bytes behind the time stamp within the set of its attribute's values.
    pub(crate) behind_stamp: Vec<u8>,
    /// Whether the stamp's certificates are in the outer message instead of the token.
    pub(crate) bare_stamp: bool,
    /// Another signature algorithm to name in the stamp, which then nobody can check.
    pub(crate) stamp_algorithm: Option<&'static str>,
}

impl Options {
    pub(crate) fn by(signer: Identity) -> Self {
        Self {
            signer,
            stamped: Some("20240102030405Z"),
            unsigned: None,
            program: "Vet fixture".to_owned(),
            spare: None,
            certificates: Vec::new(),
            behind_stamp: Vec::new(),
            bare_stamp: false,
            stamp_algorithm: None,
        }
    }
}

/// Signs a PE file that has no certificate table yet.
pub(crate) fn sign(mut file: Vec<u8>, options: &Options) -> Vec<u8> {
    file.resize(file.len().next_multiple_of(8), 0);
    let message = message(&indirect_pe(&digest(&file)), options);
    let table = entry(&message, 0x0002);
    let at = file.len();
    let directory = pe::certificate_directory();
    set(&mut file, directory, &le32(at));
    set(&mut file, directory + 4, &le32(table.len()));
    file.extend_from_slice(&table);
    pe::write_checksum(&mut file);
    file
}

/// SHA-256 over all but the checksum, the directory entry of the table, and the table.
fn digest(unsigned: &[u8]) -> Vec<u8> {
    let (checksum, directory) = (pe::checksum_field(), pe::certificate_directory());
    let covered =
        [&unsigned[..checksum], &unsigned[checksum + 4..directory], &unsigned[directory + 8..]];
    sha256(&covered.concat())
}

/// One `WIN_CERTIFICATE` with its padding.
fn entry(body: &[u8], kind: usize) -> Vec<u8> {
    let mut out = Layout::new();
    out.u32((body.len() + 8).next_multiple_of(8)).u16(0x0200).u16(kind).bytes(body).align(8);
    out.0
}

/// `SpcIndirectDataContent` of a PE file.
fn indirect_pe(digest: &[u8]) -> Der {
    let obsolete: Vec<u8> = "<<<Obsolete>>>".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let link = explicit(2, &tagged(0x80, &obsolete));
    let image = sequence(&[vec![0x03, 0x01, 0x00], explicit(0, &link)]);
    let kind = sequence(&[oid("1.3.6.1.4.1.311.2.1.15"), image]);
    sequence(&[kind, sequence(&[sha256_algorithm(), octets(digest)])])
}

/// `SpcIndirectDataContent` of an MSI package.
pub(crate) fn indirect_msi(digest: &[u8]) -> Der {
    const CLASS: [u8; 16] = [0xF1, 0x10, 0x0C, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46];
    let numbers = [1, 0, 0, 0, 0, 0].map(integer).to_vec();
    let info = [numbers[0].clone(), octets(&CLASS)].into_iter().chain(numbers[1..].to_vec());
    let info = sequence(&info.collect::<Vec<_>>());
    let kind = sequence(&[oid("1.3.6.1.4.1.311.2.1.30"), info]);
    sequence(&[kind, sequence(&[sha256_algorithm(), octets(digest)])])
}

/// A security catalogue: a signed list of the digests of PE files that carry no signature.
pub(crate) fn catalogue(files: &[Vec<u8>], options: &Options) -> Der {
    let member = |file: &Vec<u8>| {
        let mut file = file.clone();
        file.resize(file.len().next_multiple_of(8), 0);
        let digest = digest(&file);
        sequence(&[octets(&digest), set_of(&[attribute(INDIRECT_DATA, &indirect_pe(&digest))])])
    };
    let members: Vec<Der> = files.iter().map(member).collect();
    let list = sequence(&[
        sequence(&[oid("1.3.6.1.4.1.311.12.1.1")]),
        octets(&sha256(super::payload::LINE.as_bytes())),
        utc_time("240102030405Z"),
        sequence(&[oid("1.3.6.1.4.1.311.12.1.2"), super::der::null()]),
        sequence(&members),
    ]);
    message_of(TRUST_LIST, &list, options)
}

/// The signed message over an `SpcIndirectDataContent`.
pub(crate) fn message(content: &Der, options: &Options) -> Der {
    message_of(INDIRECT_DATA, content, options)
}

fn message_of(kind: &str, content: &Der, options: &Options) -> Der {
    let inner = &content[content.len() - inner_len(content)..];
    let program: Vec<u8> = options.program.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let program = tagged(0x80, &program);
    let attributes = [
        attribute(CONTENT_TYPE, &oid(kind)),
        attribute(MESSAGE_DIGEST, &octets(&sha256(inner))),
        attribute("1.3.6.1.4.1.311.2.1.12", &sequence(&[explicit(0, &program)])),
        attribute("1.3.6.1.4.1.311.2.1.11", &sequence(&[oid("1.3.6.1.4.1.311.2.1.21")])),
    ];
    let signature = options.signer.sign(&set_of(&attributes));
    let mut unsigned = Vec::new();
    let mut certificates = vec![options.signer.certificate.clone(), Identity::root().certificate];
    if let Some(time) = options.stamped {
        let values = [time_stamp(&signature, time, options), options.behind_stamp.clone()].concat();
        unsigned.push(sequence(&[oid(TIME_STAMP), tagged(0x31, &values)]));
        if options.bare_stamp {
            certificates.push(Identity::time_stamper().certificate);
        }
    }
    if let Some(bytes) = &options.unsigned {
        unsigned.push(attribute(FIXTURE_ATTRIBUTE, &octets(bytes)));
    }
    certificates.extend(options.spare.as_ref().map(|spare| spare.certificate.clone()));
    certificates.extend_from_slice(&options.certificates);
    let mut info = vec![
        integer(1),
        options.signer.issuer_and_serial(),
        sha256_algorithm(),
        implicit_set(0, &attributes),
        Identity::algorithm(),
        octets(&signature),
    ];
    if !unsigned.is_empty() {
        info.push(implicit_set(1, &unsigned));
    }
    signed_data(1, &sequence(&[oid(kind), explicit(0, content)]), &certificates, &info)
}

/// A detached message over bytes that stand elsewhere (Apple's code directory).
pub(crate) fn detached(covered: &[u8], signer: &Identity, more: &[Der]) -> Der {
    let mut attributes = vec![
        attribute(CONTENT_TYPE, &oid(DATA)),
        attribute(SIGNING_TIME, &utc_time("240102030405Z")),
        attribute(MESSAGE_DIGEST, &octets(&sha256(covered))),
    ];
    attributes.extend_from_slice(more);
    let signature = signer.sign(&set_of(&attributes));
    let info = [
        integer(1),
        signer.issuer_and_serial(),
        sha256_algorithm(),
        implicit_set(0, &attributes),
        Identity::algorithm(),
        octets(&signature),
    ];
    let certificates = [signer.certificate.clone(), Identity::root().certificate];
    signed_data(1, &sequence(&[oid(DATA)]), &certificates, &info)
}

/// An RFC 3161 token over a signature.
fn time_stamp(signature: &[u8], time: &str, options: &Options) -> Der {
    let stamper = Identity::time_stamper();
    let info = sequence(&[
        integer(1),
        oid("1.3.6.1.4.1.99999.2"),
        sequence(&[sha256_algorithm(), octets(&sha256(signature))]),
        integer(1),
        generalized_time(time),
    ]);
    const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";
    let certificate = sequence(&[octets(&sha256(&stamper.certificate))]);
    let attributes = [
        attribute(CONTENT_TYPE, &oid(TST_INFO)),
        attribute(MESSAGE_DIGEST, &octets(&sha256(&info))),
        attribute("1.2.840.113549.1.9.16.2.47", &sequence(&[sequence(&[certificate])])),
    ];
    let signer = [
        integer(1),
        stamper.issuer_and_serial(),
        sha256_algorithm(),
        implicit_set(0, &attributes),
        options.stamp_algorithm.map_or_else(Identity::algorithm, |kind| sequence(&[oid(kind)])),
        octets(&stamper.sign(&set_of(&attributes))),
    ];
    let content = sequence(&[oid(TST_INFO), explicit(0, &octets(&info))]);
    let certificates = if options.bare_stamp {
        vec![Identity::root().certificate]
    } else {
        vec![stamper.certificate, Identity::root().certificate]
    };
    signed_data(3, &content, &certificates, &signer)
}

fn signed_data(version: u64, content: &Der, certificates: &[Der], signer: &[Der]) -> Der {
    let data = sequence(&[
        integer(version),
        set_of(&[sha256_algorithm()]),
        content.clone(),
        implicit_set(0, certificates),
        set_of(&[sequence(signer)]),
    ]);
    sequence(&[oid(SIGNED_DATA), explicit(0, &data)])
}

/// Bytes of a value behind its tag and length.
fn inner_len(value: &Der) -> usize {
    let header = match value[1] {
        short @ 0..0x80 => return usize::from(short),
        long => usize::from(long & 0x7F),
    };
    value.len() - 2 - header
}

/// Puts another message in the place of a signed file's own.
pub(crate) fn with_message(mut file: Vec<u8>, edit: impl FnOnce(&[u8]) -> Der) -> Vec<u8> {
    let directory = pe::certificate_directory();
    let at = read_u32(&file, directory);
    let entry_len = read_u32(&file, at);
    let body = file[at + 8..at + entry_len].to_vec();
    let len = body.len() - padding(&body);
    let table = entry(&edit(&body[..len]), 0x0002);
    file.truncate(at);
    set(&mut file, directory + 4, &le32(table.len()));
    file.extend_from_slice(&table);
    pe::write_checksum(&mut file);
    file
}

/// Bytes behind a message that fill its entry up.
fn padding(body: &[u8]) -> usize {
    let header = body.len() - 2 - usize::from(body[1] & 0x7F);
    let length = body[2..2 + usize::from(body[1] & 0x7F)].iter();
    header - length.fold(0, |len, byte| len << 8 | usize::from(*byte))
}

/// Where bytes that nobody signed are put. The first four leave the digest as it was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stuffing {
    /// Inside the entry of the signature, behind its message: the carrier of 3CX.
    InsideEntry,
    /// In the table, without an entry.
    WithoutEntry,
    /// In a second entry of a reserved type.
    UnknownEntry,
    /// Behind the table.
    AfterTable,
    /// Between the last section and the table.
    BeforeTable,
}

/// Puts bytes into a signed file and corrects the sizes and the checksum as a tool would.
pub(crate) fn stuff(mut file: Vec<u8>, how: Stuffing, bytes: &[u8]) -> Vec<u8> {
    let directory = pe::certificate_directory();
    let (at, len) = (read_u32(&file, directory), read_u32(&file, directory + 4));
    let mut bytes = bytes.to_vec();
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    match how {
        Stuffing::InsideEntry => {
            let entry = read_u32(&file, at);
            set(&mut file, at, &le32(entry + bytes.len()));
        }
        Stuffing::UnknownEntry => bytes = entry(&bytes, 0x0EF1),
        Stuffing::BeforeTable => {
            set(&mut file, directory, &le32(at + bytes.len()));
            file.splice(at..at, bytes.iter().copied());
            pe::write_checksum(&mut file);
            return file;
        }
        Stuffing::AfterTable | Stuffing::WithoutEntry => {}
    }
    if how != Stuffing::AfterTable {
        set(&mut file, directory + 4, &le32(len + bytes.len()));
    }
    file.extend_from_slice(&bytes);
    pe::write_checksum(&mut file);
    file
}
