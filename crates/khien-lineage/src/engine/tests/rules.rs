//! Every rule with a hit and a near miss.

use khien_model::EventClass;

use super::fleet::*;
use crate::{Status, TraitKind};

const RAW: &str = "raw.githubusercontent.com";
const NOBODY: &[(&str, &str)] = &[];

#[test]
fn an_ordinary_update_is_no_finding() {
    assert_eq!(open(&Story::rollout(40).findings()), NOBODY);
}

/// The story of March 2023: a week after the update, one host fetches from a raw-file site.
#[test]
fn the_first_fetch_from_a_raw_file_site_is_a_finding() {
    let mut story = Story::rollout(UPDATE + 8);
    story.events.retain(|event| event.time.unwrap() <= at(UPDATE + 7, 12.0));
    story.ask(UPDATE + 7, 12.0, 0, phone(NEW), RAW);
    let findings = story.findings();
    assert_eq!(open(&findings), [(TraitKind::ContactsShared.id(), RAW)]);
    let finding = &findings[0];
    assert_eq!(finding.version.as_raw(), NEW);
    assert_eq!(finding.lineage.publisher.as_raw(), "vendor");
    let contrast = finding.evidence.contrast;
    assert_eq!((contrast.showing, contrast.on_release, contrast.on_earlier), (1, 14, 46));
    assert_eq!(contrast.ever_earlier, 60);
    assert_eq!(finding.evidence.sightings[0].age_hours, Some(7 * 24 + 4));
    assert_eq!(finding.raised, at(UPDATE + 7, 12.0));
    assert_eq!(finding.sentence().id, "lineage.says.delayed");
    assert_eq!(finding.recompute(), *finding);
    assert!(finding.evidence.weigh().surprise > 10.0);
}

/// Further hosts change the numbers of the one finding.
#[test]
fn one_finding_for_all_hosts() {
    let mut story = Story::rollout(UPDATE + 12);
    for on in 0..14 {
        story.ask(updated_on(on) + 7, 12.0, on, phone(NEW), RAW);
    }
    let findings = story.findings();
    assert_eq!(open(&findings), [(TraitKind::ContactsShared.id(), RAW)]);
    let contrast = findings[0].evidence.contrast;
    assert_eq!((contrast.showing, contrast.on_release, contrast.on_earlier), (14, 14, 46));
    assert_eq!(findings[0].raised, at(UPDATE + 7, 12.0));
}

#[test]
fn what_the_earlier_release_did_is_no_departure() {
    let mut story = Story::rollout(UPDATE + 8);
    story.ask(3, 12.0, 40, phone(OLD), RAW);
    story.ask(UPDATE + 7, 12.0, 0, phone(NEW), RAW);
    assert_eq!(open(&story.findings()), NOBODY);
}

/// The whole fleet is on the release: nothing to compare with but the past.
#[test]
fn it_is_found_where_every_host_has_the_release() {
    let version = |day, on| if day >= UPDATE + on % 3 { NEW } else { OLD };
    let mut story = Story::office(UPDATE + 9, version);
    story.ask(UPDATE + 8, 12.0, 1, phone(NEW), RAW);
    let findings = story.findings();
    assert_eq!(open(&findings), [(TraitKind::ContactsShared.id(), RAW)]);
    assert_eq!(findings[0].evidence.contrast.on_earlier, 0);
}

#[test]
fn a_new_delivery_domain_on_all_hosts_at_once_sinks() {
    for name in ["edge.newcdn.example", "d111abc.cloudfront.net", "objects.githubusercontent.com"] {
        let mut story = Story::rollout(UPDATE + 12);
        for day in UPDATE..UPDATE + 12 {
            for on in (0..14).filter(|on| is_updated(day, *on)) {
                story.ask(day, 9.0, on, phone(NEW), name);
            }
        }
        assert_eq!(open(&story.findings()), NOBODY, "{name}");
    }
}

/// A server's doing: old and new releases change on the same day.
#[test]
fn a_move_of_servers_on_old_and_new_alike_sinks() {
    let mut story = Story::rollout(UPDATE + 14);
    for day in UPDATE + 9..UPDATE + 14 {
        for on in 0..HOSTS {
            // The first to ask is on the new release.
            let app = phone(if is_updated(day, on) { NEW } else { OLD });
            story.ask(day, 9.0 + f64::from(on) / 60.0, on, app, "assets.newcdn.example");
        }
    }
    assert_eq!(open(&story.findings()), NOBODY);
}

