//! Audit logs of AWS, Azure, Microsoft 365, Google Cloud and Google Workspace.
//!
//! Sigma's cloud rules use the producers' own names, but for several producers the names of one
//! particular collector. Those are offered beside the names as read.

mod azure;
mod object;

use khien_model::{Event, EventClass, RecordFormat, Scalar};

use super::{Sources, generic};

/// Whether a record is of CloudTrail; looks at names only.
pub fn is_cloudtrail(event: &Event) -> bool {
    event.has("eventName")
        && event.has("eventSource")
        && ["eventVersion", "awsRegion", "userIdentity.type"].iter().any(|name| event.has(name))
}

/// Sets the envelope of a CloudTrail record; its names are those of the rules already.
///
/// The host is the account that the call was made in.
pub fn cloudtrail(event: &mut Event, sources: &mut Sources) -> RecordFormat {
    let is_logon = event.text_of("eventName").is_some_and(|name| {
        name.starts_with("AssumeRole")
            || ["ConsoleLogin", "GetFederationToken", "GetSessionToken", "SwitchRole"]
                .contains(&name)
    });
    event.time = generic::first_time(event, &["eventTime"]);
    event.class = if is_logon { EventClass::Authentication } else { EventClass::Other };
    event.source = sources.get(Some("aws"), Some("cloudtrail"), &[]);
    generic::set_host(event, &["recipientAccountId", "userIdentity.accountId"]);
    for name in ["requestParameters", "responseElements"] {
        object::offer_text(event, name, name);
    }
    RecordFormat::CloudTrail
}

/// Whether a record is of Azure, Entra ID or Microsoft 365; looks at names only.
pub fn is_azure(event: &Event) -> bool {
    azure::recognises(event)
}

/// Sets the envelope of an Azure, Entra ID or Microsoft 365 record and offers the rules' names.
pub fn azure(event: &mut Event, sources: &mut Sources) -> RecordFormat {
    azure::normalize(event, sources)
}

/// Names that the Google rules use, after the names as read.
const GOOGLE: [(&str, &str); 16] = [
    ("protoPayload.methodName", "gcp.audit.method_name"),
    ("protoPayload.methodName", "data.protoPayload.methodName"),
    ("protoPayload.serviceName", "data.protoPayload.serviceName"),
    ("protoPayload.serviceName", "protoPayload.Servicename"),
    ("protoPayload.serviceName", "eventService"),
    ("protoPayload.metadata.event.eventName", "eventName"),
    ("events.name", "eventName"),
    ("protoPayload.authorizationInfo.permission", "data.protoPayload.authorizationInfo.permission"),
    ("protoPayload.authorizationInfo.granted", "data.protoPayload.authorizationInfo.granted"),
    ("resource.type", "data.protoPayload.resource.type"),
    ("protoPayload.authenticationInfo.principalEmail", "User"),
    ("actor.email", "User"),
    ("protoPayload.requestMetadata.callerIp", "SourceIp"),
    ("ipAddress", "SourceIp"),
    ("protoPayload.requestMetadata.callerSuppliedUserAgent", "user_agent"),
    ("protoPayload.resourceName", "resource_name"),
];

/// Whether a record is of Google Cloud's audit log or Workspace's reports; looks at names only.
pub fn is_gcp(event: &Event) -> bool {
    let has = |name: &str| event.has(name);
    ["protoPayload.methodName", "protoPayload.serviceName", "protoPayload.@type"]
        .iter()
        .any(|name| has(name) || has(&format!("data.{name}")))
        || (has("id.applicationName") && has("events.name"))
}

