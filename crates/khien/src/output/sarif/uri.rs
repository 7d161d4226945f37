//! Paths as URI references.

/// A path as a URI reference: absolute paths become `file:` URIs, others stay relative. Every byte
/// that is not plain is percent-encoded (RFC 3986), so no path can end the reference or fake a
/// scheme.
pub(in crate::output) fn of_path(path: &str) -> String {
    let bytes = path.as_bytes();
    let has_drive = matches!(bytes, [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic());
    if has_drive {
        let (drive, rest) = path.split_at(2);
        return format!("file:///{drive}{}", encoded(&rest.replace('\\', "/")));
    }
    if let Some(share) = path.strip_prefix("\\\\") {
        return format!("file://{}", encoded(&share.replace('\\', "/")));
    }
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    format!("{scheme}{}", encoded(path))
}

fn encoded(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'!' => {
                encoded.push(char::from(byte));
            }
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    // Hostile: a relative reference that begins with two slashes would name another machine.
    match encoded.strip_prefix("//") {
        Some(rest) => format!("/{}", rest.trim_start_matches('/')),
        None => encoded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leaves_its_place() {
        for (path, uri) in [
            ("logs/a b.evtx", "logs/a%20b.evtx"),
            ("/var/log/audit.log", "file:///var/log/audit.log"),
            ("//evil/x", "file:///evil/x"),
            ("C:\\logs\\máy.evtx", "file:///C:/logs/m%C3%A1y.evtx"),
            ("\\\\srv\\share\\a.log", "file://srv/share/a.log"),
            ("javascript:alert(1)", "javascript%3Aalert%281%29"),
            ("a.zip!x/y.json", "a.zip!x/y.json"),
            ("a\"><script>#?%\x1b", "a%22%3E%3Cscript%3E%23%3F%25%1B"),
        ] {
            assert_eq!(of_path(path), uri);
        }
    }
}
