//! Files signed under the fixtures' root, which is pinned in these tests: what keeps a signature strict
//! and what may not. Nothing here needs a tool.

use khien_testkit::release::signatures::{self as signed, Authority, Copied};
use proptest::prelude::*;

use super::{image, kinds};
use crate::authenticode::message::Message;
use crate::authenticode::tlv::Tlv;
use crate::authenticode::{catalogue, msi, signed_message};
use crate::signature::{IrregularityKind, Signature, State};
use crate::{Error, read};

const LINE: &[u8] = b"INERT VET TEST FIXTURE - CONTAINS NO CODE\n";

fn of(bytes: &[u8]) -> Signature {
    image(bytes).signature
}

/// Not strict, and the bytes are told as bytes that nobody signed.
fn carries(bytes: &[u8]) -> Signature {
    let signature = of(bytes);
    assert_eq!(signature.state, State::ValidCarriesUnsigned, "{signature:#?}");
    signature
}

fn strict(bytes: &[u8]) -> Signature {
    let signature = of(bytes);
    assert_eq!(signature.state, State::ValidStrict, "{signature:#?}");
    assert_eq!(kinds(&signature), [], "{signature:#?}");
    signature
}

#[test]
fn a_proper_file_is_strict() {
    let signature = strict(&signed::signed());
    assert_eq!(signature.signers[0].stamp_root.as_deref(), Some("VET TEST ROOT - NOT A REAL CA"));
    assert!(!signature.remarks.iter().any(|remark| remark.contains("vouched")));
    // Another copy of the same message is no other file.
    assert_eq!(signed::resigned(<[u8]>::to_vec), signed::signed());
}

#[test]
fn a_time_that_nobody_vouches_for_is_told_and_is_no_fault() {
    let signature = strict(&signed::unstamped());
    assert!(signature.remarks.iter().any(|remark| remark.contains("vouched")), "{signature:#?}");
    assert_eq!(signature.signers[0].stamped, None);
}

#[test]
fn copies_of_certificates_are_not_used_by_their_name_and_key() {
    let held = vec![LINE.repeat(64); 50];
    for of in [Copied::Leaf, Copied::Root, Copied::Cross] {
        let signature = carries(&signed::with_forged_certificates(of, &held));
        assert!(kinds(&signature).contains(&IrregularityKind::SpareBytes), "{of:?}");
    }
    // One large one, as one may well be enough.
    for of in [Copied::Leaf, Copied::Root, Copied::Cross] {
        let one = [LINE.repeat(2000)];
        let signature = carries(&signed::with_forged_certificates(of, &one));
        let expected = [IrregularityKind::SpareCertificate, IrregularityKind::SpareBytes];
        assert_eq!(kinds(&signature), expected, "{of:?}");
    }
    // Small: odd, and no room for a payload.
    for of in [Copied::Leaf, Copied::Root] {
        let signature = carries(&signed::with_forged_certificates(of, &[LINE.to_vec()]));
        assert_eq!(kinds(&signature), [IrregularityKind::SpareCertificate], "{of:?}");
    }
}

#[test]
fn certificates_that_the_chain_vouches_for_are_fine() {
    strict(&signed::with_sibling_certificate());
    // Another certificate of an issuer, by somebody who is not here, once: cross-certificates are such.
    strict(&signed::with_forged_certificates(Copied::Cross, &[LINE.to_vec()]));
    carries(&signed::with_forged_certificates(Copied::Cross, &[LINE.to_vec(), LINE.to_vec()]));
    carries(&signed::with_forged_certificates(Copied::Cross, &[LINE.repeat(50)]));
}

#[test]
fn bytes_behind_a_stamp_are_told_whatever_their_tag() {
    strict(&signed::with_bytes_behind_stamp(&[]));
    let body = LINE.repeat(1500);
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    for head in [&[0x9F, 0x1F, 0x84][..], &[0x04, 0x84], &[0x00], &[0x1F], &[0x9F, 0xFF, 0xFF]] {
        let bytes = [head, &length, &body].concat();
        let signature = carries(&signed::with_bytes_behind_stamp(&bytes));
        let noted: u64 = signature.irregularities.iter().map(|found| found.len).sum();
        assert!(noted >= body.len() as u64, "{head:?}: {signature:#?}");
    }
    // No TLV at all, and short.
    carries(&signed::with_bytes_behind_stamp(&[0]));
}

#[test]
fn a_stamp_may_leave_its_certificates_to_the_message() {
    let signature = strict(&signed::with_bare_stamp());
    assert!(signature.signers[0].stamped.is_some());
}

