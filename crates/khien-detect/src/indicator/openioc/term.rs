//! The terms that conditions compare (`FileItem/Md5sum`), and what they are here.

use khien_model::IndicatorKind;

use super::super::list::{NO_MAIL, Word, is_host, kinds_of, registry, urls};
use super::super::{excerpt, fang};

/// One condition.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) search: String,
    pub(super) condition: Condition,
    pub(super) content: String,
}

/// How a condition compares.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Condition {
    Contains,
    EndsWith,
    Is,
    Other,
    StartsWith,
}

impl Condition {
    pub(super) fn of(text: &str) -> Self {
        match text.to_ascii_lowercase().as_str() {
            "is" => Self::Is,
            "contains" => Self::Contains,
            "starts-with" => Self::StartsWith,
            "ends-with" => Self::EndsWith,
            _ => Self::Other,
        }
    }
}

/// What a condition is among others that must be true together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Role {
    Address,
    FileFolder,
    FileHash,
    FileName,
    FileOther,
    HandleName,
    HandleType,
    Other,
    Port,
}

impl Term {
    /// What the condition is among others.
    pub(super) fn role(&self) -> Role {
        let search = self.search.to_ascii_lowercase();
        let is_exact = self.condition == Condition::Is;
        match property(&search) {
            Some(Property::Hash) if search.starts_with("fileitem/") && is_exact => Role::FileHash,
            Some(Property::Name) if search.starts_with("fileitem/") => Role::FileName,
            Some(Property::Folder) => Role::FileFolder,
            Some(Property::Address) if is_exact => Role::Address,
            Some(Property::Mutex) if is_exact => Role::HandleName,
            _ if search.ends_with("handle/type") => Role::HandleType,
            _ if search.ends_with("remoteport") || search == "network/port" => Role::Port,
            _ if search.starts_with("fileitem/") => Role::FileOther,
            _ => Role::Other,
        }
    }

    /// The indicators that the condition alone stands for, not yet in canonical form.
    pub(super) fn kinds(&self) -> Result<Vec<IndicatorKind>, String> {
        let lost = || {
            let how = match self.condition {
                Condition::Is => "",
                Condition::Contains => " by a part of it",
                Condition::StartsWith => " by its beginning",
                Condition::EndsWith => " by its end",
                Condition::Other => " by such a comparison",
            };
            format!("cannot be matched here: {}{how}", excerpt(&self.search))
        };
        let search = self.search.to_ascii_lowercase();
        if search.starts_with("email/") {
            return Err(NO_MAIL.to_owned());
        }
        if search.starts_with("snort/") || search.starts_with("yara/") {
            return Err(String::from("a rule: load it as a rule"));
        }
        let property = property(&search).ok_or_else(lost)?;
        let content = self.content.as_str();
        let exact = |word: Word| kinds_of(word, content);
        match (property, self.condition) {
            (Property::Name | Property::Path, condition) => glob(content, condition)
                .map(|glob| vec![IndicatorKind::Path(glob)])
                .ok_or_else(lost),
            // Whatever is in a folder says too little.
            (Property::Folder, _) => Err(lost()),
            (Property::Registry, Condition::Is | Condition::Contains | Condition::EndsWith) => {
                Ok(registry(content))
            }
            // A name "contains" a domain when it is at or below it.
            (Property::Domain, Condition::Is) => exact(Word::Domain),
            (Property::Domain, Condition::Contains | Condition::EndsWith)
                if is_host(&fang::refang(content.trim_start_matches('.'))) =>
            {
                kinds_of(Word::Domain, content.trim_start_matches('.'))
            }
            (Property::Url, Condition::Is | Condition::StartsWith | Condition::Contains) => {
                self.url().ok_or_else(lost)
            }
            (Property::Address, Condition::Is) => exact(Word::Address),
            (Property::Hash, Condition::Is) => exact(Word::Hash),
            (Property::Mutex, Condition::Is) => exact(Word::Mutex),
            (Property::Signer, Condition::Is) => exact(Word::Signer),
            (Property::UserAgent, Condition::Is) => exact(Word::UserAgent),
            _ => Err(lost()),
        }
    }

