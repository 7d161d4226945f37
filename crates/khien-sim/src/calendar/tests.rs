use super::{SimTime, is_workday};

#[test]
fn first_day_is_monday_the_sixth_of_march_in_local_time() {
    let time = SimTime::on_day(0, 8 * 3600 + 731).plus_us(123_456);
    assert_eq!(time.sysmon(), "2023-03-06 01:12:11.123");
    assert_eq!(time.filetime(), "2023-03-06T01:12:11.1234560Z");
    assert_eq!(time.beats(), "2023-03-06T01:12:11.123Z");
    assert_eq!(time.nxlog(), "2023-03-06T08:12:11.123456+07:00");
    assert_eq!(time.suricata(), "2023-03-06T08:12:11.123456+0700");
    assert_eq!(time.zeek(), "1678065131.123456");
    assert_eq!(time.zeek_header(), "2023-03-06-01-12-11");
    assert_eq!(time.auditd(), "1678065131.123");
    assert_eq!(time.syslog(), "Mar  6 01:12:11");
    assert_eq!(time.timestamp().to_string(), "2023-03-06T01:12:11.123456Z");
    assert_eq!((time.day(), time.second_of_day()), (0, 8 * 3600 + 731));
}

#[test]
fn weekends_are_days_five_and_six() {
    assert!((0..5).all(is_workday));
    assert!(!is_workday(5) && !is_workday(6) && is_workday(7));
}
