//! Facts of several files that belong together. Each half of the 3CX case is quiet; both at once were
//! not seen in any benign release.

use std::collections::BTreeMap;

use khien_lineage::weigh::{Departure, Softening};
use khien_lineage::{Strength, Trait, TraitKind};
use khien_model::Untrusted;

use crate::profile::own_name;

/// Kinds that say "this file newly carries bytes that nothing explains".
const CARRIES: [TraitKind; 5] = [
    TraitKind::UnsignedBytes,
    TraitKind::SameDigestOtherBytes,
    TraitKind::OpaqueBytes,
    TraitKind::Overlay,
    TraitKind::EmbeddedProgram,
];

/// Kinds that say "code runs that nobody called".
const STARTS: [TraitKind; 4] = [
    TraitKind::TlsCallback,
    TraitKind::Initialiser,
    TraitKind::IndirectFunction,
    TraitKind::EntryCode,
];

/// Kinds that say "it can bring in and run something else".
const BRINGS: [TraitKind; 6] = [
    TraitKind::GainsExec,
    TraitKind::GainsNetwork,
    TraitKind::GainsMemory,
    TraitKind::GainsInject,
    TraitKind::OpaqueBytes,
    TraitKind::HiddenText,
];

/// The stories that the departures tell.
pub(crate) fn stories(departures: &[Departure]) -> Vec<Departure> {
    let mut out = Vec::new();
    let mut files: BTreeMap<&Untrusted, Vec<&Departure>> = BTreeMap::new();
    for departure in departures {
        files.entry(&departure.path).or_default().push(departure);
    }
    let carriers = carriers(&files);
    for departure in departures.iter().filter(|d| d.of.kind == TraitKind::NamesSibling) {
        out.extend(carrier(departure, &carriers));
    }
    out.extend(installed(departures));
    for (path, found) in &files {
        out.extend(loader(path, found));
        out.extend(downloader(path, found));
    }
    out
}

/// What newly carries bytes that nothing explains, by its own name in lower case: of several of one
/// name the one that tells most.
fn carriers<'d>(
    files: &BTreeMap<&'d Untrusted, Vec<&'d Departure>>,
) -> BTreeMap<String, (&'d Untrusted, &'d Departure)> {
    let mut out: BTreeMap<String, (&Untrusted, &Departure)> = BTreeMap::new();
    for (path, found) in files {
        let loads = found.iter().filter(|d| CARRIES.contains(&d.of.kind));
        let rank = |d: &Departure| CARRIES.iter().position(|kind| *kind == d.of.kind);
        let Some(load) =
            loads.max_by_key(|d| (d.softened.is_none(), d.strength(), std::cmp::Reverse(rank(d))))
        else {
            continue;
        };
        let known = out.entry(own_name(path.as_raw()).to_lowercase()).or_insert((path, load));
        if known.1.softened.is_some() && load.softened.is_none() {
            *known = (path, load);
        }
    }
    out
}

/// A newly names B, and B newly carries bytes that its signature or format does not cover. Where B
/// is a new file there is nothing that it carried before, so the story counts for less.
fn carrier(
    names: &Departure,
    carriers: &BTreeMap<String, (&Untrusted, &Departure)>,
) -> Option<Departure> {
    let (path, load) = carriers.get(&names.of.value.as_raw().to_lowercase())?;
    let mut evidence = names.evidence.clone();
    evidence.extend(load.evidence.iter().cloned());
    Some(Departure {
        of: Trait {
            kind: TraitKind::NamesCarrier,
            value: Untrusted::new(format!("{} ({})", path.as_raw(), load.of.kind)),
        },
        amount: load.amount,
        before: load.before,
        path: names.path.clone(),
        evidence,
        softened: load.softened.or(names.softened),
    })
}

/// One file newly starts by itself and newly can bring in or run something else.
fn loader(path: &Untrusted, found: &[&Departure]) -> Option<Departure> {
    let telling = |kinds: &[TraitKind]| {
        found
            .iter()
            .find(|d| {
                kinds.contains(&d.of.kind)
                    && (d.softened.is_none() || d.strength() > Strength::Evidence)
            })
            .copied()
    };
    let (starts, brings) = (telling(&STARTS)?, telling(&BRINGS)?);
    let mut evidence = starts.evidence.clone();
    evidence.extend(brings.evidence.iter().cloned());
    Some(Departure {
        of: Trait {
            kind: TraitKind::LoaderStory,
            value: Untrusted::new(format!("{} + {}", starts.of.kind, brings.of.kind)),
        },
        amount: 2,
        before: None,
        path: path.clone(),
        evidence,
        softened: starts.softened.or(brings.softened),
    })
}

