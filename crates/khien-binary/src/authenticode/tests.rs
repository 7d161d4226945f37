//! Signed files are made here, by `openssl` and `osslsigncode` under a throw-away authority; without
//! the tools these tests say that they skip. Those in `carriers` need no tools and have a pinned root.

mod carriers;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use proptest::prelude::*;

use super::verify::{DigestKind, hex};
use crate::image::Image;
use crate::pe::fixture::{self, Bytes, CHECKSUM, SECURITY};
use crate::signature::{IrregularityKind, Scheme, Signature, State};
use crate::{Error, authenticode, read};

const LINE: &[u8] = b"INERT VET TEST FIXTURE - CONTAINS NO CODE\n";

/// A folder with a root, a leaf and a signed library; `None` where the tools are missing.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    #[expect(clippy::disallowed_methods, reason = "a file of this test")]
    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Signs a file with more arguments; `false` where the tool refuses.
    fn sign(&self, from: &str, to: &str, more: &[&str]) -> bool {
        let mut arguments = vec!["sign", "-certs", "leaf.pem", "-key", "leaf.key", "-ac", "ca.pem"];
        arguments.extend(more);
        arguments.extend(["-in", from, "-out", to]);
        run(self.folder.path(), "osslsigncode", &arguments)
    }
}

#[expect(clippy::disallowed_methods, reason = "tests may start tools")]
fn run(folder: &Path, program: &str, arguments: &[&str]) -> bool {
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    output.is_ok_and(|output| output.status.success())
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn bench() -> Option<&'static Bench> {
    static BENCH: OnceLock<Option<Bench>> = OnceLock::new();
    let made = BENCH.get_or_init(make).as_ref();
    if made.is_none() {
        eprintln!("skipped: openssl and osslsigncode are not installed");
    }
    made
}

fn make() -> Option<Bench> {
    let bench = Bench { folder: tempfile::tempdir().unwrap() };
    std::fs::write(bench.path("plain.dll"), fixture::library()).unwrap();
    std::fs::write(
        bench.path("ext"),
        "extendedKeyUsage=codeSigning\nkeyUsage=digitalSignature\nbasicConstraints=CA:FALSE\n",
    )
    .unwrap();
    let lines = [
        "req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=VET~TEST~ROOT -keyout ca.key \
         -out ca.pem -addext basicConstraints=critical,CA:TRUE",
        "req -newkey rsa:2048 -nodes -subj /C=VN/O=Vet~Fixtures/CN=Vet~Fixture~Vendor \
         -keyout leaf.key -out leaf.csr",
        "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -extfile ext \
         -out leaf.pem",
    ];
    for line in lines {
        let arguments: Vec<String> =
            line.split_whitespace().map(|word| word.replace('~', " ")).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        if !run(bench.folder.path(), "openssl", &arguments) {
            return None;
        }
    }
    bench.sign("plain.dll", "signed.dll", &["-h", "sha256"]).then_some(bench)
}

fn image(bytes: &[u8]) -> Image {
    read(bytes).unwrap().remove(0)
}

fn kinds(signature: &Signature) -> Vec<IrregularityKind> {
    signature.irregularities.iter().map(|found| found.kind).collect()
}

/// Checks state and irregularities of a changed file, and that the digest is as before or not.
fn check(
    bytes: &[u8],
    state: State,
    expected: &[IrregularityKind],
    same_digest: bool,
) -> Signature {
    let signature = image(bytes).signature;
    assert_eq!(signature.state, state, "{signature:#?}");
    assert_eq!(kinds(&signature), expected, "{signature:#?}");
    let genuine = image(&bench().unwrap().read("signed.dll")).signature;
    assert_eq!(genuine.content_digest == signature.content_digest, same_digest);
    signature
}

/// The signed library and where its table is.
fn signed() -> Option<(Bytes, usize, usize)> {
    let bytes = bench()?.read("signed.dll");
    let field = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let (start, size) = (field(SECURITY), field(SECURITY + 4));
    Some((Bytes(bytes), start, size))
}

fn payload() -> Vec<u8> {
    LINE.repeat(1561)[..65_544].to_vec()
}

fn small(value: usize) -> u32 {
    u32::try_from(value).unwrap()
}

#[test]
fn a_signed_library_is_described() {
    let Some((bytes, ..)) = signed() else { return };
    let signature = check(&bytes.0, State::UnknownRoot, &[], true);
    assert_eq!(signature.scheme, Scheme::Authenticode);
    let signer = &signature.signers[0];
    assert_eq!(signer.organisation.as_deref(), Some("Vet Fixtures"));
    assert_eq!(signer.common_name.as_deref(), Some("Vet Fixture Vendor"));
    assert_eq!(signer.country.as_deref(), Some("VN"));
    assert_eq!(signer.issuer.as_deref(), Some("VET TEST ROOT"));
    assert_eq!(signer.root.as_deref(), Some("VET TEST ROOT"));
    assert_eq!(signer.algorithm, "sha256/rsa2048");
    assert!(signer.valid.is_some_and(|(from, to)| to - from == 3650 * 86_400));
    // Signing pads to eight bytes and changes nothing that is covered.
    let plain = image(&fixture::library()).signature;
    assert_eq!((plain.state, plain.content_digest), (State::Unsigned, signature.content_digest));
}