    /// A URL, whole or its beginning. A path without a host may be on any server.
    fn url(&self) -> Option<Vec<IndicatorKind>> {
        let whole = fang::refang(&self.content);
        let rest = whole.split_once("://").map_or(whole.as_str(), |(_, rest)| rest);
        let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
        let has_host = is_host(host) || host.parse::<std::net::Ipv4Addr>().is_ok();
        let has_path = rest.len() > host.len();
        match self.condition {
            Condition::Is if has_host && has_path => Some(urls(&whole)),
            Condition::StartsWith if has_host && has_path => Some(urls(&format!("{whole}*"))),
            Condition::Contains if has_host && has_path => Some(urls(&format!("{whole}*"))),
            // Only a host: whatever is asked of it.
            _ if has_host => {
                let word = if is_host(host) { Word::Domain } else { Word::Address };
                kinds_of(word, host).ok()
            }
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Property {
    Address,
    Domain,
    Folder,
    Hash,
    Mutex,
    Name,
    Path,
    Registry,
    Signer,
    Url,
    UserAgent,
}

/// What a term, in lower case, looks at.
fn property(search: &str) -> Option<Property> {
    Some(match search {
        "fileitem/md5sum"
        | "fileitem/sha1sum"
        | "fileitem/sha256sum"
        | "fileitem/sha512sum"
        | "serviceitem/pathmd5sum"
        | "serviceitem/servicedllmd5sum"
        | "taskitem/md5sum"
        | "driveritem/md5sum"
        | "driveritem/sha1sum"
        | "driveritem/sha256sum"
        | "processitem/md5sum"
        | "moduleitem/md5sum"
        | "fileitem/peinfo/importedmodules/imphash" => Property::Hash,
        "fileitem/filename"
        | "processitem/name"
        | "filedownloadhistoryitem/filename"
        | "driveritem/drivername"
        | "prefetchitem/applicationfilename"
        | "serviceitem/servicedll/filename" => Property::Name,
        "fileitem/fullpath"
        | "processitem/path"
        | "serviceitem/path"
        | "serviceitem/servicedll"
        | "taskitem/path"
        | "prefetchitem/fullpath"
        | "moduleitem/modulepath" => Property::Path,
        "fileitem/filepath" => Property::Folder,
        "registryitem/path" | "registryitem/keypath" => Property::Registry,
        "network/dns"
        | "dnsentryitem/host"
        | "dnsentryitem/recordname"
        | "urlhistoryitem/hostname"
        | "formhistoryitem/hostname"
        | "cookiehistoryitem/hostname" => Property::Domain,
        "portitem/remoteip"
        | "network/ip"
        | "dnsentryitem/recorddata/ipv4address"
        | "routeentryitem/destination"
        | "networkitem/remoteip" => Property::Address,
        "network/uri"
        | "urlhistoryitem/url"
        | "filedownloadhistoryitem/sourceurl"
        | "network/url" => Property::Url,
        "network/useragent" => Property::UserAgent,
        "processitem/handlelist/handle/name" => Property::Mutex,
        "fileitem/peinfo/digitalsignature/certificatesubject" | "driveritem/certificatesubject" => {
            Property::Signer
        }
        _ => return None,
    })
}

/// A path pattern; `None` when the content has wildcards that no author meant, or nothing is left.
fn glob(content: &str, condition: Condition) -> Option<String> {
    if content.contains(['*', '?']) {
        return None;
    }
    let trimmed = content.trim();
    match condition {
        Condition::Is => Some(trimmed.to_owned()),
        Condition::Contains => Some(format!("*{trimmed}*")),
        Condition::StartsWith => Some(format!("{trimmed}*")),
        Condition::EndsWith => Some(format!("*{trimmed}")),
        Condition::Other => None,
    }
}
