//! MITRE ATT&CK technique ids.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An ATT&CK technique or sub-technique id, such as `T1574` or `T1574.001`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Technique(String);

impl Technique {
    /// Reads an id from a Sigma tag (`attack.t1574.001`); `None` for tactics and other tags.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let id = tag.strip_prefix("attack.")?.strip_prefix(['t', 'T'])?;
        let (main, sub) = id.split_once('.').map_or((id, None), |(main, sub)| (main, Some(sub)));
        let digits =
            |text: &str, len| text.len() == len && text.bytes().all(|b| b.is_ascii_digit());
        (digits(main, 4) && sub.is_none_or(|sub| digits(sub, 3))).then(|| Self(format!("T{id}")))
    }

    /// The id as ATT&CK writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Technique {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_techniques_and_leaves_tactics() {
        assert_eq!(Technique::from_tag("attack.t1574.001").unwrap().as_str(), "T1574.001");
        assert_eq!(Technique::from_tag("attack.T1059").unwrap().as_str(), "T1059");
        for tag in
            ["attack.execution", "attack.t15", "cve.2023-1", "attack.t1574.1", "attack.g0032"]
        {
            assert_eq!(Technique::from_tag(tag), None, "{tag}");
        }
    }
}
