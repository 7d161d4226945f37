//! Which Sigma service the messages of a Linux program belong to.
//!
//! Shared by syslog lines and the systemd journal: the same messages go both ways.

use std::net::IpAddr;

use khien_model::{Event, EventClass, Scalar};

use super::Sources;

/// Sets class and log source from the program that wrote a message, and offers what the best-known
/// messages say. `facility` is the syslog facility's name, where there is one.
pub(crate) fn classify(
    event: &mut Event,
    program: Option<&str>,
    facility: Option<&str>,
    message: &str,
    sources: &mut Sources,
) {
    let service = service_of(program.unwrap_or_default(), facility);
    event.class = match service {
        "auth" | "sshd" | "sudo" => EventClass::Authentication,
        "clamav" if message.contains("FOUND") => EventClass::Finding,
        _ => EventClass::Other,
    };
    let mut categories: &[&str] = &[];
    match service {
        "sudo" => offer_sudo(event, message),
        "sshd" => offer_sshd(event, message),
        "syslog" if offer_packet(event, message) => {
            event.class = EventClass::Network;
            categories = &["firewall"];
        }
        _ => {}
    }
    event.source = sources.get(Some("linux"), Some(service), categories);
}

/// The service by the program's name, else by the facility.
fn service_of(program: &str, facility: Option<&str>) -> &'static str {
    let name = program.rsplit('/').next().unwrap_or(program);
    let name = name.split_once('(').map_or(name, |(name, _)| name);
    match name.to_ascii_lowercase().as_str() {
        "sshd" | "sshd-session" | "sshd-auth" => "sshd",
        "sudo" => "sudo",
        "cron" | "crond" | "anacron" | "crontab" | "cronie" => "cron",
        "clamd" | "clamav" | "clamscan" | "clamonacc" | "freshclam" => "clamav",
        "guacd" | "guacamole" => "guacamole",
        "vsftpd" => "vsftpd",
        "apache" | "apache2" | "httpd" => "apache",
        "nginx" => "nginx",
        "login" | "su" | "systemd-logind" | "polkitd" | "passwd" => "auth",
        _ => match facility {
            Some("auth" | "authpriv") => "auth",
            Some("cron") => "cron",
            _ => "syslog",
        },
    }
}

/// Offers the parts of `mai : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls`.
fn offer_sudo(event: &mut Event, message: &str) {
    let mut rest = message;
    while let Some((part, more)) = rest.split_once(" ; ") {
        offer_pair(event, part);
        rest = more;
        // The command is the last part, whatever stands in it.
        if rest.starts_with("COMMAND=") {
            break;
        }
    }
    offer_pair(event, rest);
    if let Some((user, _)) = message.split_once(" : ") {
        event.push_derived("User", Scalar::Str(user.trim()));
    }
}

fn offer_pair(event: &mut Event, part: &str) {
    let Some((name, value)) = part.split_once('=') else { return };
    let name = name.rsplit(' ').next().unwrap_or(name);
    if ["TTY", "PWD", "USER", "GROUP", "ENV", "COMMAND"].contains(&name) {
        event.push_derived(name, Scalar::Str(value));
    }
}

/// Offers the parts of `Failed password for invalid user mai from 192.0.2.7 port 22 ssh2`.
fn offer_sshd(event: &mut Event, message: &str) {
    let Some((before, after)) = message.rsplit_once(" from ") else { return };
    let mut words = after.split(' ');
    let Some(ip) = words.next().and_then(|word| word.parse::<IpAddr>().ok()) else { return };
    event.push_derived("SourceIp", Scalar::Str(&ip.to_string()));
    if words.next() == Some("port")
        && let Some(port) = words.next().and_then(|word| word.parse::<u16>().ok())
    {
        event.push_derived("SourcePort", Scalar::Int(i64::from(port)));
    }
    if let Some((_, user)) = before.split_once(" for ") {
        let user = user.strip_prefix("invalid user ").unwrap_or(user);
        event.push_derived("User", Scalar::Str(user));
    }
}