#[test]
fn variant_inside_the_entry() {
    let Some((mut bytes, start, size)) = signed() else { return };
    let more = payload();
    bytes.0.extend(&more);
    bytes.u32(start, small(size + more.len()));
    bytes.u32(SECURITY + 4, small(size + more.len()));
    bytes.u32(CHECKSUM, 0x1234);
    let signature =
        check(&bytes.0, State::UnknownRootCarriesUnsigned, &[IrregularityKind::Slack], true);
    let slack = &signature.irregularities[0];
    assert!((65_544..65_552).contains(&slack.len) && slack.nonzero >= 65_544, "{slack:?}");
    assert_eq!(slack.offset + slack.len, bytes.0.len() as u64);
}

#[test]
fn variant_directory_grown_without_entry() {
    let Some((mut bytes, _, size)) = signed() else { return };
    let more = payload();
    bytes.0.extend(&more);
    bytes.u32(SECURITY + 4, small(size + more.len()));
    let expected = [IrregularityKind::NotTiled];
    check(&bytes.0, State::UnknownRootCarriesUnsigned, &expected, true);
}

#[test]
fn variant_second_entry_of_unknown_type() {
    let Some((mut bytes, _, size)) = signed() else { return };
    let more = payload();
    let length = small(more.len() + 8);
    bytes.0.extend(length.to_le_bytes());
    bytes.0.extend([0, 2, 0xF1, 0x0E]);
    bytes.0.extend(&more);
    bytes.u32(SECURITY + 4, small(size) + length);
    let expected = [IrregularityKind::ManyEntries, IrregularityKind::UnknownEntry];
    let signature = check(&bytes.0, State::UnknownRootCarriesUnsigned, &expected, true);
    assert!(signature.irregularities[1].detail.contains("0x0ef1"));
}

#[test]
fn variant_unsigned_attribute() {
    let Some(bench) = bench() else { return };
    let arguments =
        ["add", "-addUnauthenticatedBlob", "-in", "signed.dll", "-out", "attribute.dll"];
    assert!(run(bench.folder.path(), "osslsigncode", &arguments));
    let bytes = bench.read("attribute.dll");
    let expected = [IrregularityKind::UnsignedAttribute];
    let signature = check(&bytes, State::UnknownRootCarriesUnsigned, &expected, true);
    assert_eq!(signature.irregularities[0].detail, "1.3.6.1.4.1.42921.1.2.1");
}

#[test]
fn variant_after_the_table() {
    let Some((mut bytes, ..)) = signed() else { return };
    bytes.0.extend(payload());
    let expected = [IrregularityKind::AfterTable, IrregularityKind::WrongDigest];
    check(&bytes.0, State::Invalid, &expected, false);
}

#[test]
fn variant_between_sections_and_table() {
    let Some((mut bytes, start, _)) = signed() else { return };
    let table = bytes.0.split_off(start);
    bytes.0.extend(payload());
    bytes.u32(SECURITY, small(start + 65_544));
    bytes.0.extend(table);
    let expected = [IrregularityKind::BeforeTable, IrregularityKind::WrongDigest];
    check(&bytes.0, State::Invalid, &expected, false);
    assert_eq!(image(&bytes.0).overlay, Some(start as u64..(start + 65_544) as u64));
}

#[test]
fn an_installer_signed_with_its_payload_is_covered() {
    let Some(bench) = bench() else { return };
    let mut bytes = fixture::library();
    bytes.extend(payload());
    std::fs::write(bench.path("setup.dll"), &bytes).unwrap();
    assert!(bench.sign("setup.dll", "setup.signed.dll", &["-h", "sha256"]));
    let expected = [IrregularityKind::BeforeTable];
    check(&bench.read("setup.signed.dll"), State::UnknownRoot, &expected, false);
}

#[test]
fn a_changed_byte_breaks_the_digest() {
    let Some((mut bytes, ..)) = signed() else { return };
    bytes.0[0x401] ^= 1;
    check(&bytes.0, State::Invalid, &[IrregularityKind::WrongDigest], false);
}

