use proptest::prelude::*;

use super::*;
use crate::authenticode::verify::DigestKind;
use crate::macho::tests::library;

const LINE: &[u8] = b"INERT VET TEST FIXTURE - CONTAINS NO CODE";
const ENTITLEMENTS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><plist version=\"1.0\"><dict><key>com.example.inert</key><true/></dict></plist>";
const ROOM: u32 = 0x4000;

fn be(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap()
}

fn blob(magic: u32, content: &[u8]) -> Vec<u8> {
    [be(&[magic, length(content) + 8]), content.to_vec()].concat()
}

/// A code directory over `code` with the given special blobs (slot and bytes).
fn directory(code: &[u8], flags: u32, team: Option<&str>, special: &[(usize, &[u8])]) -> Vec<u8> {
    let digest = |bytes: &[u8]| DigestKind::Sha256.digest(&[bytes]);
    let slots = special.iter().map(|(slot, _)| *slot).max().unwrap_or(0);
    let mut names = b"org.example.inert\0".to_vec();
    let team_at = team.map_or(0, |_| 88 + length(&names));
    names.extend(team.unwrap_or_default().as_bytes());
    names.push(0);
    let digests_at = 88 + names.len() + 32 * slots;
    let pages: Vec<&[u8]> = code.chunks(4096).collect();
    let size = digests_at + 32 * pages.len();
    let mut bytes = be(&[
        0xFADE_0C02,
        u32::try_from(size).unwrap(),
        0x2_0400,
        flags,
        u32::try_from(digests_at).unwrap(),
        88,
        u32::try_from(slots).unwrap(),
        u32::try_from(pages.len()).unwrap(),
        length(code),
    ]);
    bytes.extend([32, 2, 0, 12]);
    bytes.extend(be(&[0, 0, team_at, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    assert_eq!(bytes.len(), 88);
    bytes.extend(names);
    for slot in (1..=slots).rev() {
        let found = special.iter().find(|(known, _)| *known == slot);
        bytes.extend(found.map_or(vec![0; 32], |(_, blob)| digest(blob)));
    }
    bytes.extend(pages.into_iter().flat_map(digest));
    bytes
}

fn super_blob(blobs: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut at = 12 + 8 * u32::try_from(blobs.len()).unwrap();
    let mut table = Vec::new();
    for (kind, bytes) in blobs {
        table.extend(be(&[*kind, at]));
        at += length(bytes);
    }
    let mut bytes = be(&[0xFADE_0CC0, at, u32::try_from(blobs.len()).unwrap()]);
    bytes.extend(table);
    bytes.extend(blobs.iter().flat_map(|(_, blob)| blob.clone()));
    bytes
}

/// A library with a signature; `message` makes the CMS message of a code directory.
fn signed(team: Option<&str>, message: impl Fn(&[u8]) -> Vec<u8>) -> (Vec<u8>, usize) {
    let mut bytes = library(ROOM);
    let area = bytes.len() - usize::try_from(ROOM).unwrap();
    let entitlements = blob(0xFADE_7171, ENTITLEMENTS.as_bytes());
    let requirements = be(&[0xFADE_0C01, 12, 0]);
    let special = [(2, requirements.as_slice()), (5, entitlements.as_slice())];
    let content = |flags| directory(&bytes[..area], flags, team, &special);
    let plain = content(0x1_0000);
    let message = message(&plain);
    let main = if message.is_empty() { content(0x2) } else { plain };
    let frame = super_blob(&[
        (0, main),
        (2, requirements.clone()),
        (5, entitlements.clone()),
        (0x1_0000, blob(0xFADE_0B01, &message)),
    ]);
    bytes[area..area + frame.len()].copy_from_slice(&frame);
    (bytes, area)
}

fn audit(bytes: &[u8]) -> crate::Image {
    crate::macho::read(bytes).unwrap().remove(0)
}

fn kinds(image: &crate::Image) -> Vec<IrregularityKind> {
    image.signature.irregularities.iter().map(|found| found.kind).collect()
}

#[test]
fn an_ad_hoc_signature_holds() {
    let image = audit(&signed(None, |_| Vec::new()).0);
    assert_eq!(image.signature.state, State::AdHoc);
    assert_eq!(image.signature.irregularities, []);
    assert_eq!(image.signature.flags, ["adhoc"]);
    assert_eq!(image.signature.identifier.as_deref(), Some("org.example.inert"));
    assert_eq!(image.entitlements, [("com.example.inert".to_owned(), "true".to_owned())]);
    assert!(image.signature.content_digest.unwrap().starts_with("sha256:"));
    assert_eq!(image.overlay, None);
}

#[test]
fn changed_code_and_changed_blobs_are_wrong() {
    let (mut bytes, area) = signed(None, |_| Vec::new());
    bytes[0x1000] ^= 1;
    let image = audit(&bytes);
    assert_eq!(
        (image.signature.state, kinds(&image)),
        (State::Invalid, vec![IrregularityKind::WrongPageHash])
    );
    assert_eq!(image.signature.irregularities[0].offset, 0x1000);
    bytes[0x1000] ^= 1;
    let at = area + memchr::memmem::find(&bytes[area..], b"example.inert</key><true").unwrap();
    bytes[at] ^= 1;
    let image = audit(&bytes);
    assert_eq!(
        (image.signature.state, kinds(&image)),
        (State::Invalid, vec![IrregularityKind::WrongDigest])
    );
}

#[test]
fn bytes_in_the_signatures_room_and_after_it_are_seen() {
    let (mut bytes, _) = signed(None, |_| Vec::new());
    let end = bytes.len();
    bytes[end - 100..end - 100 + LINE.len()].copy_from_slice(LINE);
    bytes.extend(LINE);
    let image = audit(&bytes);
    assert_eq!(image.signature.state, State::AdHoc);
    assert_eq!(
        kinds(&image),
        [IrregularityKind::SuperBlobSlack, IrregularityKind::OutsideCodeLimit]
    );
    assert_eq!(image.signature.irregularities[0].nonzero, LINE.len() as u64);
    assert_eq!(image.overlay, Some(end as u64..(end + LINE.len()) as u64));
}

#[test]
fn the_rest_of_an_earlier_signature_is_explained() {
    let (mut bytes, area) = signed(None, |_| Vec::new());
    let digests: Vec<u8> =
        bytes[..area].chunks(4096).flat_map(|page| DigestKind::Sha256.digest(&[page])).collect();
    let piece = &digests[5..];
    assert!(piece.len() >= 64);
    let size = u32::from_be_bytes(bytes[area + 4..area + 8].try_into().unwrap());
    let at = area + usize::try_from(size).unwrap();
    bytes[at..at + piece.len()].copy_from_slice(piece);
    let image = audit(&bytes);
    assert_eq!(image.signature.irregularities, []);
    assert!(image.signature.remarks[0].contains("earlier signature"));
    bytes[at + 40] ^= 1;
    assert_eq!(kinds(&audit(&bytes)), [IrregularityKind::SuperBlobSlack]);
}

#[test]
fn a_signature_that_leaves_the_frame_is_malformed() {
    let (bytes, area) = signed(None, |_| Vec::new());
    for (at, value) in [
        (area, 0_u32),
        (area + 4, u32::MAX),
        (area + 8, 1_000_000),
        (area + 16, u32::MAX),
        (area + 20, 0),
    ] {
        let mut changed = bytes.clone();
        changed[at..at + 4].copy_from_slice(&value.to_be_bytes());
        let image = audit(&changed);
        assert_eq!(image.signature.state, State::Invalid, "{at:#x}");
    }
}

/// Signs with `openssl cms`, as a test root's leaf; `None` where there is no openssl.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
#[expect(clippy::disallowed_methods, reason = "makes a message with another program")]
fn openssl(content: &[u8]) -> Option<Vec<u8>> {
    let folder = std::env::temp_dir().join(format!("khien-codesign-{}", std::process::id()));
    std::fs::create_dir_all(&folder).ok()?;
    let at = |name: &str| folder.join(name).to_string_lossy().into_owned();
    std::fs::write(at("content"), content).ok()?;
    let run = |arguments: &[&str]| {
        let output = std::process::Command::new("openssl").args(arguments).output();
        output.is_ok_and(|output| output.status.success())
    };
    let (key, leaf, message) = (at("key"), at("leaf"), at("message"));
    let made = run(&[
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        &key,
        "-out",
        &leaf,
        "-days",
        "30",
        "-subj",
        "/O=Inert Vet Fixture/OU=INERT12345/CN=Inert",
        "-addext",
        "extendedKeyUsage=codeSigning",
    ]) && run(&[
        "cms",
        "-sign",
        "-binary",
        "-in",
        &at("content"),
        "-signer",
        &leaf,
        "-inkey",
        &key,
        "-outform",
        "DER",
        "-md",
        "sha256",
        "-nosmimecap",
        "-out",
        &message,
    ]);
    #[expect(clippy::disallowed_methods, reason = "a file made above")]
    let bytes = std::fs::read(&message).ok();
    let _ = std::fs::remove_dir_all(&folder);
    if !made {
        eprintln!("skipped: no openssl");
        return None;
    }
    bytes
}

#[test]
fn a_message_of_an_unknown_root() {
    if openssl(b"").is_none() {
        return;
    }
    let (bytes, area) = signed(Some("INERT12345"), |content| openssl(content).unwrap());
    let image = audit(&bytes);
    assert_eq!(image.signature.remarks, Vec::<String>::new());
    assert_eq!(image.signature.state, State::UnknownRoot);
    assert_eq!(image.signature.signers[0].durable_identity.as_deref(), Some("INERT12345"));
    assert!(image.mitigations.contains("hardened_runtime"));
    // The identifier within the code directory changes: pages still fit, the signature does not.
    let mut changed = bytes.clone();
    let at = area + memchr::memmem::find(&bytes[area..], b"org.example").unwrap();
    changed[at] ^= 1;
    let image = audit(&changed);
    assert_eq!(
        (image.signature.state, kinds(&image)),
        (State::Invalid, vec![IrregularityKind::WrongDigest])
    );
    // Another team in the directory than in the certificate, rightly signed.
    let (other, _) = signed(Some("INERT99999"), |content| openssl(content).unwrap());
    let image = audit(&other);
    assert_eq!(
        (image.signature.state, kinds(&image)),
        (State::Invalid, vec![IrregularityKind::Malformed])
    );
}

#[test]
fn entitlements_in_der_are_compared() {
    let der = [0x70, 27, 2, 1, 1, 0xB0, 22, 0x30, 20, 0x0C, 15];
    let der = [&der[..], b"com.apple.inert", &[1, 1, 0xFF]].concat();
    let list = property_list::entitlements_der(&der).unwrap();
    let entries = property_list::entries(&list).unwrap();
    assert_eq!(entries, [("com.apple.inert".to_owned(), "true".to_owned())]);
    let mut nested = b"<plist>".to_vec();
    nested.extend(b"<array>".repeat(100_000));
    assert!(property_list(&nested).is_none());
}

proptest! {
    #[test]
    fn mutated_signatures_never_panic(changes in proptest::collection::vec((0_usize..0x500, any::<u8>()), 1..12)) {
        let (mut bytes, area) = signed(None, |_| b"0\x80\x06\x09*\x86H\x86\xf7\x0d\x01\x07\x02\xa0\x80".to_vec());
        for (at, value) in changes {
            bytes[area + at] = value;
        }
        let _ = crate::macho::read(&bytes);
    }

    #[test]
    fn arbitrary_signatures_never_panic(noise in proptest::collection::vec(any::<u8>(), 0..600)) {
        let (mut bytes, area) = signed(None, |_| Vec::new());
        bytes[area + 12..area + 12 + noise.len()].copy_from_slice(&noise);
        let _ = crate::macho::read(&bytes);
        let _ = property_list(&noise);
        let _ = property_list::entitlements_der(&noise);
    }
}
