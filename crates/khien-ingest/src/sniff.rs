//! Tells what a stream is from its first bytes, never from its name alone.

/// What a stream holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Linux audit daemon lines.
    Auditd,
    /// Nothing at all.
    Empty,
    /// A Windows event log file, whole or carved chunks of one.
    Evtx,
    /// gzip.
    Gzip,
    /// JSON: lines, a list, or values one after another.
    Json,
    /// Syslog or other text lines.
    Syslog,
    /// A tar archive.
    Tar,
    /// No known log format.
    Unknown,
    /// Zeek tab-separated values.
    ZeekTsv,
    /// A zip archive.
    Zip,
    /// zstd.
    Zstd,
}

/// How many bytes [`sniff`] wants to see.
pub const SNIFF_BYTES: usize = 8192;

/// Tells what a stream is from its first bytes; `name` only helps where content says nothing
/// (a text file called `.log` may be a log, one called `.md` is not).
pub fn sniff(head: &[u8], name: &str) -> Kind {
    if head.is_empty() {
        return Kind::Empty;
    }
    if head.starts_with(b"ElfFile\0") || head.starts_with(b"ElfChnk\0") {
        return Kind::Evtx;
    }
    if head.starts_with(&[0x1f, 0x8b, 8]) {
        return Kind::Gzip;
    }
    if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) || is_skippable_zstd(head) {
        return Kind::Zstd;
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Kind::Zip;
    }
    if head.get(257..262) == Some(b"ustar") {
        return Kind::Tar;
    }
    sniff_text(head, name)
}

fn is_skippable_zstd(head: &[u8]) -> bool {
    matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

fn sniff_text(head: &[u8], name: &str) -> Kind {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let trimmed = head.trim_ascii_start();
    let trimmed = trimmed.strip_prefix(b"\x1e").unwrap_or(trimmed);
    if trimmed.is_empty() {
        // Blank lines only. What comes after so many may still be something; a reader that skips
        // white space will see.
        return if head.len() < SNIFF_BYTES { Kind::Empty } else { Kind::Json };
    }
    if trimmed.starts_with(b"#separator") || trimmed.starts_with(b"#fields\t") {
        return Kind::ZeekTsv;
    }
    if trimmed.starts_with(b"{") || trimmed.starts_with(b"[{") || is_list_of_objects(trimmed) {
        return Kind::Json;
    }
    let lines = || head.split(|b| *b == b'\n').map(<[u8]>::trim_ascii).filter(|l| !l.is_empty());
    if lines().take(20).any(is_audit_line) {
        return Kind::Auditd;
    }
    if lines().take(20).any(|line| line.starts_with(b"#fields\t")) {
        return Kind::ZeekTsv;
    }
    if lines().take(5).any(|line| line.starts_with(b"{\"") && line.len() > 8) {
        // Text before the first JSON line: a banner, or damage at the start.
        return Kind::Json;
    }
    let binary = head.iter().filter(|b| **b < 0x20 && !b.is_ascii_whitespace() && **b != 0x1b);
    if binary.count().saturating_mul(100) > head.len() {
        return Kind::Unknown;
    }
    if lines().take(20).any(looks_like_syslog) || named_like_a_log(name) {
        return Kind::Syslog;
    }
    Kind::Unknown
}

fn is_list_of_objects(text: &[u8]) -> bool {
    text.strip_prefix(b"[").is_some_and(|rest| {
        let rest = rest.trim_ascii_start();
        rest.starts_with(b"{") || rest.starts_with(b"]")
    })
}

fn is_audit_line(line: &[u8]) -> bool {
    let line = if line.starts_with(b"node=") {
        line.split(|b| *b == b' ')
            .next()
            .map_or(line, |node| line.get(node.len()..).unwrap_or_default().trim_ascii_start())
    } else {
        line
    };
    line.starts_with(b"type=") && memchr::memmem::find(line, b"msg=audit(").is_some()
}

/// `<13>…`, `Mar 24 08:05:00 …`, `2023-03-24T08:05:00… …`, an access log line, or CEF.
pub(crate) fn looks_like_syslog(line: &[u8]) -> bool {
    let digit = |at: usize| line.get(at).is_some_and(u8::is_ascii_digit);
    let at = |at: usize, what: u8| line.get(at) == Some(&what);
    let priority = at(0, b'<')
        && line.iter().take(6).position(|b| *b == b'>').is_some_and(|end| {
            end > 1 && line.get(1..end).is_some_and(|n| n.iter().all(u8::is_ascii_digit))
        });
    let month = line.get(..3).is_some_and(|month| MONTHS.contains(&month))
        && at(3, b' ')
        && line.get(6..15).is_some_and(|t| t.get(3) == Some(&b':') && t.get(6) == Some(&b':'));
    let iso =
        digit(0) && at(4, b'-') && at(7, b'-') && (at(10, b'T') || at(10, b' ')) && at(13, b':');
    let access =
        memchr::memmem::find(line, b"] \"").is_some() && memchr::memchr(b'[', line).is_some();
    let cef = memchr::memmem::find(line, b"CEF:0|").is_some();
    priority || month || iso || access || cef
}

const MONTHS: [&[u8]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

fn named_like_a_log(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let base = name.rsplit(['/', '\\', '!']).next().unwrap_or_default();
    base.contains(".log")
        || ["syslog", "messages", "secure", "auth"].iter().any(|n| base.starts_with(n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_beginnings() {
        let check = |head: &[u8], name, kind| assert_eq!(sniff(head, name), kind, "{name}");
        check(b"", "a", Kind::Empty);
        check(b"\n \n", "a", Kind::Empty);
        check(b"ElfFile\0rest", "a.txt", Kind::Evtx);
        check(b"\x1f\x8b\x08\0", "a", Kind::Gzip);
        check(b"PK\x03\x04..", "a.log", Kind::Zip);
        check(b"\xef\xbb\xbf{\"a\":1}", "a", Kind::Json);
        check(b"[\n  {\"a\":1}]", "a", Kind::Json);
        check(b"#separator \\x09\n", "a", Kind::ZeekTsv);
        check(b"type=SYSCALL msg=audit(1.2:3): a=1", "a", Kind::Auditd);
        check(b"node=h type=SYSCALL msg=audit(1.2:3): a=1", "a", Kind::Auditd);
        check(b"Mar 24 08:05:00 h p[1]: m", "a", Kind::Syslog);
        check(b"<13>1 2023-03-24T08:05:00Z h p - - - m", "a", Kind::Syslog);
        check(
            b"1.2.3.4 - - [24/Mar/2023:08:05:00 +0700] \"GET / HTTP/1.1\" 200 1",
            "a",
            Kind::Syslog,
        );
        check(b"garbage line\n{\"a\":\"bcdefg\"}\n", "a", Kind::Json);
        check(b"# Read me\n\nText.\n", "README.md", Kind::Unknown);
        check(b"started\nstopped\n", "app.log", Kind::Syslog);
        check(b"MZ\x90\0\x03\0\0\0\x04\0\0\0", "a.exe", Kind::Unknown);
    }

    proptest! {
        #[test]
        fn never_panics(head in prop::collection::vec(any::<u8>(), 0..300), name in ".{0,9}") {
            let _ = sniff(&head, &name);
        }
    }
}