#[test]
fn a_changed_signature_does_not_verify() {
    let Some((mut bytes, start, _)) = signed() else { return };
    // The leaf's signature value is the last large field; padding may follow it.
    let end = bytes.0.iter().rposition(|byte| *byte != 0).unwrap();
    assert!(end > start);
    bytes.0[end - 20] ^= 1;
    check(&bytes.0, State::Invalid, &[IrregularityKind::WrongSignature], true);
}

#[test]
fn other_digests_nested_signatures_and_page_hashes() {
    let Some(bench) = bench() else { return };
    for digest in ["sha1", "sha256", "sha384", "sha512"] {
        let to = format!("{digest}.dll");
        if bench.sign("plain.dll", &to, &["-h", digest]) {
            let signature = check(&bench.read(&to), State::UnknownRoot, &[], true);
            assert!(signature.signers[0].algorithm.starts_with(digest));
        }
    }
    assert!(bench.sign("signed.dll", "nested.dll", &["-h", "sha384", "-nest"]));
    let signature = check(&bench.read("nested.dll"), State::UnknownRoot, &[], true);
    assert_eq!(signature.signers.len(), 2);

    assert!(bench.sign("plain.dll", "paged.dll", &["-h", "sha256", "-ph"]));
    let paged = bench.read("paged.dll");
    let signature = check(&paged, State::UnknownRoot, &[], true);
    assert!(signature.remarks.contains(&"page hashes (sha256) fit".to_owned()), "{signature:?}");
    let mut changed = paged;
    changed[0x401] ^= 1;
    let kinds = kinds(&image(&changed).signature);
    assert!(kinds.contains(&IrregularityKind::WrongPageHash), "{kinds:?}");
}

#[test]
fn elliptic_curves_and_wrong_usage() {
    let Some(bench) = bench() else { return };
    let folder = bench.folder.path();
    let keys = "ecparam -genkey -name prime256v1 -noout -out ec.key";
    let keys: Vec<&str> = keys.split_whitespace().collect();
    assert!(run(folder, "openssl", &keys));
    std::fs::write(bench.path("mail"), "extendedKeyUsage=emailProtection\n").unwrap();
    let request = "req -new -key ec.key -subj /CN=Curve -out ec.csr";
    assert!(run(folder, "openssl", &request.split_whitespace().collect::<Vec<_>>()));
    for (usage, state) in [("ext", State::UnknownRoot), ("mail", State::Invalid)] {
        let leaf = format!(
            "x509 -req -in ec.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 99 \
             -extfile {usage} -out ec.pem"
        );
        assert!(run(folder, "openssl", &leaf.split_whitespace().collect::<Vec<_>>()));
        let sign = "sign -certs ec.pem -key ec.key -h sha256 -in plain.dll";
        let to = format!("{usage}.dll");
        let arguments: Vec<&str> = sign.split_whitespace().chain(["-out", &to]).collect();
        assert!(run(folder, "osslsigncode", &arguments));
        let expected: &[_] = if usage == "ext" { &[] } else { &[IrregularityKind::WrongUsage] };
        let signature = check(&bench.read(&to), state, expected, true);
        assert_eq!(signature.signers[0].algorithm, "sha256/p256");
    }
}

/// Stamps a signed file with the tool's own authority, at a time.
fn stamp(bench: &Bench, to: &str, time: &str) -> bool {
    let folder = bench.folder.path();
    std::fs::write(bench.path("tsa"), "extendedKeyUsage=critical,timeStamping\n").unwrap();
    let made = [
        "req -newkey rsa:2048 -nodes -subj /CN=Clock -keyout tsa.key -out tsa.csr",
        "x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3000 -extfile tsa \
         -out tsa.pem",
    ];
    let made = made
        .iter()
        .all(|line| run(folder, "openssl", &line.split_whitespace().collect::<Vec<_>>()));
    std::fs::write(bench.path("tsa.chain"), [bench.read("tsa.pem"), bench.read("ca.pem")].concat())
        .unwrap();
    let more =
        ["-TSA-certs", "tsa.chain", "-TSA-key", "tsa.key", "-TSA-time", time, "-h", "sha256"];
    made && bench.sign("plain.dll", to, &more)
}

#[test]
fn time_stamps_are_verified() {
    let Some(bench) = bench() else { return };
    let leaf = image(&bench.read("signed.dll")).signature.signers[0].valid.unwrap();
    let within = leaf.0 + 86_400;
    assert!(stamp(bench, "stamped.dll", &within.to_string()));
    let bytes = bench.read("stamped.dll");
    let signature = check(&bytes, State::UnknownRoot, &[], true);
    assert_eq!(signature.signers[0].stamped, Some(within));
    assert_eq!(signature.signers[0].stamp_root.as_deref(), Some("VET TEST ROOT"));

    // The imprint in the token is over this signature and no other.
    let mut changed = bytes;
    let end = changed.iter().rposition(|byte| *byte != 0).unwrap();
    changed[end - 20] ^= 1;
    let signature = image(&changed).signature;
    assert_eq!(signature.state, State::Invalid);
    assert!(kinds(&signature).contains(&IrregularityKind::WrongSignature), "{signature:#?}");
    assert_eq!(signature.signers[0].stamped, None);

    // Before the certificates were valid.
    if stamp(bench, "early.dll", &(leaf.0 - 86_400 * 400).to_string()) {
        let signature = image(&bench.read("early.dll")).signature;
        assert_eq!(signature.state, State::Invalid, "{signature:#?}");
    }
}

