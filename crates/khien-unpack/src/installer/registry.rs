//! Places of the Windows registry that make something run, or switch a guard off.

/// Parts of keys, in lower case, and what a value there does.
const TELLING: [(&str, &str); 31] = [
    ("\\currentversion\\run", "runs at logon"),
    ("\\currentversion\\policies\\explorer\\run", "runs at logon"),
    ("\\currentversion\\winlogon", "runs at logon"),
    ("\\windows\\load", "runs at logon"),
    ("\\active setup\\installed components", "runs at first logon"),
    ("\\currentcontrolset\\services", "service or driver"),
    ("\\controlset001\\services", "service or driver"),
    ("\\image file execution options", "runs instead of another program"),
    ("\\silentprocessexit", "runs when another program ends"),
    ("\\appinit_dlls", "loaded into every program"),
    ("\\appcertdlls", "loaded into every program"),
    ("\\session manager", "runs at start, or renames files then"),
    ("\\control\\lsa", "loaded into the logon service"),
    ("\\control\\print\\monitors", "loaded into the print service"),
    ("\\control\\print\\environments", "loaded into the print service"),
    ("\\schedule\\taskcache", "scheduled task"),
    ("\\browser helper objects", "loaded into the browser"),
    ("\\nativemessaginghosts", "program a browser may start"),
    ("\\extensioninstallforcelist", "forces a browser extension"),
    ("\\shellserviceobjectdelayload", "loaded into the shell"),
    ("\\shellexecutehooks", "loaded into the shell"),
    ("\\shellex\\", "loaded into the shell"),
    ("\\shelliconoverlayidentifiers", "loaded into the shell"),
    ("\\command processor", "runs with every command window"),
    ("\\windows defender", "settings of the virus scanner"),
    ("\\firewallpolicy", "settings of the firewall"),
    ("\\systemcertificates", "trusted certificates"),
    ("\\policies\\system", "settings of account control"),
    ("\\inprocserver32", "component loaded into programs"),
    ("\\localserver32", "component that runs a program"),
    ("\\shell\\open\\command", "opens a kind of file"),
];

/// What a value under this key does, where it is one of the telling places.
pub(super) fn telling(key: &str, name: &str) -> Option<&'static str> {
    let place = format!("\\{key}\\{name}").to_lowercase();
    TELLING.iter().find(|(part, _)| place.contains(part)).map(|(_, what)| *what)
}

#[cfg(test)]
mod tests {
    use super::telling;

    #[test]
    fn run_keys_and_services_tell() {
        let run = "Software\\Microsoft\\Windows\\CurrentVersion\\RunOnce";
        assert_eq!(telling(run, "x"), Some("runs at logon"));
        let key = "Software\\Microsoft\\Windows NT\\CurrentVersion\\Windows";
        assert_eq!(telling(key, "AppInit_DLLs"), Some("loaded into every program"));
        assert_eq!(telling("Software\\Vendor\\App", "Version"), None);
    }
}
