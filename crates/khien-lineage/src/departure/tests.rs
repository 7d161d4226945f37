use proptest::prelude::*;

use super::*;
use crate::{RuntimeRates, Standing};

fn evidence(kind: TraitKind) -> Evidence {
    let rates = RuntimeRates::built_in().unwrap();
    Evidence {
        of: Trait { kind, value: Untrusted::from("x") },
        contrast: Contrast {
            showing: 1,
            on_release: 14,
            as_old: 3,
            on_earlier: 46,
            ever_earlier: 60,
            by_age: [0, 0, 1, 0],
            ..Contrast::default()
        },
        known: Known {
            host_days: 1200,
            traits: 3,
            once: 0,
            chances: 98,
            pooled_new: 0,
            pooled_host_days: 1200,
            is_manner: false,
            is_installer: false,
            peers: None,
        },
        sightings: vec![sighting(Some(168))],
        has_earlier: true,
        is_browser: false,
        is_network: false,
        is_own: false,
        elsewhere: 0,
        in_family: false,
        companion: None,
        traffic: None,
        from_files: None,
        rate: rates.of(kind).unwrap().clone(),
        ages: rates.ages(),
    }
}

fn sighting(age_hours: Option<u32>) -> Sighting {
    Sighting {
        host: Untrusted::from("pc"),
        version: Untrusted::from("2"),
        first: Timestamp::from_nanos(0),
        age_hours,
        place: 0,
        of: 0,
    }
}

fn bits(change: impl FnOnce(&mut Evidence)) -> f64 {
    let mut evidence = evidence(TraitKind::ContactsShared);
    change(&mut evidence);
    evidence.weigh().bits
}

#[test]
fn a_late_fetch_from_a_place_for_everybody_is_enough_alone() {
    assert!(bits(|_| {}) > RAISE_BITS);
    assert!(bits(|e| e.sightings = vec![sighting(Some(1))]) < RAISE_BITS);
    assert!(bits(|e| e.sightings = vec![sighting(None)]) < RAISE_BITS);
}

#[test]
fn what_moves_the_sum_moves_it_the_right_way() {
    let plain = bits(|_| {});
    // A lineage that does something new every other day.
    assert!(bits(|e| e.known.once = 600) < plain - 2.5);
    // All lineages do.
    assert!(bits(|e| e.known.pooled_new = 600) < plain);
    assert!(bits(|e| e.in_family = true) < plain - 5.0);
    assert!(bits(|e| e.has_earlier = false) < plain - 1.0);
    // Many could, few do.
    assert!(bits(|e| e.contrast.as_old = 14) > plain);
    // Far apart in age, on the same day.
    let server = |e: &mut Evidence| {
        (e.contrast.ages_apart_h, e.contrast.dates_apart_h) = (700, 6);
        e.contrast.carried_apart_h = 700;
    };
    assert!(bits(server) < plain - 3.0);
    // The same age, days apart.
    let timer = |e: &mut Evidence| {
        e.contrast.by_age = [0, 0, 4, 0];
        (e.contrast.ages_apart_h, e.contrast.dates_apart_h) = (3, 60);
    };
    assert!(bits(timer) > plain + 2.0);
}

#[test]
fn popularity_excuses_the_ordinary_only() {
    let ordinary = |elsewhere| {
        let mut evidence = evidence(TraitKind::ContactsDomain);
        evidence.elsewhere = elsewhere;
        evidence.weigh().bits
    };
    assert!(ordinary(3) < ordinary(0) - 2.0);
    assert!((bits(|e| e.elsewhere = 3) - bits(|_| {})).abs() < 1e-9);
}

/// The contrast is the probability of an accident: one of 14 in 60, then two.
#[test]
fn the_contrast_is_exact() {
    let accident = |showing| {
        let mut evidence = evidence(TraitKind::ContactsShared);
        evidence.contrast.showing = showing;
        evidence.weigh().accident
    };
    assert!((accident(1) - 14.0 / 60.0).abs() < 1e-12);
    assert!((accident(2) - 14.0 * 13.0 / (60.0 * 59.0)).abs() < 1e-12);
    assert!(accident(14) < 1e-12);
}

#[test]
fn judged_rates_say_so() {
    assert_eq!(evidence(TraitKind::ContactsShared).rate.standing, Standing::Judged);
    let counted = evidence(TraitKind::ContactsDomain).rate.standing;
    assert_eq!(counted, Standing::Counted(TraitKind::NamesHost));
}

/// Three hosts of twenty that show it late: in the order in which they were installed, or in none.
#[test]
fn the_order_of_installation_points_to_the_release() {
    let told = |places: [u32; 3], prompt: u32| {
        let mut one = evidence(TraitKind::ContactsDomain);
        one.contrast = Contrast {
            showing: 3,
            on_release: 20,
            as_old: 9,
            on_earlier: 4,
            by_age: [prompt, 0, 3 - prompt, 0],
            ..one.contrast
        };
        let placed = places.iter().zip([20, 19, 18]);
        let seen = |(place, of): (&u32, u32)| Sighting { place: *place, of, ..sighting(Some(170)) };
        one.sightings = placed.map(seen).collect();
        one.weigh()
    };
    let (ordered, random) = (told([1, 1, 2], 0), told([4, 17, 11], 0));
    assert!(ordered.bits > random.bits + 2.0, "{ordered:?} {random:?}");
    let aligned = |score: &Score| score.terms.iter().any(|term| term.of == Step::Alignment);
    assert!(aligned(&ordered) && !aligned(&random));
    // What most do at once after installation, and what has no place, tells nothing by its order.
    assert!(!aligned(&told([1, 1, 2], 2)));
    assert!(!aligned(&told([1, 1, 0], 0)));
}

