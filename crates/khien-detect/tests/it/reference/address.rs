//! Addresses and networks, bit by bit.

use std::net::IpAddr;

/// Whether a text is an address in the network.
pub(super) fn is_within(text: &str, network: &str) -> bool {
    let (base, length) = network.split_once('/').unwrap();
    let (base, length) = (bits_of(base).unwrap(), length.parse::<usize>().unwrap());
    bits_of(text).is_some_and(|bits| bits.len() == base.len() && bits[..length] == base[..length])
}

fn bits_of(address: &str) -> Option<String> {
    let bytes = match address.parse().ok()? {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    Some(bytes.iter().map(|byte| format!("{byte:08b}")).collect())
}
