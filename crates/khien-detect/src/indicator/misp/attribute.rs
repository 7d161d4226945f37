//! What an attribute's type and value mean here.
//!
//! Source: the table of types in the MISP core format (draft-dulaunoy-misp-core-format).

use khien_model::IndicatorKind;
use khien_model::observable::{canonical_hash, canonical_ip};

use super::super::affected::{AffectedProduct, of_cpe};
use super::super::list::{NO_MAIL, Word, canonical, is_host, kinds_of, urls};
use super::super::{excerpt, fang};

/// What an attribute means.
#[derive(Debug)]
pub(in super::super) enum Meaning {
    /// Indicators, in canonical form.
    Kinds(Vec<IndicatorKind>),
    /// An affected product.
    Product(AffectedProduct),
    /// A link to another publication.
    Reference,
    /// Something that describes and cannot be looked for.
    Remark,
    /// Something that could be looked for, but not here.
    Unmatched(String),
}

/// What an attribute means by its type.
pub(in super::super) fn meaning(kind: &str, value: &str) -> Meaning {
    let lower = kind.trim().to_ascii_lowercase();
    if let Some((first, second)) = lower.split_once('|') {
        return composite(first, second, value);
    }
    let word = match lower.as_str() {
        "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512" | "sha512/224"
        | "sha512/256" | "sha3-224" | "sha3-256" | "sha3-384" | "sha3-512" | "imphash"
        | "authentihash" => Word::Hash,
        kind if kind.starts_with("x509-fingerprint-") => Word::Hash,
        "ip-src" | "ip-dst" | "ip" => Word::Address,
        "domain" | "hostname" => Word::Domain,
        "filename" => Word::Path,
        "url" => Word::Url,
        "uri" => return uri(value),
        "user-agent" => Word::UserAgent,
        "mutex" => Word::Mutex,
        "regkey" => Word::Registry,
        "x509-serial" => Word::Serial,
        "cpe" => {
            return of_cpe(value.trim()).map_or(
                Meaning::Unmatched(String::from("a CPE name that is none")),
                Meaning::Product,
            );
        }
        "link" => return Meaning::Reference,
        "malware-sample" => return composite("malware-sample", "md5", value),
        "yara" | "sigma" | "snort" | "suricata" | "bro" | "zeek" | "pattern-in-file"
        | "pattern-in-memory" | "pattern-in-traffic" | "stix2-pattern" | "kusto-query"
        | "pgp-rule" => {
            return Meaning::Unmatched(format!("a rule ({lower}): load it as a rule"));
        }
        "ssdeep"
        | "tlsh"
        | "impfuzzy"
        | "telfhash"
        | "vhash"
        | "pehash"
        | "cdhash"
        | "ja3-fingerprint-md5"
        | "jarm-fingerprint"
        | "hassh-md5"
        | "hasshserver-md5"
        | "favicon-mmh3"
        | "named pipe"
        | "windows-service-name"
        | "windows-service-displayname"
        | "windows-scheduled-task"
        | "as"
        | "asn"
        | "mac-address"
        | "cookie" => {
            return Meaning::Unmatched(format!("cannot be matched here: {lower}"));
        }
        kind if kind.starts_with("email") => return Meaning::Unmatched(NO_MAIL.to_owned()),
        _ => return Meaning::Remark,
    };
    of_word(word, value)
}

fn of_word(word: Word, value: &str) -> Meaning {
    match kinds_of(word, value) {
        Ok(kinds) => Meaning::Kinds(kinds),
        Err(detail) => Meaning::Unmatched(detail),
    }
}

/// Two values in one. Where one of them decides, the other only describes it.
fn composite(first: &str, second: &str, value: &str) -> Meaning {
    let malformed = || Meaning::Unmatched(format!("“{}” is not two values", excerpt(value)));
    let Some((head, tail)) = value.rsplit_once('|') else {
        // A port may be missing.
        return if second == "port" { meaning(first, value) } else { malformed() };
    };
    match (first, second) {
        ("filename" | "malware-sample", _) => match canonical_hash(tail.trim()) {
            Some(hash) => of_word(Word::Hash, &hash),
            None if first == "malware-sample" => malformed(),
            None => Meaning::Unmatched(format!(
                "cannot be matched here: a file's name with its {}",
                excerpt(second)
            )),
        },
        ("domain", "ip") => match (kinds_of(Word::Domain, head), kinds_of(Word::Address, tail)) {
            (Ok(mut kinds), Ok(addresses)) => {
                kinds.extend(addresses);
                Meaning::Kinds(kinds)
            }
            (Err(detail), _) | (_, Err(detail)) => Meaning::Unmatched(detail),
        },
        ("ip-src" | "ip-dst" | "hostname" | "ip", "port") => meaning(first, head),
        ("regkey", "value") => Meaning::Unmatched(String::from(
            "cannot be matched here: a registry key together with its data",
        )),
        _ => {
            let (first, second) = (excerpt(first), excerpt(second));
            Meaning::Unmatched(format!("cannot be matched here: {first} with {second}"))
        }
    }
}

/// A URI is a URL, or only the path of one, which any server may have.
fn uri(value: &str) -> Meaning {
    let whole = fang::refang(value);
    let host = whole.split(['/', ':']).next().unwrap_or_default();
    let is_url = whole.contains("://") || is_host(host) || canonical_ip(host).is_some();
    if !is_url {
        return Meaning::Unmatched(String::from(
            "cannot be matched here: a URL's path without a host",
        ));
    }
    canonical(urls(&whole)).map_or_else(Meaning::Unmatched, Meaning::Kinds)
}
