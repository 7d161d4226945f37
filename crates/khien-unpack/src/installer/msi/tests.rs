use std::io::{Cursor, Write};

use msi::{Column, Insert, Package, PackageType, Value};

use crate::installer::testing::{INERT, Seen, file, has_tool, run, survives_damage};
use crate::{FactKind, SpanKind};

fn package() -> Vec<u8> {
    let mut package = Package::create(PackageType::Installer, Cursor::new(Vec::new())).unwrap();
    let text = |name: &str| Column::build(name).nullable().string(255);
    let key = |name: &str| Column::build(name).primary_key().id_string(72);
    let number = |name: &str| Column::build(name).nullable().int16();
    package
        .create_table(
            "Directory",
            vec![key("Directory"), text("Directory_Parent"), text("DefaultDir")],
        )
        .unwrap();
    package.create_table("Component", vec![key("Component"), text("Directory_")]).unwrap();
    package
        .create_table(
            "File",
            vec![
                key("File"),
                text("Component_"),
                text("FileName"),
                number("Attributes"),
                number("Sequence"),
            ],
        )
        .unwrap();
    package
        .create_table(
            "Media",
            vec![
                Column::build("DiskId").primary_key().int16(),
                number("LastSequence"),
                text("Cabinet"),
            ],
        )
        .unwrap();
    package
        .create_table(
            "CustomAction",
            vec![key("Action"), number("Type"), text("Source"), text("Target")],
        )
        .unwrap();
    package
        .create_table(
            "InstallExecuteSequence",
            vec![key("Action"), text("Condition"), number("Sequence")],
        )
        .unwrap();
    package
        .create_table(
            "Registry",
            vec![key("Registry"), number("Root"), text("Key"), text("Name"), text("Value")],
        )
        .unwrap();
    package.create_table("Binary", vec![key("Name"), Column::build("Data").binary()]).unwrap();
    let rows: [(&str, Vec<Value>); 12] = [
        ("Directory", vec!["TARGETDIR".into(), Value::Null, "SourceDir".into()]),
        ("Directory", vec!["ProgramFilesFolder".into(), "TARGETDIR".into(), "PFiles".into()]),
        ("Directory", vec!["APP".into(), "ProgramFilesFolder".into(), "VETAPP~1|Vet App".into()]),
        ("Component", vec!["C".into(), "APP".into()]),
        (
            "File",
            vec![
                "a.txt".into(),
                "C".into(),
                "A~1.TXT|read me.txt".into(),
                Value::Null,
                Value::Int(1),
            ],
        ),
        ("File", vec!["b.txt".into(), "C".into(), "b.txt".into(), Value::Null, Value::Int(2)]),
        ("Media", vec![Value::Int(1), Value::Int(3), "#app.cab".into()]),
        ("CustomAction", vec!["Run".into(), Value::Int(3074), "Helper".into(), "/quiet".into()]),
        ("InstallExecuteSequence", vec!["Run".into(), "NOT Installed".into(), Value::Int(4001)]),
        (
            "Registry",
            vec![
                "R".into(),
                Value::Int(2),
                "Software\\Microsoft\\Windows\\CurrentVersion\\Run".into(),
                "Vet".into(),
                "[APP]x.exe".into(),
            ],
        ),
        (
            "Registry",
            vec!["Q".into(), Value::Int(2), "Software\\Vet".into(), "Version".into(), "1".into()],
        ),
        ("Binary", vec!["Helper".into(), Value::Binary]),
    ];
    for (table, row) in rows {
        package.insert_rows(Insert::into(table).row(row)).unwrap();
    }
    for (name, content) in [
        ("app.cab", crate::installer::cab::tests::cabinet()),
        ("Binary.Helper", INERT.to_vec()),
        ("Nobody", INERT.to_vec()),
        ("Long", INERT.repeat(300)),
    ] {
        package.write_stream(name).unwrap().write_all(&content).unwrap();
    }
    package.into_inner().unwrap().into_inner()
}

#[test]
fn files_have_the_names_they_are_installed_under() {
    let seen = Seen::open("x.msi", package());
    seen.check().unwrap();
    assert_eq!(seen.gaps(), [], "{:?}", seen.names());
    assert!(seen.node("[ProgramFilesFolder]/Vet App/read me.txt").bytes.starts_with(INERT));
    assert!(seen.node("[ProgramFilesFolder]/Vet App/b.txt").bytes.len() > 80_000);
    // The third file of the cabinet is in no table.
    assert!(seen.has_fact(FactKind::HiddenMember, "c.txt"));
    assert!(seen.node("[cabinet]/c.txt").bytes.starts_with(INERT));
}