/// The same on a place where anybody may put things: a finding at first, taken back by the old hosts.
#[test]
fn a_finding_is_taken_back_when_old_releases_do_it_on_the_same_day() {
    let mut story = Story::rollout(UPDATE + 12);
    for on in 0..HOSTS {
        let app = phone(if on < 14 { NEW } else { OLD });
        story.ask(UPDATE + 9, 9.0 + f64::from(on) / 60.0, on, app, RAW);
    }
    let findings = story.findings();
    assert_eq!(open(&findings), NOBODY);
    assert!(matches!(findings[0].status, Status::Withdrawn { .. }), "{:#?}", findings[0]);
}

#[test]
fn another_telemetry_vendor_with_the_release_sinks() {
    let mut story = Story::rollout(UPDATE + 14);
    for day in UPDATE..UPDATE + 14 {
        for on in (0..14).filter(|on| is_updated(day, *on)) {
            for (minute, name) in
                ["in.metrics.example", "eu.errors.example", "cfg.flags.example"].iter().enumerate()
            {
                story.ask(day, 9.0 + minute as f64 / 60.0, on, phone(NEW), name);
            }
        }
    }
    assert_eq!(open(&story.findings()), NOBODY);
}

fn helper() -> App<'static> {
    App {
        company: "Vendor Ltd.",
        product: "Softphone",
        version: NEW,
        image: r"C:\Program Files\Softphone\helper.exe",
    }
}

#[test]
fn a_new_helper_sinks_and_a_new_shell_rises() {
    let story = |child: App<'static>| {
        let mut story = Story::rollout(UPDATE + 10);
        for day in UPDATE..UPDATE + 10 {
            for on in (0..14).filter(|on| is_updated(day, *on)) {
                story.child(day, 10.0, on, phone(NEW), child);
            }
        }
        story.findings()
    };
    assert_eq!(open(&story(helper())), NOBODY);
    assert_eq!(open(&story(SHELL)), [(TraitKind::StartsInterpreter.id(), "cmd.exe")]);
}

#[test]
fn a_beta_ring_sinks() {
    let version = |day: u32, on: u32| match on {
        0..3 if day >= 12 => "18.12.400-beta",
        0..14 if day >= UPDATE => NEW,
        _ => OLD,
    };
    let mut story = Story::office(UPDATE + 14, version);
    for day in 12..UPDATE + 14 {
        for on in (0..14).filter(|on| version(day, *on) != OLD) {
            story.ask(day, 9.0, on, phone(version(day, on)), "beta.newcdn.example");
            story.child(day, 9.1, on, phone(version(day, on)), helper());
        }
    }
    assert_eq!(open(&story.findings()), NOBODY);
}

/// The company is bought: another name in the files, the same program in the same place.
#[test]
fn a_new_owner_continues_the_lineage() {
    let app = |day: u32, on: u32| {
        let is_new = is_updated(day, on);
        App {
            company: if is_new { "Buyer Inc." } else { "Vendor Ltd." },
            ..phone(if is_new { NEW } else { OLD })
        }
    };
    let mut story = Story::default();
    for day in 0..UPDATE + 10 {
        for on in 0..HOSTS {
            story.usual(day, on, app(day, on));
            if is_updated(day, on) {
                story.ask(day, 9.5, on, app(day, on), "id.buyer.example");
            }
        }
    }
    let mut engine = engine();
    story.tell(&mut engine);
    assert_eq!(open(&engine.findings()), NOBODY);
    let lineages = engine.lineages();
    let phones: Vec<_> =
        lineages.iter().filter(|l| l.name.product.as_raw() == "softphone").collect();
    assert_eq!(phones.len(), 1);
    assert_eq!(phones[0].name.publisher.as_raw(), "buyer");
    assert_eq!(phones[0].earlier_publishers[0].as_raw(), "vendor");
    assert_eq!(phones[0].releases.len(), 2);
}