#[test]
fn a_stamp_that_is_not_read_here_is_not_wrong() {
    let signature = of(&signed::with_unknown_stamp());
    assert_eq!(signature.state, State::Unsupported, "{signature:#?}");
    assert_eq!(kinds(&signature), []);
}

#[test]
fn authorities_may_do_what_they_say() {
    strict(&signed::signed_through(Authority::Proper));
    for kind in [
        Authority::WithoutConstraints,
        Authority::TooLong,
        Authority::ForMail,
        Authority::KeyAgreement,
    ] {
        let signature = of(&signed::signed_through(kind));
        assert_eq!(signature.state, State::Invalid, "{kind:?} {signature:#?}");
        assert_eq!(kinds(&signature), [IrregularityKind::WrongUsage], "{kind:?}");
    }
}

#[test]
fn catalogues_list_files_and_hold_only_whole() {
    let file = signed::unsigned();
    let list = signed::catalogue_of(std::slice::from_ref(&file));
    let found = catalogue(&list).unwrap();
    assert_eq!(found.signature.state, State::ValidStrict, "{:#?}", found.signature);
    let digest = of(&file).content_digest.unwrap();
    assert!(found.members.contains(&digest), "{:?}", found.members);
    let digest = of(&signed::signed()).content_digest.unwrap();
    assert!(found.members.contains(&digest), "signing does not change what is covered");

    let mut changed = list;
    let at = memchr::memmem::find(&changed, b"240102030405Z").unwrap();
    changed[at] ^= 1;
    assert_eq!(catalogue(&changed).unwrap().signature.state, State::Invalid);
}

#[test]
fn a_signature_over_what_is_elsewhere_is_neither_good_nor_bad() {
    // The same message without its content.
    let list = signed::catalogue_of(&[signed::unsigned()]);
    assert_eq!(signed_message(&list, None).unwrap().state, State::ValidStrict);
    let mut tree = Node::read(&list);
    let Node::Inside(_, parts) = tree.at(&[1, 0, 2]) else { panic!("a sequence") };
    parts.truncate(1);
    let detached = tree.write();
    let signature = signed_message(&detached, None).unwrap();
    assert_eq!(signature.state, State::Unsupported, "{signature:#?}");
    assert_eq!(kinds(&signature), []);
    assert_eq!(signature.signers.len(), 1);
    // The signature itself is checked all the same.
    let mut wrong = detached;
    let at = memchr::memmem::find(&wrong, b"V\0e\0t\0 \0f").unwrap();
    wrong[at] ^= 1;
    assert_eq!(signed_message(&wrong, None).unwrap().state, State::Invalid);
}

#[test]
fn databases_without_a_digest_are_not_all_one() {
    assert_eq!(msi(LINE).content_digest, None);
}

#[test]
fn the_tag_of_the_content_is_checked_though_nobody_signed_it() {
    // The signature covers the value of SpcIndirectDataContent, and not the byte before it.
    let with = |tag: u8| {
        signed::resigned(|message| {
            let content = Message::read(message).unwrap().content.unwrap().raw;
            let at = content.as_ptr().addr() - message.as_ptr().addr();
            let mut bytes = message.to_vec();
            bytes[at] = tag;
            bytes
        })
    };
    strict(&with(0x30));
    for tag in (0..=u8::MAX).filter(|tag| *tag != 0x30) {
        match read(&with(tag)) {
            Ok(images) => assert_eq!(images[0].signature.state, State::Invalid, "{tag:#x}"),
            Err(error) => panic!("{tag:#x}: {error}"),
        }
    }
}

/// A message as a tree that can be changed and written again with right lengths.
#[derive(Clone, Debug)]
enum Node {
    Bytes(Vec<u8>),
    Inside(u8, Vec<Self>),
}

impl Node {
    fn read(bytes: &[u8]) -> Self {
        let tlv = Tlv::first(bytes).unwrap();
        if tlv.tag & 0x20 == 0 {
            return Self::Bytes(tlv.raw.to_vec());
        }
        let (parts, rest) = tlv.reader().all_and_rest();
        assert!(rest.is_empty());
        Self::Inside(tlv.tag, parts.iter().map(|part| Self::read(part.raw)).collect())
    }

    fn at(&mut self, path: &[usize]) -> &mut Self {
        let Some((first, rest)) = path.split_first() else { return self };
        let Self::Inside(_, parts) = self else { panic!("nothing inside") };
        parts[*first].at(rest)
    }

