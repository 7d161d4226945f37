//! What a departure of a running release tells, from numbers that are kept with it.
//!
//! A trait that no earlier release showed comes about in three ways: the release is compromised; the
//! release is benign and simply does it; or it would have come anyway, from users or servers. The
//! score is the first against the other two, in bits: log₂ of *share of compromises* over *share of
//! benign releases + chance*. The chance is Good and Turing's estimate of something new, drawn towards
//! that of all lineages where this one is little known, times the probability that the showing hosts
//! all have the release by accident (the hypergeometric contrast against hosts on earlier releases on
//! the same days). Install age, spread over hosts, alignment and company then move it.
//!
//! [`Evidence::weigh`] is a function of the evidence alone: a finding can be computed again.

use khien_model::{Timestamp, Untrusted};
use serde::{Deserialize, Serialize};

use crate::runtime_rate::{Ages, RuntimeRate};
use crate::traffic::Traffic;
use crate::{Trait, TraitKind};

/// Bits from which a departure is a finding.
pub const RAISE_BITS: f64 = crate::weigh::HOLD_BITS;
/// Bits below which a finding is taken back.
pub const WITHDRAW_BITS: f64 = RAISE_BITS - 2.0;
/// How many host-days of this lineage weigh as much as what is known of all lineages.
const PRIOR_HOST_DAYS: f64 = 100.0;
/// Bits of a trait without an earlier release to compare with.
const NO_EARLIER: f64 = -2.0;
/// Bound: hosts named in evidence.
pub const HOSTS_NAMED: usize = 16;

/// A host that shows the trait.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    /// The host's name.
    pub host: Untrusted,
    /// The release it showed it on.
    pub version: Untrusted,
    /// When it showed it first.
    pub first: Timestamp,
    /// Hours since the release was installed there; `None` where nobody watched the installation.
    pub age_hours: Option<u32>,
    /// Among the hosts that had it then and did not show the trait yet: the place of this one by
    /// installation, 1 for the first; 0 where it is unknown or says nothing.
    pub place: u32,
    /// How many such hosts there were.
    pub of: u32,
}

/// Hosts, on the days since the trait was first shown.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Contrast {
    /// Hosts that show it, on this release or later ones.
    pub showing: u32,
    /// Hosts on this release or later ones.
    pub on_release: u32,
    /// Of those, the ones on which it is installed as long as on the first that showed it.
    pub as_old: u32,
    /// Hosts on earlier releases on the same days; none of them shows it.
    pub on_earlier: u32,
    /// Hosts that ever had an earlier release.
    pub ever_earlier: u32,
    /// Hosts showing it, by install age at first sight: within a day, one to three days, later, unknown.
    pub by_age: [u32; 4],
    /// Hours between the lowest and the highest install age at first sight, as far as is sure.
    pub ages_apart_h: u32,
    /// The same of the oldest release that shows the trait, whatever was installed since.
    pub carried_apart_h: u32,
    /// Hours between the first host's first sight and the last one's.
    pub dates_apart_h: u32,
}

/// What was known when the trait was first shown.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// Days on which a host showed the lineage, over all hosts.
    pub host_days: u64,
    /// Traits of this kind that the lineage had shown.
    pub traits: u32,
    /// Those that one host showed on one day only.
    pub once: u64,
    /// Days on which a host showed this release or later ones: how often it could have come.
    pub chances: u64,
    /// New traits of this kind in well-known lineages of the organisation.
    pub pooled_new: u64,
    /// Host-days of those.
    pub pooled_host_days: u64,
    /// Whether the lineage has shown other traits of this kind, beyond suspicion.
    pub is_manner: bool,
    /// Whether an installer or updater did it first.
    pub is_installer: bool,
    /// For a product that nobody ran before: the applications that it is compared with instead of itself.
    pub peers: Option<Peers>,
}

