//! Audit logs of services: Okta, GitHub, Kubernetes, Bitbucket, OneLogin, Cisco Duo, OpenCanary.
//!
//! Their names are those of Sigma's rules already, so there is little to offer; what counts is the
//! log source.

use khien_model::{Event, EventClass, RecordFormat};

use super::{Sources, generic};

/// One service: how its records are told, and where they say what the envelope wants.
struct Service {
    /// Names that must all be there, and of which one must be there.
    all: &'static [&'static str],
    any: &'static [&'static str],
    product: &'static str,
    service: Option<&'static str>,
    categories: &'static [&'static str],
    class: EventClass,
    time: &'static [&'static str],
    host: &'static [&'static str],
    aliases: &'static [(&'static str, &'static str)],
}

const SERVICES: [Service; 7] = [
    Service {
        all: &["eventType", "displayMessage"],
        any: &["actor.id", "actor.alternateId", "legacyEventType", "published"],
        product: "okta",
        service: Some("okta"),
        categories: &[],
        class: EventClass::Authentication,
        time: &["published"],
        host: &[],
        aliases: &[
            ("actor.alternateId", "User"),
            ("client.ipAddress", "SourceIp"),
            ("client.userAgent.rawUserAgent", "user_agent"),
        ],
    },
    Service {
        all: &["action", "actor"],
        any: &["_document_id", "org", "org_id", "business", "repo", "actor_ip", "actor_id"],
        product: "github",
        service: Some("audit"),
        categories: &[],
        class: EventClass::Other,
        time: &["@timestamp", "created_at", "timestamp"],
        host: &["org", "business"],
        aliases: &[("actor", "User"), ("actor_ip", "SourceIp")],
    },
    Service {
        all: &["verb", "auditID"],
        any: &["objectRef.resource", "requestURI", "apiVersion"],
        product: "kubernetes",
        service: Some("audit"),
        categories: &["application"],
        class: EventClass::Other,
        time: &["requestReceivedTimestamp", "stageTimestamp", "metadata.creationTimestamp"],
        host: &["annotations.cluster", "cluster"],
        aliases: &[
            ("objectRef.apiGroup", "apiGroup"),
            ("requestObject.spec.volumes.hostPath.path", "hostPath"),
            ("requestObject.spec.containers.securityContext.capabilities.add", "capabilities"),
            ("user.username", "User"),
            ("sourceIPs", "SourceIp"),
            ("userAgent", "user_agent"),
        ],
    },
    Service {
        all: &["auditType.action"],
        any: &["auditType.category", "auditType.area"],
        product: "bitbucket",
        service: Some("audit"),
        categories: &[],
        class: EventClass::Other,
        time: &["timestamp", "timestamp.epochSecond"],
        host: &["node", "system"],
        aliases: &[("author.name", "User"), ("source", "SourceIp")],
    },
    Service {
        all: &["event_type_id"],
        any: &["account_id", "ipaddr", "actor_user_id", "actor_system"],
        product: "onelogin",
        service: Some("onelogin.events"),
        categories: &[],
        class: EventClass::Authentication,
        time: &["event_timestamp", "created_at"],
        host: &[],
        aliases: &[("user_name", "User"), ("ipaddr", "SourceIp")],
    },
    Service {
        all: &["event_type", "reason", "result"],
        any: &["access_device.ip", "auth_device.ip", "factor", "txid"],
        product: "cisco",
        service: Some("duo"),
        categories: &[],
        class: EventClass::Authentication,
        time: &["isotimestamp", "timestamp"],
        host: &["access_device.hostname"],
        aliases: &[("user.name", "User"), ("access_device.ip", "SourceIp")],
    },
    Service {
        all: &["logtype", "node_id"],
        any: &["src_host", "dst_host", "logdata.msg", "utc_time", "local_time"],
        product: "opencanary",
        service: None,
        categories: &["application"],
        class: EventClass::Finding,
        time: &["utc_time", "local_time_adjusted", "local_time"],
        host: &["node_id"],
        aliases: &[
            ("src_host", "src_ip"),
            ("dst_host", "dst_ip"),
            ("logdata.USERNAME", "User"),
            ("src_host", "SourceIp"),
            ("dst_host", "DestinationIp"),
            ("dst_port", "DestinationPort"),
        ],
    },
];

