//! The tables of `content/traits`, read once.

use std::collections::HashMap;

use khien_lineage::TraitKind;
use serde::Deserialize;

use super::MatchersError;
use super::bytecode::Bytecode;
use super::script::Language;

/// The trait that a class of means is.
pub(crate) fn class_kind(class: &str) -> Option<TraitKind> {
    Some(match class {
        "anti-debug" => TraitKind::GainsAntiDebug,
        "credentials" => TraitKind::GainsCredentials,
        "crypto" => TraitKind::GainsCrypto,
        // Ordinary in scripts and programs that stay what they are; the kinds above are not.
        "decode" | "eval" | "reflection" => TraitKind::CapabilityRule,
        "discovery" => TraitKind::GainsDiscovery,
        "exec" => TraitKind::GainsExec,
        "inject" => TraitKind::GainsInject,
        "memory" => TraitKind::GainsMemory,
        "network" => TraitKind::GainsNetwork,
        "persistence" => TraitKind::GainsPersistence,
        _ => return None,
    })
}

/// A class and its means: `network` by `sockets`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Means {
    /// The class, of [`class_kind`].
    pub(crate) class: String,
    /// The means.
    pub(crate) means: String,
}

impl Means {
    /// The trait's kind; unknown classes do not get past the reading of a table.
    pub(crate) fn kind(&self) -> TraitKind {
        class_kind(&self.class).unwrap_or(TraitKind::CapabilityRule)
    }

    /// The trait's value: the means, with its class where the kind does not say it.
    pub(crate) fn value(&self) -> String {
        match self.kind() {
            TraitKind::CapabilityRule => format!("{}-{}", self.class, self.means),
            _ => self.means.clone(),
        }
    }
}

/// Native imports.
#[derive(Debug, Default)]
pub(crate) struct Imports {
    /// Means of the symbol, without decoration.
    pub(crate) symbols: HashMap<String, Means>,
    /// Means of the library, lower case.
    pub(crate) libraries: HashMap<String, Means>,
}

/// A weighty word.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    /// Its trait.
    pub(crate) kind: TraitKind,
    /// The trait's value.
    pub(crate) value: String,
    /// The word.
    pub(crate) text: String,
    /// Whether it stands alone.
    pub(crate) whole: bool,
}

/// A word of a script.
#[derive(Clone, Debug)]
pub(crate) struct ScriptWord {
    /// What it is means of.
    pub(crate) means: Means,
    /// In which languages.
    pub(crate) languages: Vec<Language>,
    /// The word.
    pub(crate) text: String,
}

/// A word of bytecode.
#[derive(Clone, Debug)]
pub(crate) struct BytecodeWord {
    /// What it is means of.
    pub(crate) means: Means,
    /// In which kinds.
    pub(crate) kinds: Vec<Bytecode>,
    /// The word.
    pub(crate) text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ImportsFile {
    means: Vec<ImportMeans>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ImportMeans {
    class: String,
    means: String,
    #[serde(default)]
    symbols: Vec<String>,
    #[serde(default)]
    libraries: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ManagedFile {
    means: Vec<ManagedMeans>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ManagedMeans {
    class: String,
    means: String,
    calls: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WordsFile {
    words: Vec<Words>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    kind: WordKind,
    value: String,
    #[serde(default)]
    whole: bool,
    text: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WordKind {
    Defences,
    Secrets,
    Startup,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptsFile {
    means: Vec<ScriptMeans>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptMeans {
    class: String,
    means: String,
    languages: Vec<Language>,
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BytecodeFile {
    means: Vec<BytecodeMeans>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BytecodeMeans {
    class: String,
    means: String,
    kinds: Vec<Bytecode>,
    words: Vec<String>,
}

fn parse<'a, T: Deserialize<'a>>(table: &'static str, text: &'a str) -> Result<T, MatchersError> {
    toml::from_str(text).map_err(|why| MatchersError::Table { table, why: why.to_string() })
}

fn checked(table: &'static str, class: &str, means: &str) -> Result<Means, MatchersError> {
    match class_kind(class) {
        Some(_) => Ok(Means { class: class.to_owned(), means: means.to_owned() }),
        None => Err(MatchersError::Table { table, why: format!("unknown class `{class}`") }),
    }
}

/// Reads the table of native imports.
pub(crate) fn imports() -> Result<Imports, MatchersError> {
    const TABLE: &str = "imports";
    let file: ImportsFile = parse(TABLE, include_str!("../../../../content/traits/imports.toml"))?;
    let mut imports = Imports::default();
    for row in file.means {
        let means = checked(TABLE, &row.class, &row.means)?;
        let mut twice = None;
        for name in row.symbols {
            twice = twice.or(imports.symbols.insert(name, means.clone()));
        }
        for name in row.libraries {
            twice = twice.or(imports.libraries.insert(name, means.clone()));
        }
        if let Some(other) = twice {
            let why = format!("a name is means of `{}` and of `{}`", other.means, means.means);
            return Err(MatchersError::Table { table: TABLE, why });
        }
    }
    Ok(imports)
}

/// Reads the table of .NET members.
pub(crate) fn managed() -> Result<Vec<(String, Means)>, MatchersError> {
    const TABLE: &str = "managed";
    let file: ManagedFile = parse(TABLE, include_str!("../../../../content/traits/managed.toml"))?;
    let mut calls = Vec::new();
    for row in file.means {
        let means = checked(TABLE, &row.class, &row.means)?;
        calls.extend(row.calls.into_iter().map(|call| (call, means.clone())));
    }
    Ok(calls)
}

/// Reads the table of weighty words.
pub(crate) fn words() -> Result<Vec<Word>, MatchersError> {
    let text = include_str!("../../../../content/traits/literals.toml");
    let file: WordsFile = parse("literals", text)?;
    let mut words = Vec::new();
    for Words { kind, value, whole, text } in file.words {
        let kind = match kind {
            WordKind::Defences => TraitKind::NamesDefences,
            WordKind::Secrets => TraitKind::NamesSecrets,
            WordKind::Startup => TraitKind::NamesStartup,
        };
        for text in text {
            words.push(Word { kind, value: value.clone(), text, whole });
        }
    }
    Ok(words)
}

/// Reads the table of scripts' words.
pub(crate) fn script_words() -> Result<Vec<ScriptWord>, MatchersError> {
    const TABLE: &str = "scripts";
    let file: ScriptsFile = parse(TABLE, include_str!("../../../../content/traits/scripts.toml"))?;
    let mut words = Vec::new();
    for row in file.means {
        let means = checked(TABLE, &row.class, &row.means)?;
        let word =
            |text| ScriptWord { means: means.clone(), languages: row.languages.clone(), text };
        words.extend(row.words.into_iter().map(word));
    }
    Ok(words)
}

/// Reads the table of bytecode's words.
pub(crate) fn bytecode_words() -> Result<Vec<BytecodeWord>, MatchersError> {
    const TABLE: &str = "bytecode";
    let file: BytecodeFile =
        parse(TABLE, include_str!("../../../../content/traits/bytecode.toml"))?;
    let mut words = Vec::new();
    for row in file.means {
        let means = checked(TABLE, &row.class, &row.means)?;
        let word = |text| BytecodeWord { means: means.clone(), kinds: row.kinds.clone(), text };
        words.extend(row.words.into_iter().map(word));
    }
    Ok(words)
}