/// One product takes over what another of the same publisher did, on a place for everybody.
#[test]
fn a_merged_product_does_what_its_sibling_did() {
    let mail = App {
        company: "Vendor Ltd.",
        product: "Mail",
        version: "4.1",
        image: r"C:\Program Files\VendorMail\mail.exe",
    };
    for (maker, expected) in [("Vendor Ltd.", 0), ("Somebody GmbH", 1)] {
        let mut story = Story::rollout(UPDATE + 10);
        for day in 0..UPDATE {
            for on in 0..20 {
                story.start(day, 7.0, on, App { company: maker, ..mail });
                story.ask(day, 7.1, on, mail, RAW);
            }
        }
        story.ask(UPDATE + 7, 12.0, 0, phone(NEW), RAW);
        assert_eq!(open(&story.findings()).len(), expected, "{maker}");
    }
}

#[test]
fn late_and_odd_things_rise() {
    type Deed = fn(&mut Story, u32);
    let day = UPDATE + 7;
    let cases: [(&str, Deed); 5] = [
        ("runtime.files.secrets", |story, day| {
            let path = r"C:\Users\an\AppData\Local\Google\Chrome\User Data\Default\History";
            let fields = [("ObjectName", path)];
            story.act(day, 12.0, 0, phone(NEW), EventClass::File, "file_access", &fields);
        }),
        ("runtime.files.startup", |story, day| {
            let path =
                r"C:\Users\an\AppData\Roaming\Microsoft\Windows\Start Menu\Programs\Startup\a.lnk";
            story.write(day, 12.0, 0, phone(NEW), path);
        }),
        ("runtime.registry.persistence", |story, day| {
            let key = r"HKU\S-1\Software\Microsoft\Windows\CurrentVersion\Run\a";
            let fields = [("TargetObject", key)];
            story.act(day, 12.0, 0, phone(NEW), EventClass::Registry, "registry_set", &fields);
        }),
        ("runtime.loads.unsigned", |story, day| {
            let fields = [
                ("ImageLoaded", r"C:\Users\an\AppData\Local\Temp\a.dll"),
                ("Signed", "false"),
                ("SignatureStatus", "Unavailable"),
            ];
            story.act(day, 12.0, 0, phone(NEW), EventClass::Module, "image_load", &fields);
        }),
        ("runtime.contacts.address", |story, day| {
            let fields = [
                ("DestinationIp", "198.51.100.7"),
                ("DestinationPort", "443"),
                ("Initiated", "true"),
                ("Protocol", "tcp"),
            ];
            story.act(day, 12.0, 0, phone(NEW), EventClass::Network, "network_connection", &fields);
        }),
    ];
    for (kind, deed) in cases {
        let mut hit = Story::rollout(UPDATE + 9);
        deed(&mut hit, day);
        let findings = hit.findings();
        assert!(
            open(&findings).iter().any(|(found, _)| *found == kind),
            "{kind}: {:?}",
            open(&findings)
        );
        // The same from a release that always did it.
        let mut miss = Story::rollout(UPDATE + 9);
        deed(&mut miss, 2);
        deed(&mut miss, day);
        assert_eq!(open(&miss.findings()), NOBODY, "{kind}");
    }
}

/// What was asked for is what the connection means; only an address without a name stands for itself.
#[test]
fn a_connection_to_a_resolved_address_is_its_name() {
    let mut story = Story::rollout(UPDATE + 9);
    let fields = [
        ("DestinationIp", "192.0.2.9"),
        ("DestinationPort", "443"),
        ("Initiated", "true"),
        ("DestinationHostname", "owner.of.block.example"),
    ];
    story.act(UPDATE + 7, 12.0, 0, phone(NEW), EventClass::Network, "network_connection", &fields);
    let mut engine = engine();
    story.tell(&mut engine);
    assert_eq!(open(&engine.findings()), NOBODY);
    let lineages = engine.lineages();
    let phone = lineages.iter().find(|l| l.name.product.as_raw() == "softphone").unwrap();
    let values: Vec<_> = phone.traits.iter().map(|t| t.of.value.as_raw()).collect();
    assert!(
        !values.iter().any(|value| value.contains("192.0.2.9") || value.contains("block.example")),
        "{values:?}"
    );
}

/// A single quiet domain is not enough; several hosts that agree in install age are.
#[test]
fn hosts_that_agree_in_install_age_add_up() {
    let told = |ages: [u32; 5]| {
        let mut story = Story::rollout(UPDATE + 26);
        for (on, age) in (0..).zip(ages) {
            let on: u32 = on;
            story.ask(
                updated_on(on) + age,
                12.0 + f64::from(on) * 0.2,
                on,
                phone(NEW),
                "avsvmcloud.example",
            );
        }
        story.findings()
    };
    let aligned = told([13, 13, 13, 13, 13]);
    assert_eq!(open(&aligned), [(TraitKind::ContactsDomain.id(), "avsvmcloud.example")]);
    assert_eq!(open(&told([4, 23, 9, 17, 12])), NOBODY);
}