/// The organisation's well-known applications on the same kind of system.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Peers {
    /// How many there are.
    pub known: u32,
    /// How many of them show a trait of this kind, beyond suspicion.
    pub showing: u32,
}

/// Another departure of the same release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Companion {
    /// What it is.
    pub of: Trait,
    /// What it tells by itself.
    pub bits: f64,
    /// Well-known applications of the organisation that show both kinds.
    pub together: u32,
}

/// Everything that a departure is weighed by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The trait.
    pub of: Trait,
    /// Hosts for and against.
    pub contrast: Contrast,
    /// What was known before.
    pub known: Known,
    /// The first hosts that showed it, in order; at most [`HOSTS_NAMED`].
    pub sightings: Vec<Sighting>,
    /// Whether the lineage had releases before this one.
    pub has_earlier: bool,
    /// Whether the lineage is a browser, which goes where its user likes.
    pub is_browser: bool,
    /// Whether it is what only sensors on the network saw, browsers among it.
    #[serde(default, skip_serializing_if = "is_not")]
    pub is_network: bool,
    /// Whether what is contacted bears the name of the product, of its maker or of what it contacted before.
    pub is_own: bool,
    /// Other lineages of the organisation that show the same.
    pub elsewhere: u32,
    /// Whether another product of the same publisher has shown it for long.
    pub in_family: bool,
    /// The strongest other departure of the same release.
    pub companion: Option<Companion>,
    /// What traffic with the destination tells, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traffic: Option<Traffic>,
    /// The strongest departure of its files, where the release was vetted.
    #[serde(default)]
    pub from_files: Option<Companion>,
    /// How often releases do this.
    pub rate: RuntimeRate,
    /// How ages are shared out.
    pub ages: Ages,
}

/// One step of the sum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// What it is for.
    pub of: Step,
    /// Bits.
    pub bits: f64,
}

/// The steps of the sum.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Compromises against benign releases and chance.
    Kind,
    /// How many of the organisation's well-known applications do anything of the kind.
    Peers,
    /// Benign applications of the wrong kind hardly do it.
    Exotic,
    /// There is no earlier release to compare with.
    Earlier,
    /// Install ages at first sight.
    Age,
    /// How many of the hosts that could, do.
    Spread,
    /// Whether hosts agree in install age or in date, or show it in the order of installation.
    Alignment,
    /// Others in the organisation do it too.
    Elsewhere,
    /// Another product of the publisher did it before.
    Family,
    /// The release departs in another way as well.
    Companion,
    /// Its name bears that of the product or its maker.
    Own,
    /// It follows a new fetch from shared hosting.
    Chain,
    /// It is contacted in a machine's rhythm.
    Rhythm,
    /// Names below it carry data.
    Tunnel,
    /// Much is sent there on the first day.
    Upload,
    /// What comes by chance comes at any age and on any host: late and sparse say nothing of it.
    Chance,
}

/// What a departure tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The sum, in bits.
    pub bits: f64,
    /// Its steps.
    pub terms: Vec<Term>,
    /// Good–Turing surprise of something new of this kind in this lineage, in bits.
    pub surprise: f64,
    /// The probability that the showing hosts have the release by accident.
    pub accident: f64,
}

impl Evidence {
    /// What the evidence tells. A function of the evidence alone.
    pub fn weigh(&self) -> Score {
        match &self.known.peers {
            Some(peers) => self.weigh_newcomer(*peers),
            None => self.weigh_release(),
        }
    }

