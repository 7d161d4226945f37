use super::*;
use crate::testing::event_of;
use khien_model::Scalar::{Bool, Int, Null, Str};
use khien_model::Timestamp;

fn check(fields: &[(&str, Scalar<'_>)], source: &str, expected: &[(&str, &str)]) -> Event {
    let mut event = event_of(fields);
    assert!(recognises(&event), "{fields:?}");
    assert_eq!(normalize(&mut event, &mut Sources::default()), RecordFormat::Azure);
    assert_eq!(event.source.to_string(), source);
    for (name, value) in expected {
        let found = event.get(name).map(|value| value.to_string());
        assert_eq!(found.as_deref(), Some(*value), "{name}");
    }
    event
}

#[test]
fn activity_in_three_dresses() {
    let expected = [
        ("operationName", "MICROSOFT.NETWORK/DNSZONES/WRITE"),
        ("OperationNameValue", "MICROSOFT.NETWORK/DNSZONES/WRITE"),
        ("CategoryValue", "Administrative"),
        ("ResourceProviderValue", "MICROSOFT.NETWORK"),
        ("ResourceId", "/SUBSCRIPTIONS/1/X"),
    ];
    let exported = [
        ("time", Str("2023-03-24T07:05:00.1234567Z")),
        ("resourceId", Str("/SUBSCRIPTIONS/1/X")),
        ("operationName", Str("MICROSOFT.NETWORK/DNSZONES/WRITE")),
        ("category", Str("Administrative")),
        ("tenantId", Str("t-1")),
    ];
    let event = check(&exported, "azure/activitylogs", &expected);
    assert_eq!(event.time, Timestamp::parse("2023-03-24T07:05:00.1234567Z"));
    assert_eq!(event.host(), "t-1");
    let interface = [
        ("eventTimestamp", Str("2023-03-24T07:05:00Z")),
        ("resourceId", Str("/SUBSCRIPTIONS/1/X")),
        ("operationName.value", Str("MICROSOFT.NETWORK/DNSZONES/WRITE")),
        ("operationName.localizedValue", Str("Update device")),
        ("category.value", Str("Administrative")),
    ];
    let event = check(&interface, "azure/activitylogs", &expected);
    assert_eq!(event.text_of("properties.message"), Some("Update device"));
    let analytics = [
        ("TimeGenerated", Str("2023-03-24T07:05:00Z")),
        ("ResourceId", Str("/SUBSCRIPTIONS/1/X")),
        ("OperationName", Str("Update device")),
        ("OperationNameValue", Str("MICROSOFT.NETWORK/DNSZONES/WRITE")),
        ("CategoryValue", Str("Administrative")),
    ];
    let event = check(&analytics, "azure/activitylogs", &expected);
    assert_eq!(event.text_of("properties.message"), Some("Update device"));
}

#[test]
fn audit_logs() {
    let exported = [
        ("time", Str("2023-03-24T07:05:00Z")),
        ("operationName", Str("Update user")),
        ("category", Str("AuditLogs")),
        ("tenantId", Str("t-1")),
        ("properties.category", Str("UserManagement")),
        ("properties.activityDisplayName", Str("Update user")),
        ("properties.loggedByService", Str("Core Directory")),
        ("properties.result", Str("success")),
        ("properties.initiatedBy.user.userPrincipalName", Str("mai@example.com")),
        ("properties.targetResources.type", Str("User")),
        (
            "properties.targetResources.modifiedProperties.displayName",
            Str("ConsentContext.IsAdminConsent"),
        ),
        ("properties.targetResources.modifiedProperties.newValue", Str("\"False\"")),
    ];
    let event = check(
        &exported,
        "azure/auditlogs",
        &[
            ("Category", "UserManagement"),
            ("OperationName", "Update user"),
            ("properties.message", "Update user"),
            ("ActivityDisplayName", "Update user"),
            ("LoggedByService", "Core Directory"),
            ("Status", "success"),
            ("targetResources.type", "User"),
            ("Initiatedby", "mai@example.com"),
            ("ConsentContext.IsAdminConsent", "False"),
            ("TargetResources.ModifiedProperties.NewValue", "\"False\""),
        ],
    );
    for name in
        ["TargetResources", "properties.targetResources", "TargetResources.modifiedProperties"]
    {
        assert!(event.text_of(name).is_some_and(|text| text.contains("IsAdminConsent")), "{name}");
    }
    let graph = [
        ("activityDateTime", Str("2023-03-24T07:05:00Z")),
        ("activityDisplayName", Str("Set federation settings on domain")),
        ("category", Str("Policy")),
        ("loggedByService", Str("Core Directory")),
    ];
    check(
        &graph,
        "azure/auditlogs",
        &[("ActivityDisplayName", "Set federation settings on domain"), ("Category", "Policy")],
    );
}

#[test]
fn sign_ins() {
    let exported = [
        ("time", Str("2023-03-24T07:05:00Z")),
        ("operationName", Str("Sign-in activity")),
        ("category", Str("NonInteractiveUserSignInLogs")),
        ("tenantId", Str("t-1")),
        ("resultType", Str("50074")),
        ("resultDescription", Str("Strong Auth required")),
        ("properties.userPrincipalName", Str("mai@example.com")),
        ("properties.appDisplayName", Str("Portal")),
        ("properties.authenticationRequirement", Str("singleFactorAuthentication")),
        ("properties.authenticationProtocol", Str("deviceCode")),
        ("properties.deviceDetail.isCompliant", Bool(false)),
        ("properties.networkLocationDetails", Null),
        ("properties.ipAddress", Str("192.0.2.7")),
        ("properties.status.additionalDetails", Str("MFA Denied; user declined")),
    ];
    let event = check(
        &exported,
        "azure/signinlogs",
        &[
            ("ResultType", "50074"),
            ("ResultDescription", "Strong Auth required"),
            ("AuthenticationRequirement", "singleFactorAuthentication"),
            ("properties.message", "Device Code"),
            ("DeviceDetail.isCompliant", "false"),
            ("NetworkLocationDetails", "[]"),
            ("Status", "MFA Denied; user declined"),
            ("Username", "mai@example.com"),
            ("AppDisplayName", "Portal"),
            ("IpAddress", "192.0.2.7"),
        ],
    );
    assert_eq!(event.class, EventClass::Authentication);
    let graph = [
        ("createdDateTime", Str("2023-03-24T07:05:00Z")),
        ("userPrincipalName", Str("mai@example.com")),
        ("appDisplayName", Str("Portal")),
        ("status.errorCode", Int(0)),
    ];
    check(&graph, "azure/signinlogs", &[("Status", "Success"), ("ResultType", "0")]);
}

#[test]
fn risks_and_role_alerts() {
    let risk = [
        ("detectedDateTime", Str("2023-03-24T07:05:00Z")),
        ("riskEventType", Str("anomalousToken")),
    ];
    check(&risk, "azure/riskdetection", &[]);
    check(&[("riskEventType", Str("staleSignInAlertIncident"))], "azure/pim", &[]);
    check(
        &[("properties.riskEventType", Str("unlikelyTravel"))],
        "azure/riskdetection",
        &[("riskEventType", "unlikelyTravel")],
    );
}

#[test]
fn microsoft_365_services() {
    let event = check(
        &[
            ("CreationTime", Str("2023-03-24T07:05:00")),
            ("Workload", Str("Exchange")),
            ("Operation", Str("Set-InboxRule")),
            ("Parameters.Name", Str("ForwardTo")),
            ("Parameters.Value", Str("x@example.com")),
            ("OrganizationId", Str("o-1")),
        ],
        "m365/audit",
        &[("ForwardTo", "x@example.com"), ("eventName", "Set-InboxRule")],
    );
    assert_eq!(event.text_of("Parameters"), Some(r#""Name":"ForwardTo","Value":"x@example.com""#));
    assert_eq!(event.time, Timestamp::parse("2023-03-24T07:05:00Z"));
    let event = check(
        &[
            ("Workload", Str("SecurityComplianceCenter")),
            ("Operation", Str("AlertTriggered")),
            ("Name", Str("Impossible travel activity")),
        ],
        "m365/threat_management",
        &[
            ("eventSource", "SecurityComplianceCenter"),
            ("eventName", "Impossible travel activity"),
            ("status", "success"),
        ],
    );
    assert_eq!(event.class, EventClass::Finding);
    check(
        &[
            ("eventSource", Str("Exchange")),
            ("eventName", Str("Add-FederatedDomain")),
            ("status", Str("success")),
        ],
        "m365/exchange",
        &[],
    );
}

#[test]
fn strangers_are_not_recognised() {
    for fields in [
        &[("operationName", Str("x")), ("trace_id", Str("y"))][..],
        &[("category", Str("x")), ("time", Str("y"))],
        &[("eventName", Str("x")), ("eventSource", Str("y"))],
    ] {
        assert!(!recognises(&event_of(fields)), "{fields:?}");
    }
}
