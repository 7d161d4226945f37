use proptest::prelude::*;

use super::*;

#[test]
fn names_that_dice_chose() {
    for name in [
        "6a57jk2ba1d9keg15cbg.appsync-api.us-west-2.example.com",
        "7sbvaemscs0mc925tb99.example.com",
        "gq1h856599gqh538acqn.example.com",
    ] {
        assert!(is_algorithmic(name), "{name}");
    }
    for name in [
        "telemetry.vendor.example",
        "configurationservice2.vendor.example",
        "raw.githubusercontent.com",
        "internationalisation.vendor.example",
        "ec2-198-51-100-7.compute.example",
        "deadbeef.vendor.example",
    ] {
        assert!(!is_algorithmic(name), "{name}");
    }
}

#[test]
fn names_a_hair_away() {
    for (name, of) in [
        ("daemontools.cc", "daemon-tools.cc"),
        ("softphnoe.test", "softphone.test"),
        ("s0ftphone.test", "softphone.example"),
        ("vendorrn.test", "vendorm.test"),
    ] {
        let is_hair = is_look_alike(name, of);
        assert_eq!(is_hair, name != "softphnoe.test", "{name} {of}");
    }
    for (name, of) in [
        // The same name elsewhere, numbers that count on, and short or other names.
        ("softphone.net", "softphone.test"),
        ("vendorcdn3.test", "vendorcdn5.test"),
        ("vendorcdn.test", "vendorcdn5.test"),
        ("abcd.test", "abce.test"),
        ("softphone.test", "softphonecdn.test"),
    ] {
        assert!(!is_look_alike(name, of), "{name} {of}");
    }
}

proptest! {
    #[test]
    fn look_alikes_are_mutual_and_never_oneself(one in "[a-c0-2-]{0,9}\\.test", two in "[a-c0-2-]{0,9}\\.test") {
        prop_assert_eq!(is_look_alike(&one, &two), is_look_alike(&two, &one));
        prop_assert!(!is_look_alike(&one, &one));
    }

    #[test]
    fn any_text_is_a_name(text in ".{0,60}") {
        is_algorithmic(&text);
        is_look_alike(&text, "softphone.test");
    }
}
