//! Command lines that can be typed again: words quoted for a POSIX shell.

use khien_model::untrusted::shown;

/// A command line as one text, each word quoted where it needs it.
pub(super) fn command_line(words: &[String]) -> String {
    words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
}

/// The words of a command line without those that chose format and file, so that others can follow.
pub(super) fn without_output(words: &[String]) -> impl Iterator<Item = String> {
    let mut value_follows = false;
    words
        .iter()
        .filter(move |word| {
            let is_value = std::mem::take(&mut value_follows);
            value_follows = matches!(word.as_str(), "--format" | "-f" | "-o" | "--output");
            let joined = ["--format=", "--output=", "-f", "-o"];
            let joined = *word == "--json" || joined.iter().any(|option| word.starts_with(option));
            !(is_value || value_follows || joined)
        })
        .cloned()
}

/// The value of an option in a command line, as its own word or behind `=`.
pub(super) fn value_of<'w>(words: &'w [String], option: &str) -> Option<&'w str> {
    words.iter().enumerate().find_map(|(i, word)| match word.strip_prefix(option)? {
        "" => words.get(i + 1).map(String::as_str),
        joined => joined.strip_prefix('='),
    })
}

/// A command line with these options, each in place of what it had before. They stand before a `--`,
/// behind which nothing is an option.
pub(super) fn with_options<'w>(
    words: impl Iterator<Item = String>,
    options: &[(&'w str, &'w str)],
) -> Vec<String> {
    let mut value_follows = false;
    let mut out: Vec<String> = words
        .filter(|word| {
            let is_value = std::mem::take(&mut value_follows);
            value_follows = options.iter().any(|(option, _)| option == word);
            let joined = |option: &str| {
                word.strip_prefix(option).is_some_and(|value| value.starts_with('='))
            };
            !(is_value || value_follows || options.iter().any(|(option, _)| joined(option)))
        })
        .collect();
    let end = out.iter().position(|word| word == "--").unwrap_or(out.len());
    let more = options.iter().flat_map(|(option, value)| [*option, *value]);
    out.splice(end..end, more.map(str::to_owned));
    out
}

/// The words of a command line, quoted, an option together with what follows it.
pub(super) fn units(words: &[String]) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    let mut after_option = false;
    for word in words {
        match units.last_mut() {
            Some(unit) if after_option && !word.starts_with('-') => {
                unit.extend([" ", &quote(word)]);
            }
            _ => units.push(quote(word)),
        }
        after_option = word.starts_with('-') && !word.contains('=');
    }
    units
}

/// Quotes one word. Words with control or invisible characters take the `$'…'` form of bash, zsh
/// and ksh, so that they can be shown at all.
pub(super) fn quote(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%…".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if shown(word).to_string() == word {
        return format!("'{}'", word.replace('\'', "'\\''"));
    }
    let mut quoted = String::from("$'");
    for c in word.chars() {
        match c {
            '\'' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_ascii_control() => quoted.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if shown(c.encode_utf8(&mut [0; 4])).to_string().len() != c.len_utf8() => {
                quoted.push_str(&format!("\\U{:08x}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_what_a_shell_would_take_apart() {
        for (word, expected) in [
            ("logs/a.evtx", "logs/a.evtx"),
            ("", "''"),
            ("C:\\logs", "'C:\\logs'"),
            ("it's", "'it'\\''s'"),
            ("$(reboot)", "'$(reboot)'"),
            ("~", "'~'"),
            ("Giá Đô", "'Giá Đô'"),
            ("a\x1b[2J\n'", "$'a\\x1b[2J\\n\\''"),
            ("a\u{202e}b\u{9b}", "$'a\\U0000202eb\\U0000009b'"),
        ] {
            assert_eq!(quote(word), expected);
        }
        let words = ["khien", "scan", "--format", "csv", "a", "-o", "x", "--format=json", "-fcsv"];
        let words = words.map(str::to_owned);
        assert!(without_output(&words).eq(["khien", "scan", "a"]));
        let words = ["khien", "-q", "--tz", "UTC", "a b", "--x=1", "c"].map(str::to_owned);
        assert_eq!(units(&words), ["khien", "-q", "--tz UTC", "'a b'", "--x=1", "c"]);
        assert_eq!(command_line(&["khien".into(), "a b".into()]), "khien 'a b'");
    }

    #[test]
    fn an_option_is_replaced_and_never_repeated() {
        let words = ["khien", "vet", "--memory-mib", "16", "a", "--timeout=9", "--", "--timeout"];
        let words = words.map(str::to_owned);
        assert_eq!(value_of(&words, "--memory-mib"), Some("16"));
        assert_eq!(value_of(&words, "--timeout"), Some("9"));
        assert_eq!(value_of(&words, "--time"), None);
        let options = [("--memory-mib", "64"), ("--threads", "1")];
        let more = with_options(words[..6].iter().cloned(), &options);
        let expected = ["khien", "vet", "a", "--timeout=9", "--memory-mib", "64", "--threads", "1"];
        assert_eq!(more, expected);
        let more = with_options(words.into_iter().take(7), &[("--memory-mib", "64")]);
        assert_eq!(more, ["khien", "vet", "a", "--timeout=9", "--memory-mib", "64", "--"]);
    }
}
