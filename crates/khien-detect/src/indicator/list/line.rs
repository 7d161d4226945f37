//! One line of a list: its cells, and values made whole again.

/// The cells of a line, separated by commas, semicolons or tabs, without remarks behind `#`.
///
/// A cell may stand in double quotes, in which a doubled quote is one quote.
pub(super) fn cells(line: &str) -> Vec<String> {
    let separator = [',', '\t', ';'].into_iter().find(|separator| line.contains(*separator));
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut previous = ' ';
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' if quoted || cell.trim().is_empty() => quoted = !quoted,
            '#' if !quoted && previous.is_whitespace() => break,
            c if Some(c) == separator && !quoted => {
                cells.push(cell.trim().to_owned());
                cell.clear();
            }
            c => cell.push(c),
        }
        previous = c;
    }
    cells.push(cell.trim().to_owned());
    cells
}

/// A value as it was before someone made it unclickable.
pub(super) fn refang(value: &str) -> String {
    let mut whole = String::with_capacity(value.len());
    let mut rest = value.trim();
    while let Some(open) = rest.find(['[', '(', '{']) {
        let (before, bracket) = rest.split_at(open);
        whole.push_str(before);
        let inner = bracket.get(1..).unwrap_or_default();
        let (meant, length) =
            unbracketed(inner).unwrap_or((bracket.get(..1).unwrap_or_default(), 0));
        whole.push_str(meant);
        rest = inner.get(length..).unwrap_or_default();
    }
    whole.push_str(rest);
    with_scheme(whole)
}

/// What a bracketed mark stands for, and how long it is with its closing bracket.
fn unbracketed(inner: &str) -> Option<(&'static str, usize)> {
    const MARKS: [(&str, &str); 7] =
        [(".", "."), ("dot", "."), (":", ":"), ("://", "://"), ("/", "/"), ("@", "@"), ("at", "@")];
    MARKS.into_iter().find_map(|(mark, meant)| {
        let (start, rest) = inner.split_at_checked(mark.len())?;
        let is_mark = start.eq_ignore_ascii_case(mark) && rest.starts_with([']', ')', '}']);
        is_mark.then_some((meant, mark.len().saturating_add(1)))
    })
}

/// `hxxp` and its kin in front as the scheme that they stand for.
fn with_scheme(value: String) -> String {
    const SCHEMES: [(&str, &str); 6] = [
        ("hxxps", "https"),
        ("hxxp", "http"),
        ("h**ps", "https"),
        ("h**p", "http"),
        ("fxp", "ftp"),
        ("meow", "http"),
    ];
    let Some((scheme, rest)) = value.split_once("://") else { return value };
    let known = SCHEMES.into_iter().find(|(defanged, _)| scheme.eq_ignore_ascii_case(defanged));
    known.map_or_else(|| value.clone(), |(_, meant)| format!("{meant}://{rest}"))
}
