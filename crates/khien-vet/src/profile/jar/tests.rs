use khien_unpack::Format;

use super::*;
use crate::made::text;

fn member(path: &str, content: &[u8]) -> FileProfile {
    let file = text(path, "");
    FileProfile {
        sha256: crate::profile::hex(&Sha256::digest(content)),
        format: Format::Data,
        ..file
    }
}

/// The state that is left of a valid signature over an archive with these members.
fn state(manifest: &str, signed: &str, members: &[(&str, &[u8])]) -> State {
    let list = format!(
        "Signature-Version: 1.0\r\nSHA-256-Digest-Manifest: {}\r\n\r\n",
        base64(&Sha256::digest(signed.as_bytes()))
    );
    let files: Vec<_> = members.iter().map(|(path, content)| member(path, content)).collect();
    let mut signature = Signature { state: State::ValidStrict, ..Signature::default() };
    follow(&mut signature, "x.jar!/", list.as_bytes(), manifest.as_bytes(), &files);
    signature.state
}

#[test]
fn a_signature_is_followed_to_the_members() {
    let digest = base64(&Sha256::digest(b"code"));
    let name = "a/long/name/that/goes/on/in/the/next/line/of/the/manifest.class";
    let (head, tail) = name.split_at(40);
    let manifest = format!(
        "Manifest-Version: 1.0\r\n\r\nName: {head}\r\n {tail}\r\nSHA-256-Digest: {digest}\r\n\r\n"
    );
    let at = format!("x.jar!/{name}");
    let beside: (&str, &[u8]) = ("x.jar!/META-INF/MANIFEST.MF", b"any");
    let good = [(at.as_str(), &b"code"[..]), beside];
    assert_eq!(state(&manifest, &manifest, &good), State::ValidStrict);
    assert_eq!(state(&manifest, &manifest, &[(&at, b"other")]), State::Invalid);
    assert_eq!(state(&manifest, "another", &good), State::Invalid);
    // A class that nobody signed; a text that nobody signed; a class of another archive.
    let (added, readme) = ("x.jar!/Added.class", "x.jar!/README");
    assert_eq!(state(&manifest, &manifest, &[good[0], (added, b"code")]), State::Invalid);
    assert_eq!(state(&manifest, &manifest, &[good[0], (readme, b"text")]), State::ValidStrict);
    let other: (&str, &[u8]) = ("y.jar!/Added.class", b"code");
    assert_eq!(state(&manifest, &manifest, &[good[0], other]), State::ValidStrict);
}

#[test]
fn digits_are_those_of_base_64() {
    assert_eq!(base64(b""), "");
    assert_eq!(base64(b"f"), "Zg==");
    assert_eq!(base64(b"fo"), "Zm8=");
    assert_eq!(base64(b"foobar"), "Zm9vYmFy");
    assert_eq!(bytes_of("00ff"), Some(vec![0, 255]));
    assert_eq!(bytes_of("0x"), None);
}

#[test]
fn only_the_folder_of_the_archive_itself_counts() {
    assert_eq!(placed("x.jar!/META-INF/a.sf"), Some(("x.jar!/", "A.SF".to_owned())));
    assert_eq!(placed("META-INF/A.RSA"), Some(("", "A.RSA".to_owned())));
    assert_eq!(placed("x.jar!/META-INF/deeper/A.RSA"), None);
    assert_eq!(placed("x.jar!/other/A.RSA"), None);
}