/// Within a day of the first host: those that had the release first show it first. The same domain on the
/// same hosts in another order could come from anywhere.
#[test]
fn hosts_that_follow_the_order_of_installation_add_up_within_a_day() {
    let told = |order: [u32; 6]| {
        // Two hosts are updated each day, half a day apart.
        let version = |day: u32, on: u32| if day >= UPDATE + on / 2 { NEW } else { OLD };
        let mut story = Story::office_of(24, UPDATE + 14, version);
        for (place, on) in (0..).zip(order) {
            story.ask(UPDATE + 10, 8.5 + f64::from(place), on, phone(NEW), "tree.example");
        }
        story.findings()
    };
    let findings = told([0, 1, 2, 3, 4, 5]);
    assert_eq!(open(&findings), [(TraitKind::ContactsDomain.id(), "tree.example")]);
    let places: Vec<u32> = findings[0].evidence.sightings.iter().map(|seen| seen.place).collect();
    assert_eq!(places, [1; 6]);
    assert_eq!(open(&told([9, 3, 14, 6, 11, 1])), NOBODY);
}

/// An update while the implant sleeps: hosts agree in the age of the first poisoned release.
#[test]
fn an_update_in_between_makes_nothing_younger() {
    let version = |day: u32, on: u32| match on {
        0..14 if day >= UPDATE + 6 => NEW,
        0..14 if day >= UPDATE => "18.12.407",
        _ => OLD,
    };
    let mut story = Story::office(UPDATE + 10, version);
    story.ask(UPDATE + 5, 12.0, 0, phone("18.12.407"), RAW);
    story.ask(UPDATE + 7, 12.0, 1, phone(NEW), RAW);
    let findings = story.findings();
    assert_eq!(findings[0].version.as_raw(), "18.12.407");
    let contrast = findings[0].evidence.contrast;
    assert_eq!((contrast.ages_apart_h, contrast.carried_apart_h), (4 * 24 + 1, 2 * 24 - 1));
}

/// A host that goes back to the old release and goes on is no witness for the old release.
#[test]
fn a_host_that_went_back_does_not_clear_the_release() {
    let version = |day: u32, on: u32| match on {
        0 if day >= UPDATE + 8 => OLD,
        _ if is_updated(day, on) => NEW,
        _ => OLD,
    };
    let mut story = Story::office(UPDATE + 12, version);
    story.ask(UPDATE + 7, 12.0, 0, phone(NEW), RAW);
    story.ask(UPDATE + 9, 12.0, 0, phone(OLD), RAW);
    let mut engine = engine();
    story.tell(&mut engine);
    let findings = engine.findings();
    assert_eq!(open(&findings), [(TraitKind::ContactsShared.id(), RAW)]);
    assert_eq!(findings[0].version.as_raw(), NEW);
    let lineages = engine.lineages();
    let phone = lineages.iter().find(|l| l.name.product.as_raw() == "softphone").unwrap();
    let back = phone.releases[0].hosts.iter().find(|on| on.host.as_raw() == host(0)).unwrap();
    assert!(back.is_rollback);
    assert!(phone.releases[0].hosts.iter().filter(|on| on.is_rollback).count() == 1);
}

/// Two poisoned releases: the finding names the older, and says that the newer does it too.
#[test]
fn a_release_that_inherits_is_named_beside() {
    let version = |day: u32, on: u32| match on {
        0..7 if day >= UPDATE => NEW,
        7..14 if day >= UPDATE => "18.12.407",
        _ => OLD,
    };
    let mut story = Story::office(UPDATE + 10, version);
    story.ask(UPDATE + 7, 12.0, 0, phone(NEW), RAW);
    story.ask(UPDATE + 8, 12.0, 9, phone("18.12.407"), RAW);
    let findings = story.findings();
    assert_eq!(open(&findings).len(), 1);
    assert_eq!(findings[0].version.as_raw(), "18.12.407");
    assert_eq!(findings[0].also.iter().map(|v| v.as_raw()).collect::<Vec<_>>(), [NEW]);
}

