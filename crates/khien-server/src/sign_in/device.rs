//! A cookie by which a browser shows that an account signed in there before. It opens nothing: it only
//! keeps whoever guesses passwords from elsewhere from locking the account's owner out.
//!
//! Source: OWASP, "Slow down online guessing attacks with device cookies".

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::secret::{hex, random};

/// A browser on which an account signed in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Device {
    /// Random, and so another for each signing in.
    pub(crate) id: String,
    /// The name of the account.
    pub(crate) name: String,
}

impl Device {
    pub(crate) fn new(name: &str) -> Self {
        Self { id: hex(&random::<16>()), name: name.to_owned() }
    }

    /// The cookie's value.
    pub(crate) fn cookie(&self, key: &[u8; 32]) -> String {
        let text = format!("{}:{}", self.id, self.name);
        format!(
            "{}.{}",
            BASE64URL_NOPAD.encode(text.as_bytes()),
            BASE64URL_NOPAD.encode(&mac(key, &text).finalize().into_bytes())
        )
    }

    /// Reads a cookie's value; nothing where this server did not make it.
    pub(crate) fn read(key: &[u8; 32], cookie: &str) -> Option<Self> {
        let (text, tag) = cookie.split_once('.')?;
        let text = String::from_utf8(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok()?;
        let tag = BASE64URL_NOPAD.decode(tag.as_bytes()).ok()?;
        mac(key, &text).verify_slice(&tag).ok()?;
        let (id, name) = text.split_once(':')?;
        Some(Self { id: id.to_owned(), name: name.to_owned() })
    }
}

fn mac(key: &[u8; 32], text: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(b"khien.device/1\n");
    mac.update(text.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_key_makes_it() {
        let device = Device::new("chi");
        let cookie = device.cookie(&[1; 32]);
        assert_eq!(Device::read(&[1; 32], &cookie), Some(device));
        assert_eq!(Device::read(&[2; 32], &cookie), None);
        let other = Device::new("an").cookie(&[1; 32]);
        let forged = format!(
            "{}.{}",
            other.split('.').next().unwrap(),
            cookie.split('.').next_back().unwrap()
        );
        for bad in [forged.as_str(), "", ".", "a.b", cookie.get(1..).unwrap()] {
            assert_eq!(Device::read(&[1; 32], bad), None, "{bad}");
        }
    }
}
