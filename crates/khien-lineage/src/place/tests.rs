use super::*;
use proptest::prelude::*;

#[test]
fn a_versioned_folder_is_one_product() {
    let one = Path::of(r"C:\Users\an\AppData\Local\Programs\Softphone\app-18.12.416\Softphone.exe");
    let two =
        Path::of(r"C:\Users\binh\AppData\Local\Programs\Softphone\app-18.12.407\Softphone.exe");
    assert_eq!(
        (one.root.as_str(), one.name.as_str()),
        ("c:/users/*/appdata/local/programs/softphone", "softphone.exe")
    );
    assert_eq!((&one.root, &one.template), (&two.root, &two.template));
    assert_eq!((one.version.as_str(), two.version.as_str()), ("18.12.416", "18.12.407"));
    assert!(one.is_program);
}

#[test]
fn folders_of_everybody_are_of_no_product() {
    for path in [
        r"C:\Windows\System32\cmd.exe",
        "/usr/bin/curl",
        r"C:\Users\an\AppData\Local\Temp\a.exe",
        "C:\\a.exe",
        "",
    ] {
        assert_eq!(Path::of(path).root, "", "{path}");
    }
    assert_eq!(
        Path::of("/Applications/Softphone.app/Contents/MacOS/Softphone").root,
        "/applications/softphone.app"
    );
    assert_eq!(Path::of("/opt/softphone/bin/softphone").root, "/opt/softphone");
}

#[test]
fn places() {
    for (path, expected) in [
        (
            r"C:\Users\an\AppData\Local\Google\Chrome\User Data\Default\History",
            Place::Secrets("chrome"),
        ),
        (r"C:\Users\an\AppData\Local\Google\Chromebook\x", Place::Other("user-data")),
        ("/home/an/.ssh/id_ed25519", Place::Secrets("ssh")),
        ("/Users/an/Library/LaunchAgents/x.plist", Place::Startup("launch-agent")),
        (r"C:\Windows\System32\drivers\etc\hosts", Place::Startup("hosts")),
        (r"C:\Program Files\X\manifest", Place::Other("programs")),
    ] {
        assert_eq!(Path::of(path).place, expected, "{path}");
    }
}

#[test]
fn registry_and_names() {
    let run = r"HKU\S-1-5-21-1\Software\Microsoft\Windows\CurrentVersion\Run\Updater";
    assert_eq!(persistence_of(run), Some("run"));
    assert_eq!(
        persistence_of(r"HKLM\System\CurrentControlSet\Services\x\ImagePath"),
        Some("service")
    );
    assert_eq!(persistence_of(r"HKLM\System\CurrentControlSet\Services\x\Parameters\y"), None);
    assert_eq!(persistence_of(r"HKCU\Software\Vendor\Run\x"), None);
    assert_eq!(interpreter_of("rundll#.exe"), Some("rundll#"));
    assert_eq!(interpreter_of("python#.#"), Some("python"));
    assert_eq!(interpreter_of("shell.exe"), None);
}

#[test]
fn what_differs_from_run_to_run_goes() {
    let name = |path: &str| Path::of(path).name;
    assert_eq!(name("c:/x/y/log-2023-03-24.txt"), "log-#-#-#.txt");
    assert_eq!(name("c:/x/y/3f2504e0-4f89-11d3-9a0c-0305e82c3301.tmp"), "#.tmp");
    assert_eq!(name("c:/x/y/manifest"), "manifest");
}

proptest! {
    #[test]
    fn any_text_is_read(text in any::<String>()) {
        let path = Path::of(&text);
        prop_assert!(path.template.ends_with(&path.name));
        prop_assert!(path.template.starts_with(&path.root));
        let _ = (persistence_of(&text), interpreter_of(&text));
    }
}
