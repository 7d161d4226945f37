//! Images of containers, and folders.

use bytes::Bytes;
use khien_unpack::{
    Attributes, FactKind, FolderEntry, Format, GapReason, Limits, NodeKind, open_folder,
};
use sha2::{Digest, Sha256};

use crate::support::{INERT, Seen, Walked, check, gzip, tar, walk};

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn descriptor(kind: &str, bytes: &[u8]) -> String {
    let digest = digest(bytes);
    format!(
        "{{\"mediaType\":\"application/vnd.oci.image.{kind}\",\"digest\":\"sha256:{digest}\",\
         \"size\":{},\"platform\":{{\"os\":\"linux\",\"architecture\":\"amd64\"}}}}",
        bytes.len()
    )
}

fn image() -> Vec<(String, Vec<u8>)> {
    let layer =
        gzip(&tar(&[("usr/bin/x", INERT), ("etc/.wh.old", b""), ("etc/.wh..wh..opq", b"")]));
    let config = b"{\"architecture\":\"amd64\"}".to_vec();
    let manifest = format!(
        "{{\"config\":{},\"layers\":[{}]}}",
        descriptor("config.v1+json", &config),
        descriptor("layer.v1.tar+gzip", &layer)
    );
    let manifest = manifest.into_bytes();
    let index = format!("{{\"manifests\":[{}]}}", descriptor("manifest.v1+json", &manifest));
    let mut files = vec![
        ("oci-layout".to_owned(), b"{\"imageLayoutVersion\":\"1.0.0\"}".to_vec()),
        ("index.json".to_owned(), index.into_bytes()),
    ];
    for blob in [layer, config, manifest] {
        files.push((format!("blobs/sha256/{}", digest(&blob)), blob));
    }
    files
}

fn as_tar(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let files: Vec<_> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    tar(&files)
}

fn as_folder(files: &[(String, Vec<u8>)]) -> Walked {
    let entries: Vec<_> = files
        .iter()
        .map(|(name, _)| FolderEntry {
            name: name.clone(),
            kind: NodeKind::File,
            attributes: Attributes::default(),
        })
        .collect();
    let mut seen = Seen::default();
    let mut load = |name: &str| {
        let found = files.iter().find(|(own, _)| own == name);
        found.map(|(_, bytes)| Bytes::from(bytes.clone())).ok_or_else(|| "not there".to_owned())
    };
    let limits = Limits::default();
    let opened = open_folder(&entries, &mut load, &limits, &|| false, &mut seen);
    check(&opened, &limits);
    Walked { nodes: seen.nodes, opened }
}

#[test]
fn an_image_is_read_by_role_as_archive_and_as_folder() {
    let files = image();
    let archive = walk("image.tar", &as_tar(&files));
    assert_eq!(archive.format(""), Format::OciImage);
    for walked in [archive, as_folder(&files)] {
        walked.is_whole();
        let layer = "linux-amd64/layer-00.tar.gz!/layer-00.tar";
        assert_eq!(walked.node(&format!("{layer}!/usr/bin/x")).bytes, INERT);
        assert_eq!(walked.format("linux-amd64/config.json"), Format::Json);
        walked.has_fact(FactKind::InstallAction, "removes etc/old from");
        walked.has_fact(FactKind::InstallAction, "removes all of etc/");
        assert_eq!(walked.opened.facts.len(), 2, "{:?}", walked.opened.facts);
    }
}

#[test]
fn blobs_that_are_not_what_they_are_called_or_that_nobody_names_are_told() {
    let mut files = image();
    files[3].1 = b"{\"architecture\":\"arm64\"}".to_vec();
    files.push((format!("blobs/sha256/{}", digest(INERT)), INERT.to_vec()));
    let walked = walk("image.tar", &as_tar(&files));
    walked.has_fact(FactKind::WrongChecksum, "named");
    walked.has_fact(FactKind::HiddenMember, "no manifest");
    files.remove(2);
    walk("image.tar", &as_tar(&files)).has_gap(GapReason::External);
}

#[test]
fn what_docker_saves_is_read() {
    let files = [
        ("abc/layer.tar".to_owned(), tar(&[("x", INERT)])),
        ("c.json".to_owned(), b"{}".to_vec()),
        (
            "manifest.json".to_owned(),
            b"[{\"Config\":\"c.json\",\"Layers\":[\"abc/layer.tar\"]}]".to_vec(),
        ),
    ];
    let walked = walk("image.tar", &as_tar(&files));
    walked.is_whole();
    assert_eq!(walked.node("image/layer-00.tar!/x").bytes, INERT);
}

#[test]
fn a_plain_folder_gives_its_files_under_their_names() {
    let files = [
        (
            "bin/a.zip".to_owned(),
            crate::support::zip(&[crate::support::ZipMember::stored("m", INERT)]),
        ),
        ("readme.txt".to_owned(), INERT.to_vec()),
    ];
    let walked = as_folder(&files);
    walked.is_plain();
    assert_eq!(walked.paths(), ["bin/a.zip", "bin/a.zip!/m", "readme.txt"]);
    assert_eq!(walked.node("bin/a.zip").depth, 0);
    assert_eq!(walked.node("bin/a.zip!/m").depth, 1);
}
