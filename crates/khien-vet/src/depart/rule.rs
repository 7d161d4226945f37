//! When a trait is a departure: each kind has one way of being compared.

use khien_lineage::TraitKind;

/// How a kind is compared with earlier releases.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Rule {
    /// New when no predecessor had the kind with this value.
    Value,
    /// New when no predecessor had the kind at all: classes of capability.
    Class,
    /// New when there are more than any predecessor had.
    Count,
    /// New when there are at least this many bytes more, and twice as many.
    Bytes(u64),
    /// New when every predecessor had another value: a hash of something each file has.
    Changed,
    /// Compared elsewhere, over the whole release or pairwise.
    Elsewhere,
}

/// The rule of a kind.
pub(super) const fn of(kind: TraitKind) -> Rule {
    use TraitKind as K;
    match kind {
        K::GainsExec
        | K::GainsInject
        | K::GainsNetwork
        | K::GainsCrypto
        | K::GainsPersistence
        | K::GainsAntiDebug
        | K::GainsMemory
        | K::GainsDiscovery
        | K::GainsCredentials => Rule::Class,
        K::TlsCallback
        | K::ManagedMethod
        | K::Initialiser
        | K::IndirectFunction
        | K::EmbeddedProgram
        | K::WritableCode => Rule::Count,
        K::OpaqueBytes => Rule::Bytes(64 << 10),
        K::Overlay => Rule::Bytes(4 << 10),
        K::UnexplainedBytes => Rule::Bytes(64),
        K::UnsignedBytes => Rule::Bytes(1),
        K::EntryCode => Rule::Changed,
        K::CapabilityRule
        | K::ImportsLibrary
        | K::ManagedCall
        | K::HiddenText
        | K::NamesSecrets
        | K::NamesDefences
        | K::NamesStartup
        | K::EntitlementGained
        | K::InstallAction
        | K::InstallScript
        | K::UpdateChannel
        | K::LibraryPath
        | K::SignatureOdd
        | K::SpecialFile
        | K::Disguised => Rule::Value,
        _ => Rule::Elsewhere,
    }
}

/// Kinds that say as much in a new file as in an old one.
pub(super) const fn absolute(kind: TraitKind) -> bool {
    use TraitKind as K;
    matches!(
        kind,
        K::UnsignedBytes
            | K::SignatureInvalid
            | K::InstallScript
            | K::InstallAction
            | K::Disguised
            | K::SpecialFile
            | K::ShadowsSystem
            | K::TwinProgram
            | K::UnexplainedBytes
    )
}

/// Kinds that say little when another file of an earlier release showed the same.
pub(super) const fn soothed_by_others(kind: TraitKind) -> bool {
    use TraitKind as K;
    matches!(
        kind,
        K::CapabilityRule
            | K::ImportsLibrary
            | K::NamesSecrets
            | K::NamesDefences
            | K::NamesStartup
            | K::InstallAction
            | K::LibraryPath
            | K::ManagedCall
            | K::HiddenText
            | K::UpdateChannel
    )
}

/// Kinds that are read off the code, and so mean little when nearly all of it is new.
pub(super) const fn from_code(kind: TraitKind) -> bool {
    use khien_lineage::Family;
    matches!(kind.family(), Family::Capability | Family::Startup)
        || matches!(
            kind,
            TraitKind::HiddenText | TraitKind::EmbeddedProgram | TraitKind::OpaqueBytes
        )
}

/// Whether an amount is new beside the most that was there before.
pub(super) fn grew(rule: Rule, now: u64, before: u64) -> bool {
    match rule {
        Rule::Count => now > before,
        Rule::Bytes(least) => {
            now >= before.saturating_add(least) && now >= before.saturating_mul(2)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_must_double_and_grow_by_sixteen_windows() {
        let rule = of(TraitKind::OpaqueBytes);
        assert!(grew(rule, 64 << 10, 0));
        assert!(!grew(rule, 60 << 10, 0));
        assert!(!grew(rule, 164 << 10, 100 << 10));
        assert!(grew(rule, 200 << 10, 100 << 10));
    }

    #[test]
    fn one_more_initialiser_is_new() {
        assert!(grew(of(TraitKind::Initialiser), 4, 3));
        assert!(!grew(of(TraitKind::Initialiser), 3, 3));
    }
}
