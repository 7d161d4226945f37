//! Which files a command line starts.
//!
//! Node leaves endings out (`node setup`), shells name files in any place, and a package's manifest
//! starts scripts by name. What is read here is what stands there; the files are looked up later.

/// Endings of files that a command line starts by name.
const ENDINGS: &[&str] = &[
    "bat", "cjs", "cmd", "dll", "exe", "js", "lua", "mjs", "php", "pl", "ps1", "py", "rb", "sh",
    "vbs",
];

/// Programs whose first argument that is no option is a file to run.
const INTERPRETERS: &[&str] = &[
    "ash",
    "bash",
    "bun",
    "dash",
    "deno",
    "lua",
    "node",
    "nodejs",
    "perl",
    "php",
    "powershell",
    "powershell.exe",
    "pwsh",
    "pypy",
    "python",
    "python2",
    "python3",
    "ruby",
    "sh",
    "source",
    "ts-node",
    "tsx",
    "zsh",
    ".",
];

/// Options of interpreters that take the next word with them.
const WITH_VALUE: &[&str] = &["--import", "--loader", "--require", "-I", "-W", "-X", "-r"];

/// Options after which code stands, and no file.
const WITH_CODE: &[&str] = &["--eval", "-c", "-e", "-p"];

/// The files that a command line starts, as they are written there, below the folder it went to.
pub(crate) fn of_command(command: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut folder = String::new();
    for part in command.split([';', '&', '|', '(', ')', '\n', '`']) {
        let words: Vec<&str> = part
            .split([' ', '\t', '"', '\'', '='])
            .filter(|word| !word.is_empty() && !word.contains("://"))
            .collect();
        if let ["cd" | "pushd", to, ..] = words.as_slice() {
            folder = format!("{folder}{}/", shown(to).trim_end_matches('/'));
            continue;
        }
        let below = |word: &str| format!("{folder}{}", shown(word));
        out.extend(words.iter().filter(|word| has_ending(word)).map(|word| below(word)));
        out.extend(words.iter().position(|word| is_interpreter(word)).and_then(|at| {
            let rest = words.get(at.saturating_add(1)..)?;
            argument(rest).map(below)
        }));
    }
    out.retain(|start| !start.is_empty());
    out
}

fn shown(word: &str) -> String {
    word.replace('\\', "/")
}

fn has_ending(word: &str) -> bool {
    let name = word.rsplit(['/', '\\']).next().unwrap_or_default();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ENDINGS.contains(&ending.to_ascii_lowercase().as_str())
}

fn is_interpreter(word: &str) -> bool {
    let name = word.rsplit(['/', '\\']).next().unwrap_or_default();
    INTERPRETERS.contains(&name) && !word.starts_with("./")
}

/// The first word that is no option of the interpreter before it.
fn argument<'a>(words: &[&'a str]) -> Option<&'a str> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if WITH_CODE.contains(word) {
            return None;
        }
        if WITH_VALUE.contains(word) {
            words.next();
        } else if *word != "run" && !word.starts_with('-') {
            return Some(word);
        }
    }
    None
}

/// Where a file that is started under this name may be, relative to whoever starts it, best first;
/// and whether that is its whole name.
pub(crate) fn candidates(start: &str) -> (Vec<String>, bool) {
    let parts = start.split('/').filter(|part| !matches!(*part, "" | "."));
    let base = parts.collect::<Vec<_>>().join("/");
    if has_ending(&base) {
        return (vec![base], true);
    }
    let index = |ending: &str| match base.as_str() {
        "" => format!("index.{ending}"),
        base => format!("{base}/index.{ending}"),
    };
    let mut out: Vec<String> = Vec::new();
    if !base.is_empty() {
        out.push(base.clone());
        out.extend(["js", "cjs", "mjs", "ts"].iter().map(|ending| format!("{base}.{ending}")));
    }
    out.extend(["js", "cjs", "mjs"].iter().map(|ending| index(ending)));
    if !base.is_empty() {
        out.push(format!("{base}/__main__.py"));
    }
    (out, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_with_and_without_endings_are_started() {
        assert_eq!(of_command("node setup"), ["setup"]);
        assert_eq!(of_command("node -r ./hook ./lib && echo done"), ["./lib"]);
        assert_eq!(
            of_command("cd x; sh ./run.sh --to=http://a.test/b.js"),
            ["x/./run.sh", "x/./run.sh"]
        );
        assert_eq!(of_command("node ."), ["."]);
        assert_eq!(of_command("node -e \"require(1)\""), Vec::<String>::new());
        assert_eq!(of_command("echo setup"), Vec::<String>::new());
    }

    #[test]
    fn an_ending_left_out_is_looked_for() {
        assert_eq!(candidates("./setup.js"), (vec!["setup.js".to_owned()], true));
        let (found, whole) = candidates("setup");
        assert_eq!(found.get(..2), Some(&["setup".to_owned(), "setup.js".to_owned()][..]));
        assert!(!whole);
        assert!(candidates("./lib").0.contains(&"lib/index.js".to_owned()));
        assert_eq!(candidates(".").0.first().map(String::as_str), Some("index.js"));
    }
}