/// Something newly runs at installation, and a script of the same release newly fetches, starts or
/// reads secrets: one of them is what runs, or what it calls.
fn installed(departures: &[Departure]) -> Option<Departure> {
    const DOES: [TraitKind; 4] = [
        TraitKind::GainsExec,
        TraitKind::GainsNetwork,
        TraitKind::GainsCredentials,
        TraitKind::NamesSecrets,
    ];
    let script = |d: &&Departure| {
        DOES.contains(&d.of.kind) && d.of.value.as_raw().starts_with("script-")
            || (d.of.kind == TraitKind::NamesSecrets)
    };
    let action = departures
        .iter()
        .find(|d| d.of.kind == TraitKind::InstallAction && d.softened.is_none())?;
    let does = departures
        .iter()
        .filter(|d| d.softened != Some(Softening::ElsewhereBefore))
        .find(script)?;
    let mut evidence = action.evidence.clone();
    evidence.extend(does.evidence.iter().cloned());
    Some(Departure {
        of: Trait {
            kind: TraitKind::LoaderStory,
            value: Untrusted::new(format!(
                "{} + {} ({})",
                action.of.kind,
                does.of.kind,
                does.path.as_raw()
            )),
        },
        amount: 2,
        before: None,
        path: action.path.clone(),
        evidence,
        softened: None,
    })
}

/// A script that newly fetches from a host nobody named before, and newly starts programs.
fn downloader(path: &Untrusted, found: &[&Departure]) -> Option<Departure> {
    let has = |kind| found.iter().find(|d| d.of.kind == kind);
    let script =
        |d: &&&Departure| matches!(d.softened, Some(Softening::NewFile | Softening::Readable));
    let fetches = has(TraitKind::GainsNetwork).filter(script)?;
    has(TraitKind::GainsExec).filter(script)?;
    let host = has(TraitKind::NamesHost)?;
    Some(Departure {
        of: Trait {
            kind: TraitKind::LoaderStory,
            value: Untrusted::new(format!(
                "{} + {} + {}",
                fetches.of.kind,
                TraitKind::GainsExec,
                host.of.value.as_raw()
            )),
        },
        amount: 3,
        before: None,
        path: path.clone(),
        evidence: fetches.evidence.clone(),
        softened: Some(Softening::Readable),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn departure(kind: TraitKind, value: &str, path: &str) -> Departure {
        Departure {
            of: Trait { kind, value: Untrusted::new(value) },
            amount: 1,
            before: None,
            path: Untrusted::new(path),
            evidence: Vec::new(),
            softened: None,
        }
    }

    #[test]
    fn a_name_and_a_carrier_make_a_story() {
        let found = [
            departure(TraitKind::NamesSibling, "d3dcompiler_47.dll", "app/ffmpeg.dll"),
            departure(TraitKind::UnsignedBytes, "slack", "app/D3DCompiler_47.dll"),
        ];
        let told = stories(&found);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].of.kind, TraitKind::NamesCarrier);
    }

    #[test]
    fn a_name_without_a_carrier_makes_none() {
        let found = [
            departure(TraitKind::NamesSibling, "d3dcompiler_47.dll", "app/ffmpeg.dll"),
            departure(TraitKind::UnsignedBytes, "slack", "app/other.dll"),
        ];
        assert!(stories(&found).is_empty());
    }

    #[test]
    fn an_initialiser_and_a_capability_in_two_files_make_none() {
        let found = [
            departure(TraitKind::Initialiser, "", "a.so"),
            departure(TraitKind::GainsExec, "", "b.so"),
        ];
        assert!(stories(&found).is_empty());
        let found = [
            departure(TraitKind::Initialiser, "", "a.so"),
            departure(TraitKind::GainsExec, "", "a.so"),
        ];
        assert_eq!(stories(&found).len(), 1);
    }
}