#[test]
fn a_spare_certificate_is_told() {
    let Some(bench) = bench() else { return };
    let other = "req -x509 -newkey rsa:2048 -nodes -days 99 -subj /CN=Spare -keyout spare.key \
                 -out spare.pem";
    let arguments: Vec<&str> = other.split_whitespace().collect();
    assert!(run(bench.folder.path(), "openssl", &arguments));
    let both = [bench.read("leaf.pem"), bench.read("spare.pem")].concat();
    std::fs::write(bench.path("both.pem"), both).unwrap();
    let sign =
        "sign -certs both.pem -key leaf.key -ac ca.pem -h sha256 -in plain.dll -out spare.dll";
    let arguments: Vec<&str> = sign.split_whitespace().collect();
    assert!(run(bench.folder.path(), "osslsigncode", &arguments));
    let expected = [IrregularityKind::SpareCertificate];
    let state = State::UnknownRootCarriesUnsigned;
    let signature = check(&bench.read("spare.dll"), state, &expected, true);
    assert_eq!(signature.irregularities[0].detail, "Spare");
}

#[test]
fn installer_databases_are_covered_whole() {
    let Some(bench) = bench() else { return };
    std::fs::write(bench.path("plain.msi"), database(LINE)).unwrap();
    for (to, more) in [("a.msi", &["-h", "sha256"][..]), ("b.msi", &["-h", "sha1", "-add-msi-dse"])]
    {
        assert!(bench.sign("plain.msi", to, more));
        let signature = authenticode::msi(&bench.read(to));
        assert_eq!(signature.state, State::UnknownRoot, "{to}: {signature:#?}");
        assert_eq!(signature.scheme, Scheme::MsiAuthenticode);
        assert_eq!(signature.signers.len(), 1);
        let mut changed = bench.read(to);
        let at = memchr::memmem::find(&changed, b"INERT").unwrap();
        changed[at] ^= 1;
        let signature = authenticode::msi(&changed);
        assert_eq!(signature.state, State::Invalid, "{signature:#?}");
        assert!(kinds(&signature).contains(&IrregularityKind::WrongDigest));
    }
    assert_eq!(authenticode::msi(&bench.read("plain.msi")).state, State::Unsigned);
    assert_eq!(authenticode::msi(b"INERT").state, State::Unsupported);
}

/// A compound file with a storage, a small stream and one above the limit of small streams.
fn database(line: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut file = cfb::CompoundFile::create(std::io::Cursor::new(Vec::new())).unwrap();
    file.create_storage("/Inner").unwrap();
    for (path, content) in [
        ("/Table", line.to_vec()),
        ("/Table2", line.repeat(200)),
        ("/Inner/Stream", line.repeat(3)),
    ] {
        file.create_stream(path).unwrap().write_all(&content).unwrap();
    }
    file.flush().unwrap();
    file.into_inner().into_inner()
}

#[test]
fn other_files_are_no_catalogues() {
    assert_eq!(authenticode::catalogue(LINE), Err(Error::NotExecutable));
}

#[test]
fn digests_are_those_of_the_standards() {
    let empty = |kind: DigestKind| hex(&kind.digest(&[]));
    assert_eq!(empty(DigestKind::Sha1), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    assert!(empty(DigestKind::Sha256).starts_with("e3b0c44298fc1c14"));
    assert!(empty(DigestKind::Sha384).starts_with("38b060a751ac9638"));
    assert!(empty(DigestKind::Sha512).starts_with("cf83e1357eefb8bd"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn changed_tables_never_panic_and_never_read_as_strict(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let Some((bytes, start, size)) = signed() else { return Ok(()) };
        let mut bytes = bytes.0;
        for (at, value) in edits {
            bytes[start + at.index(size)] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(start + cut.index(size));
        }
        match read(&bytes) {
            Ok(images) => prop_assert_ne!(images[0].signature.state, State::ValidStrict),
            Err(error) => prop_assert_ne!(error, Error::Defect),
        }
    }

    #[test]
    fn any_bytes_as_database_or_catalogue(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _unsigned = authenticode::msi(&bytes);
        let _refused = authenticode::catalogue(&bytes);
    }
}