#[test]
fn actions_are_told_in_words() {
    let seen = Seen::open("x.msi", package());
    let actions = seen.facts(FactKind::InstallAction);
    assert_eq!(
        actions,
        [
            "CustomAction Run: type 3074 (program in the Binary table, deferred, as the system), \
             source=Helper, target=/quiet, runs in=InstallExecuteSequence 4001 if NOT Installed",
            "Registry (runs at logon): HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Run, \
             name=Vet, value=[APP]x.exe",
        ]
    );
    let table = seen.node("[tables]/Registry.txt");
    assert!(std::str::from_utf8(&table.bytes).unwrap().contains("Software\\\\Vet\tVersion\t1"));
}

#[test]
fn streams_that_no_table_names_are_found() {
    let seen = Seen::open("x.msi", package());
    let hidden = seen.facts(FactKind::HiddenMember);
    assert!(hidden.contains(&"no table names the stream Nobody"), "{hidden:?}");
    assert!(!hidden.iter().any(|h| h.contains("Helper")), "{hidden:?}");
    assert_eq!(seen.node("Binary.Helper").bytes, INERT);
    assert_eq!(seen.node("Long").bytes, INERT.repeat(300));
}

#[test]
fn signatures_are_nodes_and_spans() {
    let mut file = cfb::CompoundFile::open(Cursor::new(package())).unwrap();
    file.create_stream("/\u{5}DigitalSignature").unwrap().write_all(INERT).unwrap();
    file.flush().unwrap();
    let seen = Seen::open("x.msi", file.into_inner().into_inner());
    assert_eq!(seen.node("[5]DigitalSignature").bytes, INERT);
    assert!(seen.has_fact(FactKind::ContainerSignature, "Authenticode"));
    assert_eq!(seen.bytes(SpanKind::Signature), u64::try_from(INERT.len()).unwrap());
}

#[test]
fn bytes_in_free_sectors_are_unexplained() {
    let before = Seen::open("x.msi", package()).bytes(SpanKind::Unexplained);
    let mut bytes = package();
    bytes.extend(std::iter::repeat_n(0xA5, 4096));
    let seen = Seen::open("x.msi", bytes);
    seen.check().unwrap();
    assert_eq!(seen.bytes(SpanKind::Unexplained) - before, 4096);
}

#[test]
fn a_package_of_wixl_is_read_whole() {
    if !has_tool("wixl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("payload.txt"), INERT.repeat(4000)).unwrap();
    std::fs::write(folder.path().join("app.wxs"), WXS).unwrap();
    run(folder.path(), "wixl", &["-o", "app.msi", "app.wxs"]);
    let bytes = file(folder.path().join("app.msi"));
    let seen = Seen::open("app.msi", bytes.clone());
    seen.check().unwrap();
    assert_eq!(seen.gaps(), []);
    let payload = seen.node("[ProgramFilesFolder]/Vet/payload.txt");
    assert_eq!(payload.bytes, INERT.repeat(4000));
    assert!(
        seen.has_fact(FactKind::InstallAction, "CustomAction RunIt"),
        "{:?}",
        seen.opened.facts
    );
    assert!(seen.has_fact(FactKind::InstallAction, "ServiceInstall: Name=VetService"));
    assert!(seen.has_fact(FactKind::InstallAction, "runs at logon"));
    assert_eq!(seen.facts(FactKind::HiddenMember), [] as [&str; 0]);
    assert_eq!(seen.bytes(SpanKind::Unexplained), 0);
    survives_damage("app.msi", &bytes, 60);
}

const WXS: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
 <Product Id="*" UpgradeCode="12345678-1234-1234-1234-111111111111" Name="Vet" Version="1.0.0"
          Manufacturer="Vet Fixtures" Language="1033">
  <Package InstallerVersion="200" Compressed="yes"/>
  <Media Id="1" Cabinet="product.cab" EmbedCab="yes"/>
  <Directory Id="TARGETDIR" Name="SourceDir"><Directory Id="ProgramFilesFolder">
   <Directory Id="INSTALLDIR" Name="Vet"><Component Id="Main" Guid="12345678-1234-1234-1234-222222222222">
    <File Id="F1" Source="payload.txt" Name="payload.txt" KeyPath="yes"/>
    <ServiceInstall Id="S1" Name="VetService" Type="ownProcess" Start="auto" ErrorControl="normal" Account="LocalSystem"/>
    <RegistryKey Root="HKLM" Key="Software\Microsoft\Windows\CurrentVersion\Run">
     <RegistryValue Type="string" Name="Vet" Value="[INSTALLDIR]payload.txt"/></RegistryKey>
   </Component></Directory></Directory></Directory>
  <Feature Id="F" Level="1"><ComponentRef Id="Main"/></Feature>
  <CustomAction Id="RunIt" FileKey="F1" ExeCommand="/quiet" Execute="deferred" Impersonate="no" Return="ignore"/>
  <InstallExecuteSequence><Custom Action="RunIt" After="InstallFiles">NOT Installed</Custom></InstallExecuteSequence>
 </Product>
</Wix>
"#;

#[test]
fn damage_never_panics() {
    survives_damage("x.msi", &package(), 200);
}
