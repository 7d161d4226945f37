//! JavaScript inside HTML, SVG, Vue and Svelte: `<script>` elements and handlers in attributes.

use std::ops::Range;

/// Bound: scripts of one page that are told apart; from there on all of it is code.
const SCRIPTS_MAX: usize = 4096;

/// Where code stands, in order and apart.
pub(super) fn code(page: &[u8]) -> Vec<Range<usize>> {
    let lower = page.to_ascii_lowercase();
    let mut out: Vec<Range<usize>> = Vec::new();
    let mut at = 0_usize;
    while let Some(found) = lower.get(at..).and_then(|rest| memchr::memchr(b'<', rest)) {
        let tag = at.saturating_add(found);
        if out.len() >= SCRIPTS_MAX {
            out.push(tag..page.len());
            break;
        }
        let rest = lower.get(tag..).unwrap_or_default();
        if !rest.get(1).is_some_and(u8::is_ascii_alphabetic) {
            at = tag.saturating_add(1);
            continue;
        }
        let end = tag_end(rest).map_or(page.len(), |end| tag.saturating_add(end));
        let attributes = lower.get(tag..end).unwrap_or_default();
        if holds_code(attributes) {
            out.push(tag..end);
        }
        let is_script = rest.strip_prefix(b"<script").is_some_and(|after| {
            after.first().is_none_or(|b| !(b.is_ascii_alphanumeric() || *b == b'-'))
        });
        at = end;
        if is_script && !attributes.ends_with(b"/>") {
            let body = lower.get(end..).unwrap_or_default();
            let len = memchr::memmem::find(body, b"</script").unwrap_or(body.len());
            at = end.saturating_add(len);
            out.push(end..at);
        }
    }
    out
}

/// Where a tag ends; a `>` inside an attribute's quotes is none.
fn tag_end(rest: &[u8]) -> Option<usize> {
    let mut quote = None;
    for (i, byte) in rest.iter().enumerate() {
        match (quote, *byte) {
            (None, b'"' | b'\'') => quote = Some(*byte),
            (None, b'>') => return Some(i.saturating_add(1)),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// Whether a tag has a handler (`onload=`) or an address that is code (`javascript:`).
fn holds_code(tag: &[u8]) -> bool {
    let handler = |at: usize| {
        let before = at.checked_sub(1).and_then(|at| tag.get(at));
        let name = tag.get(at..).unwrap_or_default();
        let len = name.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
        let after = name.get(len..).unwrap_or_default().trim_ascii_start();
        before.is_some_and(|b| b.is_ascii_whitespace() || b"\"'/".contains(b))
            && after.first() == Some(&b'=')
    };
    memchr::memmem::find(tag, b"javascript:").is_some()
        || memchr::memmem::find_iter(tag, b"on").any(handler)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(page: &str) -> Vec<&str> {
        code(page.as_bytes()).into_iter().map(|range| &page[range]).collect()
    }

    #[test]
    fn scripts_and_handlers_are_code_and_text_is_not() {
        assert_eq!(texts("<p>eval(1)</p><script type='a>b'>x()</SCRIPT>"), ["x()"]);
        assert_eq!(texts("<scripting>x()</scripting>"), Vec::<&str>::new());
        assert_eq!(texts("<svg><g onload = 'x()'/></svg>"), ["<g onload = 'x()'/>"]);
        assert_eq!(texts("<a content='on = 1'>b</a>"), ["<a content='on = 1'>"]);
        assert_eq!(texts("<script>x()"), ["x()"]);
        assert_eq!(texts("<a href=\"javascript:x()\">"), ["<a href=\"javascript:x()\">"]);
    }

    proptest::proptest! {
        #[test]
        fn ranges_are_in_order(page in "(<script|</script>|<a on|[<>=\"' x/]){0,60}") {
            let mut last = 0;
            for range in code(page.as_bytes()) {
                proptest::prop_assert!(last <= range.start && range.start <= range.end);
                proptest::prop_assert!(range.end <= page.len());
                last = range.start;
            }
        }
    }
}
