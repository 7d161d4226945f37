use crate::installer::testing::{INERT, Seen, file, has_tool, run, survives_damage};
use crate::{FactKind, Format, SpanKind};

const SCRIPT: &str = r#"
Name "Vet"
OutFile "setup.exe"
InstallDir "$PROGRAMFILES\Vet"
RequestExecutionLevel user
!ifdef SOLID
SetCompressor /SOLID lzma
!else
SetCompressor zlib
!endif
Section
  SetOutPath $INSTDIR
  File payload.txt
  SetOutPath $INSTDIR\lib
  File other.txt
  WriteRegStr HKCU "Software\Microsoft\Windows\CurrentVersion\Run" "Vet" "$INSTDIR\payload.txt"
  WriteRegStr HKCU "Software\Vet" "Version" "1"
  ExecWait '"$INSTDIR\payload.txt" /quiet'
  System::Call 'kernel32::GetVersion() i .r0'
  CreateShortcut "$SMSTARTUP\Vet.lnk" "$INSTDIR\payload.txt"
  WriteUninstaller "$INSTDIR\gone.exe"
SectionEnd
Section Uninstall
  ExecWait '"$INSTDIR\payload.txt" /inert-removal'
SectionEnd
"#;

fn setup(define: &str) -> Option<Vec<u8>> {
    if !has_tool("makensis") {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("setup.nsi"), SCRIPT).unwrap();
    std::fs::write(folder.path().join("payload.txt"), INERT.repeat(3000)).unwrap();
    std::fs::write(folder.path().join("other.txt"), INERT).unwrap();
    run(folder.path(), "makensis", &["-V1", define, "setup.nsi"]);
    Some(file(folder.path().join("setup.exe")))
}

fn check(bytes: Vec<u8>) {
    let seen = Seen::open("setup.exe", bytes);
    seen.check().unwrap();
    assert_eq!(seen.nodes[0].format, Format::Nsis);
    assert_eq!(seen.gaps(), []);
    assert_eq!(seen.node("$INSTDIR\\payload.txt").bytes, INERT.repeat(3000));
    assert_eq!(seen.node("$INSTDIR\\lib\\other.txt").bytes, INERT);
    let actions = seen.facts(FactKind::InstallAction);
    for part in [
        "ExecWait: \"$INSTDIR\\payload.txt\" /quiet",
        "WriteReg (runs at logon): HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run, name=Vet",
        "kernel32::GetVersion",
        "CreateShortcut: $SMSTARTUP\\Vet.lnk",
    ] {
        assert!(actions.iter().any(|a| a.contains(part)), "{part}: {actions:#?}");
    }
    assert!(!actions.iter().any(|a| a.contains("Version, ")), "{actions:#?}");
    let script = seen.node("[script].txt");
    let script = String::from_utf8_lossy(&script.bytes);
    assert!(script.contains("keyname=\"Software\\\\Vet\""), "{script}");
    // What the uninstaller does stands in a script of its own.
    let uninstaller = &seen.node("$INSTDIR\\gone.exe (uninstaller)").bytes;
    let uninstaller = String::from_utf8_lossy(uninstaller);
    assert!(uninstaller.contains("/inert-removal"), "{uninstaller}");
    assert_eq!(seen.bytes(SpanKind::Unexplained), 0, "{:?}", seen.opened.ledgers[0].spans);
}

#[test]
fn a_solid_setup_is_read_whole() {
    if let Some(bytes) = setup("-DSOLID") {
        check(bytes);
    }
}

#[test]
fn a_setup_of_single_files_is_read_whole() {
    if let Some(bytes) = setup("-DSINGLE") {
        check(bytes);
    }
}

#[test]
fn bytes_behind_the_data_are_unexplained() {
    if let Some(mut bytes) = setup("-DSINGLE") {
        bytes.extend_from_slice(INERT);
        let seen = Seen::open("setup.exe", bytes);
        assert_eq!(seen.bytes(SpanKind::Unexplained), u64::try_from(INERT.len()).unwrap());
    }
}

#[test]
fn damage_never_panics() {
    for define in ["-DSOLID", "-DSINGLE"] {
        if let Some(bytes) = setup(define) {
            survives_damage("setup.exe", &bytes, 60);
        }
    }
}

#[test]
fn a_bare_header_is_recognised_and_refused() {
    let mut bytes = super::super::testing::program(1);
    bytes.extend_from_slice(&0_u32.to_le_bytes());
    bytes.extend_from_slice(super::MARK);
    bytes.extend_from_slice(&[1, 0, 0, 0, 40, 0, 0, 0]);
    bytes.extend_from_slice(INERT);
    let seen = Seen::open("setup.exe", bytes.clone());
    seen.check().unwrap();
    assert_eq!(seen.nodes[0].format, Format::Nsis);
    assert_eq!(seen.gaps().len(), 1, "{:?}", seen.gaps());
    survives_damage("setup.exe", &bytes, 300);
}
