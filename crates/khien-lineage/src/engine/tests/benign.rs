//! Benign releases by the dozen: how many become findings.
//!
//! Made up, so the share is one of this story and not of the world: releases bring domains, helpers,
//! modules and files at once, some features are used late or by few, and servers move.

use super::fleet::*;

/// A seeded source of chance.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((self.0 >> 33) % u64::from(bound)).unwrap()
    }

    fn one_in(&mut self, bound: u32) -> bool {
        self.below(bound) == 0
    }
}

const APPS: u32 = 16;
const DAYS: u32 = 60;
const ON: u32 = 30;
const CYCLE: u32 = 14;
const PLANTED: &str = "raw.githubusercontent.com";

fn letter(number: u32) -> char {
    char::from_u32(u32::from('a') + number).unwrap()
}

/// What a release newly does: at once, or when its user comes to it.
struct Habit {
    release: u32,
    name: String,
    /// One host in so many does it, on one day in so many.
    few: u32,
    seldom: u32,
}

/// The story of one application; gives back how many releases it had after the first.
fn tell(app: u32, chance: &mut Chance, story: &mut Story, is_planted: bool) -> u32 {
    let image = format!(r"C:\Program Files\Maker{0}\App{0}.exe", letter(app));
    let (company, product) = (format!("Maker {}", letter(app)), format!("App {}", letter(app)));
    let offset = chance.below(CYCLE);
    let releases = (DAYS + offset) / CYCLE;
    let mut habits = Vec::new();
    for release in 0..=releases {
        for number in 0..if release == 0 { 4 } else { chance.below(3) } {
            let name = match chance.below(8) {
                0 => format!("d{}{}.cloudfront.net", letter(app), letter(number)),
                1 if release == 0 => "objects.githubusercontent.com".to_owned(),
                _ => format!("svc{}.{}{}.example", number, letter(app), letter(release)),
            };
            let (few, seldom) = match chance.below(3) {
                0 => (1, 1),
                1 => (1, 10),
                _ => (4, 6),
            };
            habits.push(Habit { release, name, few, seldom });
        }
    }
    for day in 0..DAYS {
        for on in 0..ON {
            // Two rings: the first a day after the release, the second up to four days later.
            let behind = if on < 6 { 1 } else { 1 + on % 5 };
            let release = (day + offset).saturating_sub(behind) / CYCLE;
            let version = format!("{}.{release}", app + 1);
            let own =
                App { company: &company, product: &product, version: &version, image: &image };
            if is_planted && on == 7 && day + offset == 2 * CYCLE + behind + 8 {
                story.ask(day, 12.0, on, own, PLANTED);
            }
            if on % 9 == day % 9 {
                continue;
            }
            story.start(day, 8.0, on, own);
            let due = habits.iter().filter(|habit| habit.release <= release && on % habit.few == 0);
            for habit in due {
                if chance.one_in(habit.seldom) {
                    story.ask(day, 9.0 + f64::from(chance.below(480)) / 60.0, on, own, &habit.name);
                }
            }
            if release > 1 && release.is_multiple_of(2) {
                let helper = format!(r"C:\Program Files\Maker{}\helper{release}.exe", letter(app));
                story.child(day, 10.0, on, own, App { image: &helper, ..own });
            }
            // Servers move in the middle of the story, for all releases.
            if day > 33 && app.is_multiple_of(4) && chance.one_in(2) {
                story.ask(day, 11.0, on, own, &format!("edge.moved{}.example", letter(app)));
            }
        }
    }
    releases
}

#[test]
fn at_most_one_benign_release_in_twenty_is_a_finding() {
    let mut releases = 0;
    let mut found = Vec::new();
    for seed in 1..=3 {
        let mut chance = Chance(seed);
        let mut story = Story::default();
        releases += (0..APPS).map(|app| tell(app, &mut chance, &mut story, false)).sum::<u32>();
        let findings = story.findings();
        found.extend(open(&findings).iter().map(|(kind, value)| format!("{kind} {value}")));
    }
    assert!(releases > 150, "{releases}");
    assert!(found.len() * 20 <= releases as usize, "{} of {releases}: {found:?}", found.len());
}

/// In the same noise: one host of thirty, once, eight days after the update.
#[test]
fn the_planted_fetch_is_found_among_them() {
    for seed in 1..=3 {
        let mut chance = Chance(seed);
        let mut story = Story::default();
        for app in 0..APPS {
            tell(app, &mut chance, &mut story, app == 3);
        }
        let findings = story.findings();
        assert_eq!(open(&findings), [("runtime.contacts.shared-hosting", PLANTED)], "seed {seed}");
        assert_eq!(findings[0].lineage.product.as_raw(), "app d");
        assert_eq!(findings[0].version.as_raw(), "4.2");
    }
}
