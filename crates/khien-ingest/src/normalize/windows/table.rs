//! Which channel is which Sigma service, and which provider and id is which category.

use khien_model::event::EventClass as Class;

/// Class, service and categories of a Windows event.
pub(super) fn classify(
    channel: &str,
    provider: &str,
    id: i64,
) -> (Class, Option<&'static str>, &'static [&'static str]) {
    let service = service_of(channel).or_else(|| service_of_provider(provider));
    let (class, categories): (Class, &'static [&'static str]) = match service {
        Some("sysmon") => sysmon(id),
        Some("security") => security(id),
        Some("powershell") => match id {
            4103 => (Class::Other, &["ps_module"]),
            4104 => (Class::Other, &["ps_script"]),
            _ => (Class::Other, &[]),
        },
        Some("powershell-classic") => match id {
            400 => (Class::Other, &["ps_classic_start"]),
            600 => (Class::Other, &["ps_classic_provider_start"]),
            800 => (Class::Other, &["ps_classic_script"]),
            _ => (Class::Other, &[]),
        },
        Some("windefend") => match id {
            1006..=1008 | 1015..=1019 | 1116..=1119 => (Class::Finding, &["antivirus"]),
            _ => (Class::Other, &[]),
        },
        Some("wmi") if (5857..=5861).contains(&id) => (Class::Other, &["wmi_event"]),
        Some("dns-client" | "dns-server" | "dns-server-analytic") => (Class::Dns, &[]),
        Some("firewall-as") => (Class::Network, &[]),
        Some("codeintegrity-operational") => (Class::Module, &[]),
        Some("system") if id == 7045 => (Class::Other, &[]),
        Some("application") if provider.eq_ignore_ascii_case("MsiInstaller") => {
            (Class::Software, &[])
        }
        Some(_) | None => kernel_file(provider, id),
    };
    (class, service, categories)
}

/// Sysmon event ids. Source: Sysmon documentation and Sigma taxonomy 2.1.
fn sysmon(id: i64) -> (Class, &'static [&'static str]) {
    match id {
        1 => (Class::Process, &["process_creation"]),
        2 => (Class::File, &["file_change"]),
        3 => (Class::Network, &["network_connection"]),
        4 | 16 => (Class::Other, &["sysmon_status"]),
        5 => (Class::Process, &["process_termination"]),
        6 => (Class::Driver, &["driver_load"]),
        7 => (Class::Module, &["image_load"]),
        8 => (Class::Process, &["create_remote_thread"]),
        9 => (Class::File, &["raw_access_thread"]),
        10 => (Class::Process, &["process_access"]),
        11 => (Class::File, &["file_event"]),
        12 => (Class::Registry, &["registry_event", "registry_add", "registry_delete"]),
        13 => (Class::Registry, &["registry_event", "registry_set"]),
        14 => (Class::Registry, &["registry_event", "registry_rename"]),
        15 => (Class::File, &["create_stream_hash"]),
        17 | 18 => (Class::Other, &["pipe_created"]),
        19..=21 => (Class::Other, &["wmi_event"]),
        22 => (Class::Dns, &["dns_query", "dns"]),
        23 | 26 => (Class::File, &["file_delete"]),
        24 => (Class::Other, &["clipboard_capture"]),
        25 => (Class::Process, &["process_tampering"]),
        27 => (Class::File, &["file_block_executable"]),
        28 => (Class::File, &["file_block_shredding"]),
        29 => (Class::File, &["file_executable_detected"]),
        255 => (Class::Other, &["sysmon_error"]),
        _ => (Class::Other, &[]),
    }
}

/// Security log ids that serve a category as well.
fn security(id: i64) -> (Class, &'static [&'static str]) {
    match id {
        4688 => (Class::Process, &["process_creation"]),
        4689 => (Class::Process, &["process_termination"]),
        4656 | 4658 | 4660 | 4663 | 4670 => (Class::File, &[]),
        4657 => (Class::Registry, &["registry_event", "registry_set"]),
        4624 | 4625 | 4634 | 4647 | 4648 | 4768..=4779 => (Class::Authentication, &[]),
        5156 => (Class::Network, &["network_connection"]),
        5140 | 5145 | 5150..=5155 | 5157..=5159 => (Class::Network, &[]),
        4697 => (Class::Other, &[]),
        _ => (Class::Other, &[]),
    }
}