/// Sets the envelope of a Google audit record and offers the rules' names.
///
/// The host is the project, else the customer.
pub fn gcp(event: &mut Event, sources: &mut Sources) -> RecordFormat {
    event.alias_prefix("data.");
    if let Some(application) = event.text_of("id.applicationName").map(str::to_owned) {
        event.push_derived("eventService", Scalar::Str(&format!("{application}.googleapis.com")));
    }
    GOOGLE.iter().for_each(|(from, to)| event.alias(from, to));
    // Rules name the log without the project that it stands in.
    let log =
        event.text_of("logName").and_then(|name| Some(name.rsplit_once("/logs/")?.1.to_owned()));
    if let Some(log) = log {
        event.push_derived("data.protoPayload.logName", Scalar::Str(&log));
    }
    for list in ["protoPayload.metadata.event.parameter", "events.parameters"] {
        let (names, values) = (format!("{list}.name"), format!("{list}.value"));
        object::offer_pairs(event, &names, &values, str::to_lowercase);
    }
    let (service, class) = match event.text_of("eventService") {
        Some("login.googleapis.com") => ("google_workspace.login", EventClass::Authentication),
        Some("admin.googleapis.com") => ("google_workspace.admin", EventClass::Other),
        _ => ("gcp.audit", EventClass::Other),
    };
    event.time = generic::first_time(event, &["timestamp", "receiveTimestamp", "id.time"]);
    event.class = class;
    event.source = sources.get(Some("gcp"), Some(service), &[]);
    generic::set_host(event, &["resource.labels.project_id", "id.customerId"]);
    RecordFormat::GcpAudit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{event_of, texts};
    use khien_model::Scalar::Str;
    use khien_model::Timestamp;

    #[test]
    fn a_console_logon() {
        let mut event = event_of(&[
            ("eventVersion", Str("1.08")),
            ("eventTime", Str("2023-03-24T07:05:00Z")),
            ("eventSource", Str("signin.amazonaws.com")),
            ("eventName", Str("ConsoleLogin")),
            ("recipientAccountId", Str("123456789012")),
            ("responseElements.ConsoleLogin", Str("Failure")),
        ]);
        assert!(is_cloudtrail(&event) && !is_gcp(&event) && !is_azure(&event));
        assert_eq!(cloudtrail(&mut event, &mut Sources::default()), RecordFormat::CloudTrail);
        assert_eq!(event.source.to_string(), "aws/cloudtrail");
        assert_eq!(event.class, EventClass::Authentication);
        assert_eq!(event.host(), "123456789012");
        assert_eq!(event.time, Timestamp::parse("2023-03-24T07:05:00Z"));
        assert_eq!(event.text_of("responseElements"), Some(r#""ConsoleLogin":"Failure""#));
    }

    #[test]
    fn google_cloud_with_and_without_its_envelope() {
        for prefix in ["", "data."] {
            let names = [
                "protoPayload.methodName",
                "protoPayload.serviceName",
                "logName",
                "timestamp",
                "protoPayload.authorizationInfo.permission",
            ]
            .map(|name| format!("{prefix}{name}"));
            let mut event = event_of(&[
                (&names[0], Str("v1.compute.firewalls.delete")),
                (&names[1], Str("compute.googleapis.com")),
                (&names[2], Str("projects/p/logs/cloudaudit.googleapis.com%2Factivity")),
                (&names[3], Str("2023-03-24T07:05:00Z")),
                (&names[4], Str("a")),
                (&names[4], Str("b")),
            ]);
            assert!(is_gcp(&event));
            gcp(&mut event, &mut Sources::default());
            assert_eq!(event.source.to_string(), "gcp/gcp.audit");
            for (name, expected) in [
                ("gcp.audit.method_name", "v1.compute.firewalls.delete"),
                ("data.protoPayload.serviceName", "compute.googleapis.com"),
                ("data.protoPayload.logName", "cloudaudit.googleapis.com%2Factivity"),
            ] {
                assert_eq!(event.text_of(name), Some(expected), "{prefix}{name}");
            }
            assert_eq!(texts(&event, "data.protoPayload.authorizationInfo.permission"), ["a", "b"]);
            assert!(event.time.is_some());
        }
    }

    #[test]
    fn workspace_settings_become_fields() {
        let parameter = "protoPayload.metadata.event.parameter";
        let (name, value) = (format!("{parameter}.name"), format!("{parameter}.value"));
        let mut event = event_of(&[
            ("protoPayload.serviceName", Str("admin.googleapis.com")),
            ("protoPayload.metadata.event.eventName", Str("CHANGE_APPLICATION_SETTING")),
            (&name, Str("SETTING_NAME")),
            (&value, Str("ContextAwareAccess")),
            (&name, Str("NEW_VALUE")),
            (&value, Str("false")),
        ]);
        gcp(&mut event, &mut Sources::default());
        assert_eq!(event.source.to_string(), "gcp/google_workspace.admin");
        assert_eq!(event.text_of("eventName"), Some("CHANGE_APPLICATION_SETTING"));
        assert_eq!(event.text_of("setting_name"), Some("ContextAwareAccess"));
        assert_eq!(event.text_of("new_value"), Some("false"));
    }
}