/// A browser goes where its user likes.
#[test]
fn a_browser_on_shared_hosting_is_none() {
    let browser = |version| App {
        company: "Maker",
        product: "Browser",
        version,
        image: r"C:\Program Files\Maker\chrome.exe",
    };
    let mut story = Story::default();
    for day in 0..UPDATE + 9 {
        for on in 0..20 {
            let app = browser(if is_updated(day, on) { "2.0" } else { "1.0" });
            story.start(day, 8.0, on, app);
            for page in 0..3 {
                let name = format!("site{}.example", (day * 7 + on * 13 + page * 29) % 97);
                story.ask(day, 9.0 + f64::from(page) / 10.0, on, app, &name);
            }
        }
    }
    story.ask(UPDATE + 7, 12.0, 0, browser("2.0"), RAW);
    assert_eq!(open(&story.findings()), NOBODY);
}

/// A fleet that is watched for a day knows nothing yet.
#[test]
fn nothing_is_odd_on_the_first_days() {
    let mut story = Story::rollout(1);
    story.ask(0, 12.0, 0, phone(OLD), RAW);
    assert_eq!(open(&story.findings()), NOBODY);
}

/// Programs that run before anybody watches have no version until they start again: that is no update.
#[test]
fn a_version_that_becomes_known_is_no_update() {
    let mut story = Story::default();
    for day in 0..UPDATE + 10 {
        for on in 0..HOSTS {
            match day {
                0 => story.start(day, 7.5, on, phone("")),
                UPDATE => story.start(day, 7.5, on, phone(NEW)),
                _ => {}
            }
            story.ask(day, 9.0, on, phone(""), "updates.vendor.example");
        }
    }
    story.ask(UPDATE + 7, 12.0, 0, phone(""), RAW);
    let mut engine = engine();
    story.tell(&mut engine);
    assert_eq!(open(&engine.findings()), NOBODY);
    let lineages = engine.lineages();
    let phone = lineages.iter().find(|l| l.name.product.as_raw() == "softphone").unwrap();
    let of_new = phone.releases.iter().find(|release| release.version.as_raw() == NEW).unwrap();
    assert_eq!(of_new.hosts.len(), 60);
    assert!(of_new.hosts.iter().all(|on| on.age_hours.is_none()));
}

/// A place for everybody that all other products go to is still odd for this one; a domain is not.
#[test]
fn what_everybody_does_excuses_ordinary_destinations_only() {
    let mut story = Story::rollout(UPDATE + 10);
    for number in 0..5_u32 {
        let image = format!(
            r"C:\Program Files\Tool{}\tool.exe",
            ["a", "b", "c", "d", "e"][number as usize]
        );
        let product = format!("Tool {}", ["a", "b", "c", "d", "e"][number as usize]);
        for day in 0..UPDATE {
            let tool = App { company: "Tools", product: &product, version: "1", image: &image };
            for on in 0..5 {
                story.start(day, 7.0, on, tool);
                story.ask(day, 7.1, on, tool, RAW);
                story.ask(day, 7.1, on, tool, "in.metrics.example");
            }
        }
    }
    story.ask(UPDATE + 7, 12.0, 0, phone(NEW), RAW);
    story.ask(UPDATE + 7, 12.0, 1, phone(NEW), "in.metrics.example");
    let findings = story.findings();
    assert_eq!(open(&findings), [(TraitKind::ContactsShared.id(), RAW)]);
    assert_eq!(findings[0].evidence.elsewhere, 5);
}

/// A large office in which everybody has the release, over five days: the first fetch of 500 hosts.
#[test]
fn the_first_fetch_of_five_hundred_hosts_is_a_finding() {
    let version = |day, on| if day >= UPDATE + on % 5 { NEW } else { OLD };
    let mut story = Story::office_of(500, UPDATE + 10, version);
    for on in 0..200 {
        let on = on * 2;
        story.ask(UPDATE + on % 5 + 7, 12.0 + f64::from(on) / 100.0, on, phone(NEW), RAW);
    }
    let findings = story.findings();
    assert_eq!(open(&findings), [(TraitKind::ContactsShared.id(), RAW)]);
    assert_eq!(findings[0].raised, at(UPDATE + 7, 12.0));
    assert_eq!(findings[0].evidence.contrast.on_earlier, 0);
    // Beyond 64 hosts their number is an estimate.
    let showing = findings[0].evidence.contrast.showing;
    assert!((60..=260).contains(&showing), "{showing}");
}
