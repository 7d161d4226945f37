use std::io::{Cursor, Write};

use cab::{CabinetBuilder, CompressionType};

use crate::installer::testing::{INERT, Seen, program_with, survives_damage};
use crate::{FactKind, Format, GapReason, SpanKind};

const MANIFEST: &str = r#"<BurnManifest>
 <UX><Payload Id="u" FilePath="thm.xml" SourcePath="u0" Packaging="embedded"/></UX>
 <Container Id="WixAttachedContainer" Attached="yes" AttachedIndex="1"/>
 <Payload Id="a" FilePath="app.msi" SourcePath="a0" Packaging="embedded" Container="WixAttachedContainer"/>
 <Payload Id="b" FilePath="net.exe" FileSize="77" Hash="AB" Packaging="external"
          DownloadUrl="https://example.org/net.exe" SourcePath="net.exe"/>
 <Chain><MsiPackage Id="App" PerMachine="yes"/>
  <ExePackage Id="Net" InstallArguments="/q /norestart" Permanent="yes"/></Chain>
</BurnManifest>"#;

fn cabinet(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = CabinetBuilder::new();
    let folder = builder.add_folder(CompressionType::MsZip);
    for (name, _) in files {
        folder.add_file(*name);
    }
    let mut writer = builder.build(Cursor::new(Vec::new())).unwrap();
    while let Some(mut file) = writer.next_file().unwrap() {
        let (_, content) = files.iter().find(|(name, _)| *name == file.file_name()).unwrap();
        file.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn bundle() -> Vec<u8> {
    let engine = cabinet(&[("0", MANIFEST.as_bytes()), ("u0", INERT)]);
    let attached = cabinet(&[("a0", INERT), ("a1", INERT)]);
    let mut section = 0x00F1_4300_u32.to_le_bytes().to_vec();
    section.extend_from_slice(&2_u32.to_le_bytes());
    section.extend_from_slice(&[7; 16]);
    let stub = 0x400;
    for number in [stub, 0, 0, 0, 1, 2, engine.len(), attached.len()] {
        section.extend_from_slice(&u32::try_from(number).unwrap().to_le_bytes());
    }
    let mut out = program_with(&[(b".wixburn", section)], None);
    assert_eq!(out.len(), stub);
    out.extend_from_slice(&engine);
    out.extend_from_slice(&attached);
    out
}

#[test]
fn containers_are_read_and_named_by_the_manifest() {
    let seen = Seen::open("setup.exe", bundle());
    seen.check().unwrap();
    assert_eq!(seen.nodes[0].format, Format::WixBurn);
    assert_eq!(seen.node("app.msi").bytes, INERT);
    assert_eq!(seen.node("[engine]/thm.xml").bytes, INERT);
    assert_eq!(seen.node("[engine]/0").format, Format::Xml);
    assert!(seen.has_fact(FactKind::HiddenMember, "a1"));
    let actions = seen.facts(FactKind::InstallAction);
    assert_eq!(
        actions,
        [
            "MsiPackage: Id=App, PerMachine=yes",
            "ExePackage: Id=Net, InstallArguments=/q /norestart, Permanent=yes"
        ]
    );
    assert_eq!(seen.gaps().len(), 1);
    assert_eq!(seen.gaps()[0].0, GapReason::External);
    assert!(seen.gaps()[0].1.contains("https://example.org/net.exe"));
    assert_eq!(seen.bytes(SpanKind::Unexplained), 0);
}

#[test]
fn damage_never_panics() {
    survives_damage("setup.exe", &bundle(), 300);
}