/// The kernel's file provider, which serves `file_access` and `file_rename`.
fn kernel_file(provider: &str, id: i64) -> (Class, &'static [&'static str]) {
    if !provider.eq_ignore_ascii_case("Microsoft-Windows-Kernel-File") {
        return (Class::Other, &[]);
    }
    match id {
        12 | 14 | 15 | 16 => (Class::File, &["file_access"]),
        11 | 19 | 27 => (Class::File, &["file_rename"]),
        26 => (Class::File, &["file_delete"]),
        _ => (Class::File, &[]),
    }
}

fn service_of(channel: &str) -> Option<&'static str> {
    SERVICES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(channel))
        .map(|(_, service)| *service)
}

/// Where the channel is missing, the provider often says the same.
fn service_of_provider(provider: &str) -> Option<&'static str> {
    match provider.to_ascii_lowercase().as_str() {
        "microsoft-windows-sysmon" => Some("sysmon"),
        "microsoft-windows-security-auditing" | "microsoft-windows-eventlog" => Some("security"),
        "microsoft-windows-powershell" => Some("powershell"),
        "powershell" => Some("powershell-classic"),
        "microsoft-windows-windows defender" => Some("windefend"),
        "service control manager" => Some("system"),
        "msiinstaller" => Some("application"),
        _ => None,
    }
}

