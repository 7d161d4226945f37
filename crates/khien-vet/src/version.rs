//! Versions as vendors write them: found in names, left out of names. How they compare is the
//! model's.

pub use khien_model::version::compare;

/// The version in a file name: the last dotted number, with what may follow it
/// (`app-18.12.416-full.nupkg` has `18.12.416`).
pub(crate) fn in_name(name: &str) -> Option<String> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let mut found = None;
    let mut at = 0;
    while let Some(start) = base.get(at..).and_then(|rest| rest.find(|c: char| c.is_ascii_digit()))
    {
        let start = at + start;
        let rest = base.get(start..).unwrap_or("");
        let len = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let run = rest.get(..len).unwrap_or("").trim_end_matches('.');
        if run.contains('.') {
            found = Some(run.to_owned());
        }
        at = start + len.max(1);
    }
    found
}

/// A path component without its version, build hash and compression: what stays from release to
/// release (`libfoo-1.2.3.so.4.5` → `libfoo-#.so.#`).
pub fn stem(component: &str) -> String {
    let mut out = String::with_capacity(component.len());
    let mut rest = component;
    while let Some(c) = rest.chars().next() {
        let hash = leading(rest, |c| c.is_ascii_hexdigit());
        let mixed = hash.bytes().any(|b| b.is_ascii_digit());
        let bounded = out.chars().next_back().is_none_or(|c| !c.is_ascii_alphanumeric());
        let ends = rest
            .get(hash.len()..)
            .and_then(|r| r.chars().next())
            .is_none_or(|c| !c.is_ascii_alphanumeric());
        if hash.len() >= 7 && mixed && bounded && ends {
            out.push('#');
            rest = rest.get(hash.len()..).unwrap_or("");
            continue;
        }
        let run = leading(rest, |c| c.is_ascii_digit() || c == '.');
        let number = run.trim_end_matches('.');
        if number.contains('.') && number.starts_with(|c: char| c.is_ascii_digit()) {
            out.push('#');
            rest = rest.get(number.len()..).unwrap_or("");
            continue;
        }
        if run.len() > 1 && number.starts_with('.') && out.ends_with(".so") {
            out.push_str(".#");
            rest = rest.get(number.len()..).unwrap_or("");
            continue;
        }
        out.push(c.to_ascii_lowercase());
        rest = rest.get(c.len_utf8()..).unwrap_or("");
    }
    out
}

fn leading(text: &str, keep: impl Fn(char) -> bool) -> &str {
    let len = text.find(|c| !keep(c)).unwrap_or(text.len());
    text.get(..len).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn versions_are_found_in_names() {
        assert_eq!(in_name("3CXDesktopApp-18.12.416-full.nupkg").as_deref(), Some("18.12.416"));
        assert_eq!(in_name("liblzma5_5.4.1-1+deb12u1_amd64.deb").as_deref(), Some("5.4.1"));
        assert_eq!(in_name("setup.exe"), None);
    }

    #[test]
    fn stems_drop_versions_and_hashes() {
        assert_eq!(stem("libfoo-1.2.3.so.4.5"), "libfoo-#.so.#");
        assert_eq!(stem("libfoo-984de331.so.3.2"), stem("libfoo-0a1b2c3d.so.3.3"));
        assert_eq!(stem("PyQt6_Qt6-6.11.1.dist-info"), stem("PyQt6_Qt6-6.11.2.dist-info"));
        assert_eq!(stem("d3dcompiler_47.dll"), "d3dcompiler_47.dll");
        assert_eq!(stem("avcodec-61.dll"), "avcodec-61.dll");
        assert_eq!(stem("libc.so.6"), "libc.so.#");
    }

    proptest! {
        #[test]
        fn stems_take_any_text(a in ".{0,40}") {
            let _ = (stem(&a), in_name(&a));
        }
    }
}