    /// A product that nobody ran before: everything it does is new, so when it came and on how many hosts
    /// says nothing, and how surprising it is follows from what other applications do.
    fn weigh_newcomer(&self, peers: Peers) -> Score {
        let share = self.share_of_newcomers(peers);
        let benign = self.rate.benign();
        let mut terms = vec![
            Term { of: Step::Kind, bits: (self.rate.malign() / benign).log2() },
            Term { of: Step::Peers, bits: (benign / share).log2() },
            Term { of: Step::Exotic, bits: self.exotic() },
            Term { of: Step::Earlier, bits: NO_EARLIER },
            Term { of: Step::Elsewhere, bits: -f64::from(self.elsewhere.min(3)) },
            Term { of: Step::Family, bits: if self.in_family { -6.0 } else { 0.0 } },
            Term { of: Step::Companion, bits: self.company() },
            Term { of: Step::Own, bits: if self.is_own { -2.0 } else { 0.0 } },
        ];
        let bits = terms.iter().map(|term| term.bits).sum();
        terms.retain(|term| term.bits != 0.0 || term.of == Step::Kind);
        Score { bits, terms, surprise: -share.log2(), accident: 1.0 }
    }

    /// How many benign newcomers show this kind: Good–Turing over lineages, with the counted pairs of
    /// benign releases as if they were lineages of the organisation.
    fn share_of_newcomers(&self, Peers { known, showing }: Peers) -> f64 {
        let of = f64::from(known.saturating_add(self.rate.benign_of)) + 1.0;
        (f64::from(showing.saturating_add(self.rate.benign)) + 0.5) / of
    }

    fn weigh_release(&self) -> Score {
        let new = self.probability_of_new();
        let accident = self.accident();
        let order = self.order();
        // Of all that would come by itself, so much comes in this order.
        let expected = new * float(self.known.chances.clamp(1, 1 << 40));
        let chance = self.chance(new).min(expected * order) * accident;
        let mut terms = vec![
            Term { of: Step::Kind, bits: self.kind(chance) },
            Term { of: Step::Exotic, bits: self.exotic() },
            Term { of: Step::Earlier, bits: if self.has_earlier { 0.0 } else { NO_EARLIER } },
            Term { of: Step::Age, bits: self.age() },
            Term { of: Step::Spread, bits: self.spread() },
            Term { of: Step::Alignment, bits: self.alignment(order) },
            Term { of: Step::Elsewhere, bits: self.elsewhere() },
            Term { of: Step::Family, bits: if self.in_family { -6.0 } else { 0.0 } },
            Term { of: Step::Companion, bits: self.company() },
            Term { of: Step::Own, bits: if self.is_own { -2.0 } else { 0.0 } },
        ];
        if let Some(traffic) = &self.traffic {
            let steps = [Step::Chain, Step::Rhythm, Step::Tunnel, Step::Upload];
            terms.extend(steps.into_iter().zip(traffic.bits()).map(|(of, bits)| Term { of, bits }));
        }
        terms.push(Term { of: Step::Chance, bits: self.by_chance(chance, &terms) });
        let bits = terms.iter().map(|term| term.bits).sum();
        terms.retain(|term| term.bits != 0.0 || term.of == Step::Kind);
        Score { bits, terms, surprise: -new.log2(), accident }
    }

    /// Good–Turing: how probable something new of this kind was on a host's day, drawn towards what
    /// holds for all lineages as far as this one is little known.
    fn probability_of_new(&self) -> f64 {
        let Known { host_days, once, pooled_new, pooled_host_days, .. } = self.known;
        let everywhere = (float(pooled_new) + 0.5) / (float(pooled_host_days) + 1.0);
        let here = float(once) + PRIOR_HOST_DAYS * everywhere;
        (here / (float(host_days) + PRIOR_HOST_DAYS)).clamp(1e-9, 0.9)
    }

    /// The probability that something new of this kind would have come by itself by now.
    fn chance(&self, new: f64) -> f64 {
        let chances = float(self.known.chances.clamp(1, 1 << 40));
        1.0 - (1.0 - new).powf(chances)
    }

    /// How many benign releases do it. Among what nobody names are all products, and one of them has a release
    /// each day: what releases ordinarily do says nothing there.
    fn benign(&self) -> f64 {
        if self.is_network && self.exotic() == 0.0 { 1.0 } else { self.rate.benign() }
    }