/// Channels and Sigma's service for them. Source: Sigma taxonomy 2.1, "Service".
const SERVICES: &[(&str, &str)] = &[
    ("Security", "security"),
    ("System", "system"),
    ("Application", "application"),
    ("Microsoft-Windows-Sysmon/Operational", "sysmon"),
    ("Microsoft-Windows-PowerShell/Operational", "powershell"),
    ("PowerShellCore/Operational", "powershell"),
    ("Windows PowerShell", "powershell-classic"),
    ("Microsoft-Windows-AppLocker/MSI and Script", "applocker"),
    ("Microsoft-Windows-AppLocker/EXE and DLL", "applocker"),
    ("Microsoft-Windows-AppLocker/Packaged app-Deployment", "applocker"),
    ("Microsoft-Windows-AppLocker/Packaged app-Execution", "applocker"),
    ("Microsoft-Windows-AppModel-Runtime/Admin", "appmodel-runtime"),
    ("Microsoft-Windows-AppXDeploymentServer/Operational", "appxdeployment-server"),
    ("Microsoft-Windows-AppxPackaging/Operational", "appxpackaging-om"),
    ("Microsoft-Windows-Bits-Client/Operational", "bits-client"),
    ("Microsoft-Windows-CAPI2/Operational", "capi2"),
    (
        "Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational",
        "certificateservicesclient-lifecycle-system",
    ),
    ("Microsoft-Windows-CodeIntegrity/Operational", "codeintegrity-operational"),
    ("Microsoft-Windows-Diagnosis-Scripted/Operational", "diagnosis-scripted"),
    ("Microsoft-Windows-DNS Client Events/Operational", "dns-client"),
    ("Microsoft-Windows-DNS-Client/Operational", "dns-client"),
    ("DNS Server", "dns-server"),
    ("Microsoft-Windows-DNSServer/Audit", "dns-server-audit"),
    ("Microsoft-Windows-DNS-Server/Analytical", "dns-server-analytic"),
    ("Microsoft-Windows-DNSServer/Analytical", "dns-server-analytic"),
    ("Microsoft-Windows-DriverFrameworks-UserMode/Operational", "driver-framework"),
    ("Microsoft-Windows-Windows Firewall With Advanced Security/Firewall", "firewall-as"),
    ("Microsoft-IIS-Configuration/Operational", "iis-configuration"),
    ("Microsoft-Windows-LDAP-Client/Debug", "ldap"),
    ("Microsoft-Windows-LDAP-Client/Operational", "ldap"),
    ("Microsoft-Windows-LSA/Operational", "lsa-server"),
    ("Microsoft-ServiceBus-Client", "microsoft-servicebus-client"),
    ("Microsoft-ServiceBus-Client/Admin", "microsoft-servicebus-client"),
    ("Microsoft-ServiceBus-Client/Operational", "microsoft-servicebus-client"),
    ("MSExchange Management", "msexchange-management"),
    ("Microsoft-Windows-NTLM/Operational", "ntlm"),
    ("Microsoft-Windows-NTFS/Operational", "ntfs"),
    ("OpenSSH/Operational", "openssh"),
    ("Microsoft-Windows-PrintService/Admin", "printservice-admin"),
    ("Microsoft-Windows-PrintService/Operational", "printservice-operational"),
    ("Microsoft-Windows-Security-Mitigations/Kernel Mode", "security-mitigations"),
    ("Microsoft-Windows-Security-Mitigations/User Mode", "security-mitigations"),
    ("Microsoft-Windows-Shell-Core/Operational", "shell-core"),
    ("Microsoft-Windows-SmbClient/Connectivity", "smbclient-connectivity"),
    ("Microsoft-Windows-SmbClient/Security", "smbclient-security"),
    ("Microsoft-Windows-SMBServer/Connectivity", "smbserver-connectivity"),
    ("Microsoft-Windows-TaskScheduler/Operational", "taskscheduler"),
    (
        "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
        "terminalservices-localsessionmanager",
    ),
    (
        "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
        "terminalservices-remoteconnectionmanager",
    ),
    ("Microsoft-Windows-VHDMP-Operational", "vhdmp"),
    ("Microsoft-Windows-VHDMP/Operational", "vhdmp"),
    ("Microsoft-Windows-Windows Defender/Operational", "windefend"),
    ("Microsoft-Windows-WinRM/Operational", "winrm"),
    ("Microsoft-Windows-WMI-Activity/Operational", "wmi"),
    ("Microsoft-Windows-Crypto-DPAPI/BackUpKeySvc", "dpapi"),
    ("Microsoft-Windows-Hyper-V-Worker-Admin", "hyper-v-worker"),
    ("Microsoft-Windows-Kernel-EventTracing/Admin", "kernel-event-tracing"),
    ("Microsoft-Windows-Kernel-ShimEngine/Operational", "kernel-shimengine"),
    ("Microsoft-Windows-Kernel-ShimEngine/Diagnostic", "kernel-shimengine"),
    ("Microsoft-Windows-Application-Experience/Program-Telemetry", "application-experience"),
    (
        "Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant",
        "application-experience",
    ),
    ("Microsoft-Windows-SENSE/Operational", "sense"),
    ("Microsoft-Windows-Audio/CaptureMonitor", "audio"),
];

/// Second names for fields, by service and id: what rules for a category call them.
pub(super) fn aliases(service: Option<&str>, id: i64) -> &'static [(&'static str, &'static str)] {
    match (service, id) {
        (Some("security"), 4688) => &[
            ("NewProcessName", "Image"),
            ("ParentProcessName", "ParentImage"),
            ("ProcessCommandLine", "CommandLine"),
            ("SubjectLogonId", "LogonId"),
        ],
        (Some("security"), 4657) => {
            &[("ObjectName", "TargetObject"), ("NewValue", "Details"), ("ProcessName", "Image")]
        }
        (Some("security"), 5156) => &[
            ("Application", "Image"),
            ("DestAddress", "DestinationIp"),
            ("DestPort", "DestinationPort"),
            ("SourceAddress", "SourceIp"),
        ],
        (Some("sysmon"), 22) => &[("QueryName", "query"), ("QueryResults", "answer")],
        (Some("windefend"), _) => {
            &[("ThreatName", "Signature"), ("Path", "Filename"), ("ProcessName", "Process_Name")]
        }
        (Some("powershell"), 4103) => &[("ContextInfo", "Context"), ("Context", "ContextInfo")],
        _ => &[],
    }
}