#[test]
fn a_maker_who_never_names_himself_is_less_odd_when_he_does_it_again() {
    for (kind, is_less) in [
        (TraitKind::StartsNameless, true),
        (TraitKind::LoadsUnsigned, true),
        (TraitKind::ContactsShared, false),
    ] {
        let with = |is_manner| {
            let mut one = evidence(kind);
            one.known.is_manner = is_manner;
            one.weigh().bits
        };
        assert_eq!(with(true) < with(false), is_less, "{kind}");
    }
}

/// What a product that nobody ran before is weighed by.
fn newcomer(kind: TraitKind, known: u32, showing: u32) -> Evidence {
    let mut evidence = Evidence { has_earlier: false, ..evidence(kind) };
    evidence.known.peers = Some(Peers { known, showing });
    evidence
}

#[test]
fn a_newcomer_is_the_odder_the_more_applications_never_do_it() {
    let bits = |known, showing| newcomer(TraitKind::InjectsInto, known, showing).weigh().bits;
    assert!(bits(200, 0) > bits(20, 0) + 1.0);
    assert!(bits(200, 0) > RAISE_BITS && bits(20, 0) < RAISE_BITS);
    // Where several do it, it is the way of applications there.
    assert!(bits(200, 8) < RAISE_BITS - 2.0);
}

/// The day and the number of hosts say nothing of what is new altogether.
#[test]
fn a_newcomer_is_not_weighed_by_age_and_spread() {
    let mut one = newcomer(TraitKind::InjectsInto, 50, 0);
    let before = one.weigh();
    one.sightings = vec![sighting(Some(0)), sighting(Some(90)), sighting(None)];
    one.contrast = Contrast { showing: 3, on_release: 40, as_old: 40, ..Contrast::default() };
    assert_eq!(one.weigh(), before);
}

#[test]
fn what_applications_do_together_is_no_company_of_a_newcomer() {
    let with = |together| {
        let mut one = newcomer(TraitKind::InjectsInto, 50, 1);
        let of = Trait { kind: TraitKind::LoadsDriver, value: Untrusted::from("a.sys") };
        one.companion = Some(Companion { of, bits: 4.0, together });
        one.weigh().bits
    };
    assert!((with(0) - with(1) - 2.0).abs() < 1e-9);
}

#[test]
fn what_installers_are_for_is_not_odd_of_them() {
    let with = |kind, is_installer| {
        let mut one = evidence(kind);
        one.known.is_installer = is_installer;
        one.weigh().bits
    };
    let service = |is_installer| with(TraitKind::PersistsRegistry, is_installer);
    assert!(service(true) + 1.9 < service(false));
    let inject = |is_installer| with(TraitKind::InjectsInto, is_installer);
    assert_eq!(inject(true), inject(false));
}

#[test]
fn a_new_browser_takes_over_what_other_browsers_keep() {
    let with = |is_browser| {
        let one = newcomer(TraitKind::ReadsSecrets, 50, 0);
        Evidence { is_browser, ..one }.weigh().bits
    };
    assert!(with(false) > RAISE_BITS && with(true) < WITHDRAW_BITS);
}

proptest! {
    #[test]
    fn any_evidence_has_a_finite_sum_that_its_steps_make(
        kind in prop::sample::select(TraitKind::RUNTIME),
        counts in prop::array::uniform9(any::<u32>()),
        known in prop::array::uniform5(any::<u64>()),
        ages in prop::collection::vec(prop::option::of(any::<u32>()), 0..20),
        flags in any::<[bool; 4]>(),
        peers in prop::option::of(any::<[u32; 3]>()),
        company in prop::option::of(-50.0..50.0_f64),
    ) {
        let mut evidence = evidence(kind);
        let [showing, on_release, as_old, on_earlier, a, b, c, ages_apart_h, dates_apart_h] = counts;
        evidence.contrast = Contrast {
            showing, on_release, as_old, on_earlier, ever_earlier: a, by_age: [a / 2, b / 2, c / 2, 0], ages_apart_h, carried_apart_h: a, dates_apart_h,
        };
        let [host_days, once, chances, pooled_new, pooled_host_days] = known;
        let together = peers.map_or(0, |[_, _, together]| together);
        let peers = peers.map(|[known, showing, _]| Peers { known, showing: showing.min(known) });
        evidence.known = Known { host_days, traits: 0, once, chances, pooled_new, pooled_host_days, is_manner: false, is_installer: false, peers };
        evidence.sightings = ages.into_iter().map(sighting).collect();
        [evidence.has_earlier, evidence.is_browser, evidence.in_family, evidence.known.is_installer] = flags;
        evidence.companion = company.map(|bits| Companion { of: evidence.of.clone(), bits, together });
        let score = evidence.weigh();
        prop_assert!(score.bits.is_finite() && score.bits.abs() < 60.0, "{score:?}");
        prop_assert!((score.terms.iter().map(|term| term.bits).sum::<f64>() - score.bits).abs() < 1e-9);
        prop_assert!((0.0..=1.0).contains(&score.accident));
        let stored = serde_json::to_string(&evidence).unwrap();
        let again: Evidence = serde_json::from_str(&stored).unwrap();
        prop_assert_eq!(again.weigh(), score);
    }

    /// Each further host on the release makes the accident less likely.
    #[test]
    fn more_hosts_never_make_it_an_accident(on_release in 1_u32..500, on_earlier in 0_u32..500) {
        let accident = |showing| {
            let mut evidence = evidence(TraitKind::ContactsShared);
            evidence.contrast = Contrast { showing, on_release, on_earlier, ..Contrast::default() };
            evidence.weigh().accident
        };
        for showing in 1..on_release.min(60) {
            prop_assert!(accident(showing + 1) <= accident(showing));
        }
    }
}
