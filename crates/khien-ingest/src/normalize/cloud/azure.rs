//! Azure activity logs, Entra ID audit, sign-in and risk logs, and Microsoft 365's audit log.
//!
//! The same record comes in several dresses: as Azure Monitor exports it (`properties.…`), as the
//! Graph API gives it, as a row of Log Analytics (names in capitals). Sigma's rules mix all three,
//! so each name that a rule uses is looked for in every dress.

mod names;

use khien_model::{Event, EventClass, RecordFormat, Scalar};

use super::object;
use crate::normalize::{Sources, generic};

/// Names that hold the time, best first.
const TIME: [&str; 9] = [
    "time",
    "eventTimestamp",
    "createdDateTime",
    "activityDateTime",
    "detectedDateTime",
    "riskLastUpdatedDateTime",
    "CreationTime",
    "TimeGenerated",
    "CreatedDateTime",
];

/// Names that tell whose tenant it is, best first: the nearest thing to a host.
const HOST: [&str; 7] = [
    "tenantId",
    "TenantId",
    "AADTenantId",
    "properties.tenantId",
    "OrganizationId",
    "subscriptionId",
    "SubscriptionId",
];

/// Which log a record is of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Log {
    Activity,
    Audit,
    Pim,
    RiskDetection,
    SignIn,
}

/// Whether a record is of Azure, Entra ID or Microsoft 365; looks at names only.
pub(super) fn recognises(event: &Event) -> bool {
    let has = |name: &&str| event.has(name);
    let any = |names: &[&str]| names.iter().any(has);
    let all = |names: &[&str]| names.iter().all(has);
    is_microsoft_365(event)
        || any(&["riskEventType", "properties.riskEventType", "RiskEventType"])
        || all(&["operationName.value", "eventTimestamp"])
        || (any(&["operationName", "OperationName", "OperationNameValue"])
            && any(&[
                "resourceId",
                "ResourceId",
                "_ResourceId",
                "CategoryValue",
                "tenantId",
                "TenantId",
                "AADTenantId",
                "properties.message",
                "ResourceProviderValue",
                "LoggedByService",
            ]))
        || (any(&["activityDisplayName", "ActivityDisplayName"])
            && any(&["activityDateTime", "loggedByService", "LoggedByService"]))
        || (any(&["userPrincipalName", "UserPrincipalName"])
            && any(&["appDisplayName", "AppDisplayName"]))
}

/// Sets the envelope and offers the rules' names.
pub(super) fn normalize(event: &mut Event, sources: &mut Sources) -> RecordFormat {
    event.time = generic::first_time(event, &TIME);
    generic::set_host(event, &HOST);
    if is_microsoft_365(event) {
        microsoft_365(event, sources);
        return RecordFormat::Azure;
    }
    event.alias_prefix("properties.");
    let log = log_of(event);
    let (service, class) = match log {
        Log::Activity => ("activitylogs", EventClass::Other),
        Log::Audit => ("auditlogs", EventClass::Other),
        Log::Pim => ("pim", EventClass::Finding),
        Log::RiskDetection => ("riskdetection", EventClass::Finding),
        Log::SignIn => ("signinlogs", EventClass::Authentication),
    };
    event.class = class;
    event.source = sources.get(Some("azure"), Some(service), &[]);
    let aliases: &[(&str, &str)] = match log {
        Log::Activity => &names::ACTIVITY,
        Log::Audit => &names::AUDIT,
        Log::Pim | Log::RiskDetection => &names::RISK,
        Log::SignIn => &names::SIGN_IN,
    };
    match log {
        Log::Activity => offer_provider(event),
        Log::Audit => offer_targets(event),
        Log::SignIn => offer_outcome(event),
        Log::Pim | Log::RiskDetection => {}
    }
    aliases.iter().chain(&names::EVERY).for_each(|(from, to)| event.alias(from, to));
    RecordFormat::Azure
}

/// Tells the log by its shape where that says enough, because the word `Policy` is a category of
/// the audit log and of the activity log.
fn log_of(event: &Event) -> Log {
    let any = |names: &[&str]| names.iter().any(|name| event.has(name));
    let risk = ["riskEventType", "RiskEventType"].iter().find_map(|name| event.text_of(name));
    if let Some(risk) = risk {
        let is_pim = risk.ends_with("AlertIncident") || risk.ends_with("AlertConfiguration");
        return if is_pim { Log::Pim } else { Log::RiskDetection };
    }
    let said = ["Type", "category", "Category"].iter().filter_map(|name| event.text_of(name));
    for word in said.map(str::to_ascii_lowercase) {
        if word.contains("signinlogs") {
            return Log::SignIn;
        }
        if word == "auditlogs" {
            return Log::Audit;
        }
        if word == "administrative" || word == "azureactivity" {
            return Log::Activity;
        }
    }
    if any(&["activityDisplayName", "ActivityDisplayName", "loggedByService", "LoggedByService"]) {
        return Log::Audit;
    }
    if any(&[
        "appDisplayName",
        "AppDisplayName",
        "authenticationRequirement",
        "conditionalAccessStatus",
    ]) {
        return Log::SignIn;
    }
    let operation = ["operationName", "OperationName"].iter().find_map(|name| event.text_of(name));
    match operation {
        // Entra's operations are sentences, Azure's are paths.
        Some(operation) if !operation.contains('/') && !any(&names::ACTIVITY_ONLY) => Log::Audit,
        _ => Log::Activity,
    }
}

