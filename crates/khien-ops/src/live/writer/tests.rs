use std::sync::mpsc::channel;

use super::*;
use crate::live::spool::{Form, ParcelKey, SpoolLimits};

const NOW: fn() -> Timestamp = || Timestamp::from_nanos(1_000_000_000);

fn parcel(number: usize) -> Parcel {
    let key = Some(ParcelKey::new("sender", &number.to_string()));
    Parcel { form: Form::Json, key, records: 1, bytes: format!("{{\"n\":{number}}}").into_bytes() }
}

fn spool(limits: SpoolLimits) -> (tempfile::TempDir, SharedSpool) {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::open(folder.path(), limits, NOW()).unwrap();
    (folder, Arc::new(Mutex::new(spool)))
}

#[test]
fn many_senders_are_answered_once_what_they_sent_is_durable() {
    let (_folder, spool) = spool(SpoolLimits::default());
    let (writer, thread) = Writer::start(Arc::clone(&spool), NOW);
    let (told, answers) = channel();
    std::thread::scope(|scope| {
        for sender in 0..8 {
            let (writer, told) = (writer.clone(), told.clone());
            scope.spawn(move || {
                for number in 0..50 {
                    let told = told.clone();
                    let reply = Box::new(move |taken| told.send(taken).unwrap());
                    writer.offer(parcel(sender * 50 + number), reply).unwrap();
                }
            });
        }
    });
    for _ in 0..400 {
        assert_eq!(answers.recv().unwrap(), Ok(Taken::New));
    }
    assert_eq!(writer.waiting_bytes(), 0);
    drop(writer);
    thread.join().unwrap();
    let mut spool = lock(&spool);
    spool.close_all();
    let mut reader = spool.next_segment(Form::Json).unwrap().unwrap();
    let (mut text, mut piece) = (Vec::new(), [0; 4096]);
    while let Some(read @ 1..) = reader.read_within(&mut piece, Duration::ZERO).unwrap() {
        text.extend_from_slice(&piece[..read]);
    }
    assert_eq!(text.iter().filter(|byte| **byte == b'\n').count(), 400);
}

#[test]
fn who_sends_to_a_full_spool_is_told_to_wait() {
    let (_folder, spool) = spool(SpoolLimits { bytes_max: 1, ..SpoolLimits::default() });
    let (writer, _thread) = Writer::start(Arc::clone(&spool), NOW);
    let send = |number| {
        let (told, answer) = channel();
        writer.offer(parcel(number), Box::new(move |taken| told.send(taken).unwrap())).unwrap();
        answer.recv().unwrap()
    };
    assert_eq!(send(1), Ok(Taken::New));
    assert_eq!(send(2), Err(Refused::Busy));
}
