//! What the kernel encodes in audit records: text in hexadecimal, and socket addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Reads hexadecimal digits in pairs; `None` when it is anything else, or empty.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return None;
    }
    let nibble = |digit: u8| char::from(digit).to_digit(16);
    digits
        .chunks_exact(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(nibble(*high)? << 4 | nibble(*low)?).ok(),
            _ => None,
        })
        .collect()
}

/// Whether the kernel or a user-space program hex-encodes this field where its text needs it.
///
/// Source: `auparse/typetab.h` of audit-userspace, the types ESCAPED, ESCAPED_FILE, ESCAPED_KEY and
/// PROCTITLE. Arguments of EXECVE are read elsewhere.
pub(super) fn is_encodable(name: &str) -> bool {
    matches!(
        name,
        "acct"
            | "cgroup"
            | "cmd"
            | "comm"
            | "cwd"
            | "data"
            | "device"
            | "dir"
            | "exe"
            | "file"
            | "grp"
            | "key"
            | "name"
            | "new-disk"
            | "new-fs"
            | "new_group"
            | "ocomm"
            | "old-disk"
            | "old-fs"
            | "path"
            | "proctitle"
            | "sw"
            | "vm"
            | "watch"
    )
}

/// An address of a SOCKADDR record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Socket {
    pub(super) ip: IpAddr,
    pub(super) port: u16,
}

/// Reads `saddr`: a `struct sockaddr_in` or `sockaddr_in6` in hexadecimal.
///
/// The family is in the byte order of the machine that logged it, so both orders are tried.
pub(super) fn socket(saddr: &str) -> Option<Socket> {
    let bytes = hex(saddr)?;
    let (family, rest) = bytes.split_first_chunk::<2>()?;
    let (port, rest) = rest.split_first_chunk::<2>()?;
    let port = u16::from_be_bytes(*port);
    let ip = match *family {
        [2, 0] | [0, 2] => IpAddr::V4(Ipv4Addr::from(*rest.first_chunk::<4>()?)),
        [10, 0] | [0, 10] => {
            let (_flow, rest) = rest.split_first_chunk::<4>()?;
            IpAddr::V6(Ipv6Addr::from(*rest.first_chunk::<16>()?)).to_canonical()
        }
        _ => return None,
    };
    Some(Socket { ip, port })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses() {
        for (saddr, ip, port) in [
            ("02000035C000020700000000", "192.0.2.7", 53),
            ("00020050C0000207", "192.0.2.7", 80),
            ("0A0001BB0000000020010DB800000000000000000000000100000000", "2001:db8::1", 443),
            (
                "0A00005000000000 00000000000000000000FFFF7F000001".replace(' ', "").as_str(),
                "127.0.0.1",
                80,
            ),
        ] {
            let expected = Socket { ip: ip.parse().unwrap(), port };
            assert_eq!(socket(saddr), Some(expected), "{saddr}");
        }
        for saddr in ["", "0", "0200", "02000035C000", "01002F72756E", "0A0001BB", "zz"] {
            assert_eq!(socket(saddr), None, "{saddr}");
        }
    }

    proptest! {
        #[test]
        fn hex_comes_back(bytes in prop::collection::vec(any::<u8>(), 1..40)) {
            let text: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
            prop_assert_eq!(hex(&text), Some(bytes));
        }

        #[test]
        fn nothing_panics(text in any::<String>()) {
            let _ = (hex(&text), socket(&text));
        }
    }
}