/// Whether a record is of one of these services; looks at names only.
pub fn recognises(event: &Event) -> bool {
    service_of(event).is_some()
}

/// Sets the envelope of a service's audit record.
pub fn normalize(event: &mut Event, sources: &mut Sources) -> RecordFormat {
    let Some(service) = service_of(event) else { return generic::normalize(event, sources) };
    event.time = generic::first_time(event, service.time);
    event.class = service.class;
    event.source = sources.get(Some(service.product), service.service, service.categories);
    generic::set_host(event, service.host);
    service.aliases.iter().for_each(|(from, to)| event.alias(from, to));
    RecordFormat::Json
}

fn service_of(event: &Event) -> Option<&'static Service> {
    SERVICES.iter().find(|service| {
        service.all.iter().all(|name| event.has(name))
            && service.any.iter().any(|name| event.has(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::event_of;
    use khien_model::Scalar::{self, Int, Str};
    use khien_model::Timestamp;

    fn check(fields: &[(&str, Scalar<'_>)], source: &str) -> Event {
        let mut event = event_of(fields);
        assert!(recognises(&event), "{source}");
        assert_eq!(normalize(&mut event, &mut Sources::default()), RecordFormat::Json);
        assert_eq!(event.source.to_string(), source);
        assert_eq!(event.time, Timestamp::parse("2023-03-24T07:05:00Z"), "{source}");
        event
    }

    #[test]
    fn each_service_is_told() {
        let time = Str("2023-03-24T07:05:00Z");
        check(
            &[
                ("eventType", Str("user.session.start")),
                ("displayMessage", Str("x")),
                ("published", time),
            ],
            "okta/okta",
        );
        let event = check(
            &[
                ("action", Str("repo.archived")),
                ("actor", Str("mai")),
                ("org", Str("acme")),
                ("@timestamp", Int(1_679_641_500_000)),
            ],
            "github/audit",
        );
        assert_eq!((event.host(), event.text_of("User")), ("acme", Some("mai")));
        let event = check(
            &[
                ("verb", Str("patch")),
                ("auditID", Str("1")),
                ("objectRef.resource", Str("pods")),
                ("objectRef.apiGroup", Str("apps")),
                ("requestReceivedTimestamp", time),
            ],
            "kubernetes/audit/application",
        );
        assert_eq!(event.text_of("apiGroup"), Some("apps"));
        check(
            &[
                ("auditType.action", Str("x")),
                ("auditType.category", Str("y")),
                ("timestamp", time),
            ],
            "bitbucket/audit",
        );
        check(
            &[("event_type_id", Int(3)), ("account_id", Int(1)), ("created_at", time)],
            "onelogin/onelogin.events",
        );
        check(
            &[
                ("event_type", Str("authentication")),
                ("reason", Str("bypass_user")),
                ("result", Str("success")),
                ("txid", Str("1")),
                ("isotimestamp", time),
            ],
            "cisco/duo",
        );
        let event = check(
            &[
                ("logtype", Int(2000)),
                ("node_id", Str("canary-1")),
                ("src_host", Str("192.0.2.7")),
                ("utc_time", Str("2023-03-24 07:05:00.000")),
            ],
            "opencanary/application",
        );
        assert_eq!(event.host(), "canary-1");
    }

    #[test]
    fn strangers_are_not_recognised() {
        for fields in [
            &[("action", Str("x"))][..],
            &[("eventType", Str("x")), ("published", Str("y"))],
            &[("verb", Str("get"))],
        ] {
            assert!(!recognises(&event_of(fields)));
        }
    }
}
