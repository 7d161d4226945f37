//! Under which names the rules look for what the records say: first the name as read, then the
//! name that a rule uses. Of several sources for one name the first that exists wins.

/// Names that only activity records have.
pub(super) const ACTIVITY_ONLY: [&str; 6] = [
    "CategoryValue",
    "OperationNameValue",
    "ResourceProviderValue",
    "authorization.action",
    "operationName.value",
    "subscriptionId",
];

/// Azure's activity log.
pub(super) const ACTIVITY: [(&str, &str); 15] = [
    ("OperationNameValue", "operationName"),
    ("operationName.value", "operationName"),
    ("OperationName", "operationName"),
    ("operationName", "OperationNameValue"),
    ("operationName.value", "OperationNameValue"),
    ("category", "CategoryValue"),
    ("category.value", "CategoryValue"),
    ("Category", "CategoryValue"),
    ("resourceId", "ResourceId"),
    ("_ResourceId", "ResourceId"),
    ("message", "properties.message"),
    ("operationName.localizedValue", "properties.message"),
    ("OperationName", "properties.message"),
    ("operationName", "properties.message"),
    ("caller", "User"),
];

/// Entra ID's audit log.
pub(super) const AUDIT: [(&str, &str); 36] = [
    ("activityDisplayName", "ActivityDisplayName"),
    ("operationName", "ActivityDisplayName"),
    ("OperationName", "ActivityDisplayName"),
    ("ActivityDisplayName", "activityDisplayName"),
    ("operationName", "OperationName"),
    ("ActivityDisplayName", "OperationName"),
    ("activityDisplayName", "OperationName"),
    ("OperationName", "operationName"),
    ("ActivityDisplayName", "properties.message"),
    ("activityDisplayName", "properties.message"),
    ("operationName", "properties.message"),
    ("OperationName", "properties.message"),
    ("activityDisplayName", "ActivityType"),
    ("operationName", "ActivityType"),
    ("activityDisplayName", "activityType"),
    ("operationName", "activityType"),
    ("properties.category", "Category"),
    ("category", "Category"),
    ("Category", "category"),
    ("result", "Status"),
    ("Result", "Status"),
    ("result", "properties.result"),
    ("Result", "properties.result"),
    ("resultReason", "failure_status_reason"),
    ("ResultReason", "failure_status_reason"),
    ("resultDescription", "failure_status_reason"),
    ("loggedByService", "LoggedByService"),
    (
        "targetResources.modifiedProperties.displayName",
        "TargetResources.ModifiedProperties.DisplayName",
    ),
    ("targetResources.modifiedProperties.newValue", "TargetResources.ModifiedProperties.NewValue"),
    ("targetResources.modifiedProperties.newValue", "TargetResources.modifiedProperties.newValue"),
    ("TargetResources.type", "targetResources.type"),
    ("targetResources.userPrincipalName", "Target"),
    ("additionalDetails.value", "additionalDetails.additionalInfo"),
    ("initiatedBy.user.userPrincipalName", "Initiatedby"),
    ("InitiatedBy.user.userPrincipalName", "Initiatedby"),
    ("Initiatedby", "User"),
];

/// Risk detections and the alerts of Privileged Identity Management.
pub(super) const RISK: [(&str, &str); 2] =
    [("RiskEventType", "riskEventType"), ("riskState", "RiskState")];

/// Sign-in logs.
pub(super) const SIGN_IN: [(&str, &str); 26] = [
    ("resultType", "ResultType"),
    ("status.errorCode", "ResultType"),
    ("resultDescription", "ResultDescription"),
    ("status.failureReason", "ResultDescription"),
    ("ResultDescription", "Resultdescription"),
    ("authenticationRequirement", "AuthenticationRequirement"),
    ("UserAgent", "userAgent"),
    ("deviceDetail.trustType", "DeviceDetail.trusttype"),
    ("DeviceDetail.trustType", "DeviceDetail.trusttype"),
    ("deviceDetail.deviceId", "DeviceDetail.deviceId"),
    ("deviceDetail.isCompliant", "DeviceDetail.isCompliant"),
    ("riskState", "RiskState"),
    ("resourceDisplayName", "ResourceDisplayName"),
    ("ConditionalAccessStatus", "conditionalAccessStatus"),
    ("networkLocationDetails", "NetworkLocationDetails"),
    ("clientAppUsed", "ClientApp"),
    ("ClientAppUsed", "ClientApp"),
    ("userPrincipalName", "Username"),
    ("UserPrincipalName", "Username"),
    ("identity", "Username"),
    ("appDisplayName", "AppDisplayName"),
    ("Username", "User"),
    ("userPrincipalName", "user.name"),
    ("riskLevelDuringSignIn", "RiskLevelDuringSignIn"),
    ("riskEventTypes", "RiskEventTypes"),
    ("location.countryOrRegion", "Location"),
];

/// Where any of these logs holds the caller's address.
pub(super) const EVERY: [(&str, &str); 4] = [
    ("ipAddress", "IpAddress"),
    ("IPAddress", "IpAddress"),
    ("CallerIpAddress", "IpAddress"),
    ("callerIpAddress", "IpAddress"),
];

/// Microsoft 365.
pub(super) const MICROSOFT_365: [(&str, &str); 9] = [
    ("Workload", "eventSource"),
    ("Operation", "eventName"),
    ("ResultStatus", "status"),
    ("UserId", "User"),
    ("ClientIP", "IpAddress"),
    ("ClientIPAddress", "IpAddress"),
    ("ActorIpAddress", "IpAddress"),
    ("RequestType", "requestType"),
    ("ExtendedProperties.RequestType", "RequestType"),
];