    fn write(&self) -> Vec<u8> {
        let (tag, body) = match self {
            Self::Bytes(bytes) => return bytes.clone(),
            Self::Inside(tag, parts) => {
                (*tag, parts.iter().flat_map(Self::write).collect::<Vec<_>>())
            }
        };
        // DER: the signed parts have to stay as they are.
        let length = body.len().to_be_bytes();
        let digits = &length[length.iter().position(|digit| *digit != 0).unwrap_or(7)..];
        let long = 0x80 | u8::try_from(digits.len()).unwrap();
        let head = if matches!(digits, [0..0x80]) { vec![tag] } else { vec![tag, long] };
        [&head, digits, &body].concat()
    }

    /// Every place between the elements of a constructed one, counted through the whole tree.
    fn places(&self) -> usize {
        match self {
            Self::Bytes(_) => 0,
            Self::Inside(_, parts) => {
                parts.len() + 1 + parts.iter().map(Self::places).sum::<usize>()
            }
        }
    }

    /// Puts bytes into one of [`Self::places`]; gives what is left of the number.
    fn put(&mut self, mut place: usize, bytes: &[u8]) -> Result<(), usize> {
        let Self::Inside(_, parts) = self else { return Err(place) };
        if place <= parts.len() {
            parts.insert(place, Self::Bytes(bytes.to_vec()));
            return Ok(());
        }
        place -= parts.len() + 1;
        for part in parts {
            match part.put(place, bytes) {
                Ok(()) => return Ok(()),
                Err(left) => place = left,
            }
        }
        Err(place)
    }
}

/// Elements of any kind, or none, with more bytes than a frame has.
fn stuffing() -> impl Strategy<Value = Vec<u8>> {
    let heads: Vec<Vec<u8>> = [
        &[][..],
        &[0x00],
        &[0x04, 0x82, 0x08, 0x00],
        &[0x30, 0x82, 0x08, 0x00],
        &[0x9F, 0x1F, 0x82, 0x08, 0x00],
        &[0x1F, 0x81, 0x80, 0x01, 0x82, 0x08, 0x00],
        &[0xA0, 0x82, 0x08, 0x00],
        &[0xA1, 0x82, 0x08, 0x00],
        &[0x24, 0x82, 0x08, 0x00],
    ]
    .map(<[u8]>::to_vec)
    .to_vec();
    let body = proptest::collection::vec(any::<u8>(), 2048);
    (proptest::sample::select(heads), body).prop_map(|(head, body)| [head, body].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// The parts of a message tile it: there is no place in it where bytes go unseen.
    #[test]
    fn bytes_anywhere_in_a_message_are_seen(
        place in any::<prop::sample::Index>(),
        bytes in stuffing(),
    ) {
        let file = signed::resigned(|message| {
            let mut tree = Node::read(message);
            assert_eq!(tree.write(), message);
            let place = place.index(tree.places());
            tree.put(place, &bytes).unwrap();
            tree.write()
        });
        let signature = of(&file);
        prop_assert_ne!(signature.state, State::ValidStrict, "{:#?}", signature);
    }

    /// The state, and what is odd, stay only where nothing changes.
    #[test]
    fn edits_of_the_message_do_not_leave_it_strict(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut changed = false;
        let file = signed::resigned(|message| {
            let mut bytes = message.to_vec();
            for (at, value) in &edits {
                let at = at.index(bytes.len());
                changed |= bytes[at] != *value;
                bytes[at] = *value;
            }
            bytes
        });
        match read(&file) {
            Ok(images) if changed => {
                // What is left are version numbers and parameters of algorithms, which mean nothing.
                let signature = &images[0].signature;
                let same = signature.state == State::ValidStrict && kinds(signature).is_empty();
                prop_assert!(!same || tells_the_same(&file, signature), "{:#?}", signature);
            }
            Ok(images) => prop_assert_eq!(images[0].signature.state, State::ValidStrict),
            Err(error) => prop_assert_ne!(error, Error::Defect),
        }
    }
}

/// Whether everything that is read of a message is as in the genuine one.
fn tells_the_same(file: &[u8], signature: &Signature) -> bool {
    let genuine = signed::signed();
    let parts = |file: &[u8]| {
        // The table is the last thing in the file: its offset stands in data directory 4.
        let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        let at = word(word(0x3C) + 24 + 112 + 32);
        let message = Message::read(&file[at + 8..]).unwrap();
        let signer = &message.signers[0];
        let mut parts = vec![message.content.unwrap().raw.to_vec(), signer.signature.to_vec()];
        parts.push(signer.signed.as_ref().unwrap().raw.to_vec());
        parts.push(signer.certificate(&message.certificates).unwrap().signed.to_vec());
        (parts, file.len())
    };
    parts(file) == parts(&genuine) && *signature == of(&genuine)
}