    fn kind(&self, chance: f64) -> f64 {
        (self.rate.malign() / (self.benign() + chance)).log2()
    }

    /// Age, spread and alignment tell a compromise from a benign release, and neither from what users
    /// bring about: that comes late, sparse, and on any host. So they count against the share of benign
    /// releases only, as much as it is of all that is benign.
    fn by_chance(&self, chance: f64, terms: &[Term]) -> f64 {
        let timely = |term: &&Term| matches!(term.of, Step::Age | Step::Spread | Step::Alignment);
        let told: f64 = terms.iter().filter(timely).map(|term| term.bits).sum();
        if told <= 0.0 {
            return 0.0;
        }
        let benign = self.benign();
        ((benign + chance) / (benign * (-told).exp2() + chance)).log2() - told
    }

    /// The probability that all showing hosts are among those on the release, were they drawn blindly.
    fn accident(&self) -> f64 {
        let Contrast { showing, on_release, on_earlier, .. } = self.contrast;
        let (with, all) =
            (on_release.max(showing), on_release.max(showing).saturating_add(on_earlier));
        // Enough factors to be below anything that counts.
        (0..showing.min(64))
            .fold(1.0, |p, drawn| p * f64::from(with - drawn) / f64::from(all - drawn))
    }

    /// The probability that hosts showed it in the order in which they were installed by accident: what a
    /// server brings comes to the youngest installation as soon as to the oldest, and what users bring
    /// asks for neither. 1 where that says nothing: few hosts, or some at once after installation.
    fn order(&self) -> f64 {
        let count = self.sightings.len();
        let is_placed = count >= 3 && self.sightings.iter().all(|seen| seen.place > 0);
        if !is_placed || !self.is_late() {
            return 1.0;
        }
        // Fisher's method: each place is uniform among those that are left.
        let share = |seen: &Sighting| f64::from(seen.place) / f64::from(seen.of.max(seen.place));
        let sum: f64 = self.sightings.iter().map(|seen| -share(seen).ln()).sum();
        let (mut term, mut series) = (1.0, 1.0);
        for step in (1_u32..).take(count - 1) {
            term *= sum / f64::from(step);
            series += term;
        }
        ((-sum).exp() * series).clamp(1e-9, 1.0)
    }

    /// Whether at most half of the hosts, all of known age, showed it at once after installation.
    fn is_late(&self) -> bool {
        let [prompt, early, late, unknown] = self.contrast.by_age;
        unknown == 0 && prompt <= early.saturating_add(late)
    }

    fn exotic(&self) -> f64 {
        let is_of_users = matches!(
            self.of.kind,
            TraitKind::ContactsAddress | TraitKind::ContactsDomain | TraitKind::ContactsShared
        );
        let is_of_installers = matches!(
            self.of.kind,
            TraitKind::LoadsDriver
                | TraitKind::PersistsRegistry
                | TraitKind::RunsAs
                | TraitKind::WritesOwn
                | TraitKind::WritesProgram
                | TraitKind::WritesStartup
        );
        // A browser that is new asks whether it may take over what others keep.
        let is_taken_over = self.known.peers.is_some() && self.of.kind == TraitKind::ReadsSecrets;
        // A maker who names himself or signs in one program and not in another is odd; one who never does
        // is not.
        let is_of_maker =
            matches!(self.of.kind, TraitKind::LoadsUnsigned | TraitKind::StartsNameless);
        if is_of_maker && self.known.is_manner {
            return self.rate.exotic / 2.0;
        }
        // Among what nobody names are browsers; they go to names.
        let is_crowds = self.is_network && self.of.kind != TraitKind::ContactsAddress;
        let is_usual =
            self.is_browser && (is_of_users || is_taken_over) || is_crowds && is_of_users;
        if is_usual || self.known.is_installer && is_of_installers { 0.0 } else { self.rate.exotic }
    }

