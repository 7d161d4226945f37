//! Typed facets: which source field plays which role, whatever the producer calls it.
//!
//! Rules match source fields; indicators, lineage and the lake ask for roles. A facet is not
//! stored: it is a view, found by trying the names that known producers use, in order.

use crate::event::{Event, EventClass};

/// What a field is about, in OCSF's sense. *Actor* is the process that did it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Role {
    /// Image path of the acting process.
    ActorImage,
    /// Globally unique id of the acting process.
    ActorGuid,
    /// Numeric id of the acting process.
    ActorPid,
    /// Command line of the acting process.
    ActorCommandLine,
    /// Account that acted.
    User,
    /// Image path of the started process (class Process).
    ProcessImage,
    /// Command line of the started process (class Process).
    CommandLine,
    /// Path of the loaded library or driver.
    ModulePath,
    /// Path of the file acted on.
    FilePath,
    /// Registry key or value acted on.
    RegistryPath,
    /// Address that a connection goes to.
    DestinationIp,
    /// Port that a connection goes to.
    DestinationPort,
    /// Name of the host that a connection goes to (TLS SNI, HTTP host).
    DestinationName,
    /// Address that a connection comes from.
    SourceIp,
    /// Port that a connection comes from.
    SourcePort,
    /// DNS name asked for.
    DnsQuery,
    /// DNS answers.
    DnsAnswers,
    /// Whole URL, or its path when the host is apart.
    Url,
    /// HTTP user agent.
    UserAgent,
    /// File hashes, as `SHA256=...` lists or bare.
    Hashes,
    /// Name of the code signer.
    Signer,
    /// Product name of the file's version resource.
    Product,
    /// File version.
    FileVersion,
    /// Serial number of a certificate.
    CertificateSerial,
}

impl Role {
    /// The field names that may hold this role, best first.
    pub const fn names(self, class: EventClass) -> &'static [&'static str] {
        match self {
            Self::ActorImage => match class {
                EventClass::Process => {
                    &["ParentImage", "ParentProcessName", "process.parent.executable"]
                }
                _ => &[
                    "Image",
                    "SourceImage",
                    "process.executable",
                    "ProcessName",
                    "exe",
                    "Application",
                ],
            },
            Self::ActorGuid => match class {
                EventClass::Process => &["ParentProcessGuid", "process.parent.entity_id"],
                _ => &["ProcessGuid", "SourceProcessGUID", "process.entity_id"],
            },
            Self::ActorPid => match class {
                EventClass::Process => &["ParentProcessId", "ppid", "process.parent.pid"],
                _ => &["ProcessId", "SourceProcessId", "process.pid", "pid", "ProcessID"],
            },
            Self::ActorCommandLine => match class {
                EventClass::Process => &["ParentCommandLine", "process.parent.command_line"],
                _ => &["CommandLine", "process.command_line"],
            },
            Self::User => &[
                "User",
                "TargetUserName",
                "SubjectUserName",
                "user.name",
                "AccountName",
                "auid",
                "userIdentity.arn",
                "username",
                "USER_ID",
            ],
            Self::ProcessImage => &["Image", "NewProcessName", "process.executable", "exe"],
            Self::CommandLine => &["CommandLine", "process.command_line", "cmdline", "proctitle"],
            Self::ModulePath => &["ImageLoaded", "dll.path", "ModulePath"],
            Self::FilePath => &["TargetFilename", "ObjectName", "file.path", "name", "path"],
            Self::RegistryPath => &["TargetObject", "registry.path", "ObjectName"],
            Self::DestinationIp => &[
                "DestinationIp",
                "DestAddress",
                "id.resp_h",
                "dest_ip",
                "destination.ip",
                "dst_ip",
            ],
            Self::DestinationPort => {
                &["DestinationPort", "DestPort", "id.resp_p", "dest_port", "destination.port"]
            }
            Self::DestinationName => &[
                "DestinationHostname",
                "server_name",
                "host",
                "tls.sni",
                "http.hostname",
                "destination.domain",
                "cs-host",
                "url.domain",
                "r-dns",
            ],
            Self::SourceIp => &[
                "SourceIp",
                "SourceAddress",
                "IpAddress",
                "id.orig_h",
                "src_ip",
                "source.ip",
                "sourceIPAddress",
                "callerIpAddress",
            ],
            Self::SourcePort => &["SourcePort", "IpPort", "id.orig_p", "src_port", "source.port"],
            Self::DnsQuery => {
                &["QueryName", "query", "dns.rrname", "dns.question.name", "dns.queries.rrname"]
            }
            Self::DnsAnswers => &[
                "QueryResults",
                "answers",
                "dns.answers.rdata",
                "dns.grouped.A",
                "dns.grouped.AAAA",
                "dns.answers.data",
                "dns.resolved_ip",
            ],
            Self::Url => {
                &["c-uri", "uri", "http.url", "url.full", "url.original", "Url", "URL", "url"]
            }
            Self::UserAgent => &[
                "c-useragent",
                "cs-user-agent",
                "cs(User-Agent)",
                "user_agent",
                "http.http_user_agent",
                "user_agent.original",
                "userAgent",
            ],
            Self::Hashes => &[
                "Hashes",
                "Hash",
                "md5",
                "sha1",
                "sha256",
                "file.hash.sha256",
                "process.hash.sha256",
                "fileinfo.sha256",
                "fileinfo.md5",
                "ja3",
            ],
            Self::Signer => &[
                "Signature",
                "Signer",
                "SignerName",
                "process.code_signature.subject_name",
                "dll.code_signature.subject_name",
                "file.code_signature.subject_name",
            ],
            Self::Product => &["Product", "process.pe.product", "file.pe.product"],
            Self::FileVersion => {
                &["FileVersion", "process.pe.file_version", "file.pe.file_version"]
            }
            Self::CertificateSerial => {
                &["certificate.serial", "tls.serial", "x509.serial_number", "SerialNumber"]
            }
        }
    }
}

impl Event {
    /// The first text value of a role.
    pub fn facet(&self, role: Role) -> Option<&str> {
        self.facet_field(role).map(|(_, value)| value)
    }

    /// The first text value of a role, with the name of the field that holds it.
    pub fn facet_field(&self, role: Role) -> Option<(&'static str, &str)> {
        role.names(self.class).iter().find_map(|name| Some((*name, self.text_of(name)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Scalar;

    #[test]
    fn the_actor_of_a_process_start_is_the_parent() {
        let mut event = Event::new();
        event.push("Image", Scalar::Str("C:\\cmd.exe"));
        event.push("ParentImage", Scalar::Str("C:\\app.exe"));
        event.class = EventClass::Process;
        assert_eq!(event.facet(Role::ActorImage), Some("C:\\app.exe"));
        assert_eq!(event.facet(Role::ProcessImage), Some("C:\\cmd.exe"));
        event.class = EventClass::File;
        assert_eq!(event.facet(Role::ActorImage), Some("C:\\cmd.exe"));
    }
}