/// Offers the addresses of a packet that netfilter logged; says whether the message is one.
fn offer_packet(event: &mut Event, message: &str) -> bool {
    if !(message.contains("SRC=") && message.contains("DST=") && message.contains("PROTO=")) {
        return false;
    }
    for word in message.split(' ') {
        let Some((name, value)) = word.split_once('=') else { continue };
        let port = value.parse::<u16>().ok().map(|port| Scalar::Int(i64::from(port)));
        match (name, port) {
            ("SRC", _) => event.push_derived("src_ip", Scalar::Str(value)),
            ("DST", _) => event.push_derived("dst_ip", Scalar::Str(value)),
            ("SPT", Some(port)) => event.push_derived("src_port", port),
            ("DPT", Some(port)) => event.push_derived("dst_port", port),
            ("PROTO", _) => event.push_derived("protocol", Scalar::Str(value)),
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classified(program: &str, facility: Option<&str>, message: &str) -> Event {
        let mut event = Event::new();
        classify(&mut event, Some(program), facility, message, &mut Sources::default());
        event
    }

    #[test]
    fn programs_have_services() {
        for (program, facility, expected) in [
            ("sshd", None, "linux/sshd"),
            ("sshd(pam_unix)", None, "linux/sshd"),
            ("/usr/sbin/cron", None, "linux/cron"),
            ("CROND", None, "linux/cron"),
            ("su", None, "linux/auth"),
            ("useradd", Some("authpriv"), "linux/auth"),
            ("freshclam", None, "linux/clamav"),
            ("named", Some("daemon"), "linux/syslog"),
            ("", None, "linux/syslog"),
        ] {
            assert_eq!(
                classified(program, facility, "x").source.to_string(),
                expected,
                "{program}"
            );
        }
    }

    #[test]
    fn sudo_says_who_ran_what_as_whom() {
        let event = classified(
            "sudo",
            None,
            "mai : TTY=pts/0 ; PWD=/home/mai ; USER=#-1 ; COMMAND=/bin/sh -c a ; USER=x",
        );
        assert_eq!(event.text_of("User"), Some("mai"));
        assert_eq!(event.text_of("TTY"), Some("pts/0"));
        assert_eq!(event.text_of("USER"), Some("#-1"));
        assert_eq!(event.text_of("COMMAND"), Some("/bin/sh -c a ; USER=x"));
    }

    #[test]
    fn sshd_says_who_came_from_where() {
        for (message, user) in [
            ("Failed password for invalid user mai from 192.0.2.7 port 4022 ssh2", Some("mai")),
            (
                "Accepted publickey for root from 192.0.2.7 port 4022 ssh2: ED25519 SHA256:x",
                Some("root"),
            ),
            ("Connection closed by invalid user a from b from 192.0.2.7 port 4022 [preauth]", None),
        ] {
            let event = classified("sshd", None, message);
            assert_eq!(event.text_of("SourceIp"), Some("192.0.2.7"), "{message}");
            assert_eq!(event.get("SourcePort"), Some(Scalar::Int(4022)));
            assert_eq!(event.text_of("User"), user);
        }
        assert!(!classified("sshd", None, "a word from our sponsor").has("SourceIp"));
    }

    #[test]
    fn a_logged_packet_is_network() {
        let event = classified(
            "kernel",
            Some("kern"),
            "[UFW BLOCK] IN=eth0 OUT= SRC=192.0.2.7 DST=10.0.0.1 LEN=40 PROTO=TCP SPT=4444 DPT=22 SYN",
        );
        assert_eq!(event.source.to_string(), "linux/syslog/firewall");
        assert_eq!(event.class, EventClass::Network);
        assert_eq!(event.get("dst_port"), Some(Scalar::Int(22)));
        assert_eq!(event.text_of("src_ip"), Some("192.0.2.7"));
    }
}