/// Offers the resource provider, the first part of `MICROSOFT.NETWORK/DNSZONES/WRITE`.
fn offer_provider(event: &mut Event) {
    let names = ["operationName", "OperationNameValue", "operationName.value"];
    let operation = names.iter().find_map(|name| event.text_of(name));
    let provider = operation.and_then(|operation| Some(operation.split_once('/')?.0.to_owned()));
    let said = ["resourceProviderName.value", "resourceProviderValue", "ResourceProvider"];
    said.iter().for_each(|from| event.alias(from, "ResourceProviderValue"));
    if let Some(provider) = provider {
        event.push_derived("ResourceProviderValue", Scalar::Str(&provider));
    }
}

/// Offers what an audit record says was changed: as text, and each property as a field.
fn offer_targets(event: &mut Event) {
    for read in ["properties.targetResources", "targetResources", "TargetResources"] {
        object::offer_pairs(
            event,
            &format!("{read}.modifiedProperties.displayName"),
            &format!("{read}.modifiedProperties.newValue"),
            str::to_owned,
        );
        for to in ["TargetResources", "targetResources", "properties.targetResources"] {
            object::offer_text(event, read, to);
        }
        let changed = format!("{read}.modifiedProperties");
        object::offer_text(event, &changed, "TargetResources.modifiedProperties");
    }
    object::offer_pairs(event, "additionalDetails.key", "additionalDetails.value", str::to_owned);
}

/// Offers the outcome of a sign-in in the words of the portal, which the rules use.
fn offer_outcome(event: &mut Event) {
    let codes = ["resultType", "ResultType", "status.errorCode"];
    let code = codes.iter().find_map(|name| event.get(name)).and_then(Scalar::as_i64);
    let detail = ["status.additionalDetails", "Status.additionalDetails"];
    let detail = detail.iter().find_map(|name| event.text_of(name)).map(str::to_owned);
    match (detail, code) {
        (Some(detail), _) if detail.to_ascii_lowercase().contains("denied") => {
            event.push_derived("Status", Scalar::Str(&detail));
        }
        (_, Some(0)) => event.push_derived("Status", Scalar::Str("Success")),
        (_, Some(_)) => event.push_derived("Status", Scalar::Str("Failure")),
        (_, None) => {}
    }
    let protocols = ["authenticationProtocol", "AuthenticationProtocol"];
    match protocols.iter().find_map(|name| event.text_of(name)) {
        Some("deviceCode") => event.push_derived("properties.message", Scalar::Str("Device Code")),
        Some("ropc") => event.push_derived("properties.message", Scalar::Str("ROPC")),
        _ => {}
    }
    if event.get("networkLocationDetails") == Some(Scalar::Null) {
        event.push_derived("NetworkLocationDetails", Scalar::Str("[]"));
    }
    event.push_derived("ActivityDetails", Scalar::Str("Sign-ins"));
}

/// Whether it is of Microsoft 365's unified audit log, or of its Defender for Cloud Apps.
fn is_microsoft_365(event: &Event) -> bool {
    (event.has("Workload") && event.has("Operation"))
        || (event.has("eventSource") && event.has("eventName") && event.has("status"))
}

fn microsoft_365(event: &mut Event, sources: &mut Sources) {
    let workload = event.text_of("Workload").or_else(|| event.text_of("eventSource"));
    let service = match workload {
        Some("SecurityComplianceCenter") => "threat_management",
        // Rules for `service: audit` speak of Exchange's operations too; only records of Defender
        // for Cloud Apps, which has names of its own, are the `exchange` that Sigma means.
        Some("Exchange") if !event.has("Workload") => "exchange",
        _ => "audit",
    };
    let is_logon = event
        .text_of("Operation")
        .is_some_and(|operation| operation.starts_with("UserLog") || operation == "MailboxLogin");
    event.class = match service {
        "threat_management" => EventClass::Finding,
        _ if is_logon => EventClass::Authentication,
        _ => EventClass::Other,
    };
    event.source = sources.get(Some("m365"), Some(service), &[]);
    for list in ["Parameters", "OperationProperties", "ExtendedProperties"] {
        object::offer_pairs(
            event,
            &format!("{list}.Name"),
            &format!("{list}.Value"),
            str::to_owned,
        );
        object::offer_text(event, list, list);
    }
    // An alert says what it is about in its name.
    if event.text_of("Operation") == Some("AlertTriggered") {
        event.alias("Name", "eventName");
        event.push_derived("status", Scalar::Str("success"));
    }
    names::MICROSOFT_365.iter().for_each(|(from, to)| event.alias(from, to));
}

#[cfg(test)]
mod tests;