    /// The first host in full, the next a third: hosts of one fleet are no independent witnesses.
    fn age(&self) -> f64 {
        // An age says nothing where the first host had the release since nobody knows when.
        if self.sightings.first().is_none_or(|seen| seen.age_hours.is_none()) {
            return 0.0;
        }
        let mut weight = 1.0;
        let mut bits = 0.0;
        for age in self.sightings.iter().filter_map(|seen| seen.age_hours) {
            let at = bucket(Some(age));
            let (Some(malign), Some(benign)) = (self.ages.malign.get(at), self.ages.benign.get(at))
            else {
                continue;
            };
            if !(at == 0 && self.rate.is_prompt) {
                bits += weight * (malign / benign).log2();
            }
            weight /= 3.0;
        }
        bits
    }

    fn spread(&self) -> f64 {
        let Contrast { showing, as_old, by_age: [prompt, ..], .. } = self.contrast;
        if as_old < 4 {
            return 0.0;
        }
        let share = f64::from(showing) / f64::from(as_old);
        let is_prompt = prompt * 2 > showing;
        if share <= 0.34 && !is_prompt {
            1.0
        } else if share >= 0.8 && is_prompt && !self.rate.is_prompt {
            -2.0
        } else {
            0.0
        }
    }

    /// Hosts that agree in install age while their dates differ point to the release; hosts that agree
    /// in date while their ages differ point to a server.
    fn alignment(&self, order: f64) -> f64 {
        let Contrast { by_age, ages_apart_h, carried_apart_h, dates_apart_h, .. } = self.contrast;
        let (ages, dates) = (u64::from(ages_apart_h), u64::from(dates_apart_h));
        let [prompt, early, late, unknown] = by_age;
        let dated = early.saturating_add(late);
        // An update in between does not make what an earlier release brought younger; where most show it at
        // once after an update it is that update's.
        let apart = if self.is_late() { ages.min(u64::from(carried_apart_h)) } else { ages };
        // A server that sends programs to a name which imitates another is no better than a release that does.
        let is_imitation =
            matches!(self.of.kind, TraitKind::ContactsBorrowedName | TraitKind::ContactsLookAlike);
        if apart >= 48 && dates * 4 <= apart && !is_imitation {
            -4.0
        } else if prompt == 0 && unknown == 0 && dated >= 3 && dates >= 24 && ages * 20 <= dates * 7
        {
            if dated == 3 { 1.5 } else { 3.0 }
        } else {
            // The most that so small a probability can tell (Sellke, Bayarri and Berger 2001).
            let bound = -std::f64::consts::E * order * order.ln();
            if order < 0.1 { -bound.max(1e-9).log2() } else { 0.0 }.clamp(0.0, 3.0)
        }
    }

    fn elsewhere(&self) -> f64 {
        if self.rate.exotic > 0.0 { 0.0 } else { -f64::from(self.elsewhere.min(3)) }
    }

    fn company(&self) -> f64 {
        // What other applications do together as well is the way of their class: of security products,
        // backups, remote support.
        let is_way = |other: &&Companion| self.known.peers.is_some() && other.together > 0;
        let companion = self.companion.as_ref().filter(|other| !is_way(other));
        let company = [companion, self.from_files.as_ref()].into_iter().flatten();
        let strongest = company.map(|other| other.bits).fold(0.0, f64::max);
        (strongest / 2.0).clamp(0.0, 3.0)
    }
}

/// Whether a mark that is seldom set is left out.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
const fn is_not(mark: &bool) -> bool {
    !*mark
}

/// Which share of ages an install age is in; 3 where it is unknown.
pub(crate) const fn bucket(age_hours: Option<u32>) -> usize {
    match age_hours {
        Some(0..24) => 0,
        Some(24..72) => 1,
        Some(_) => 2,
        None => 3,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of host-days; an estimate needs no more")]
const fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
