use std::sync::mpsc::channel;

use super::*;
use crate::live::parcel::{Form, ParcelKey};
use crate::live::spool::SpoolLimits;

const NOW: fn() -> Timestamp = || Timestamp::from_nanos(1_000_000_000);

fn parcel(number: usize) -> Parcel {
    let key = Some(ParcelKey::new("sender", &number.to_string()));
    let bytes = format!("{{\"n\":{number}}}").into_bytes();
    Parcel { form: Form::Json, key, host: String::new(), records: 1, bytes }
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
                    writer.offer_all(vec![parcel(sender * 50 + number)], reply).unwrap();
                }
            });
        }
    });
    for _ in 0..400 {
        assert_eq!(answers.recv().unwrap(), Ok(vec![Taken::New]));
    }
    assert_eq!(writer.waiting_bytes(), 0);
    drop(writer);
    thread.join().unwrap();
    let mut reader = lock(&spool).read_after(0).unwrap();
    let mut lines = 0;
    while let Some(incoming) = reader.next(&spool, Duration::ZERO).unwrap() {
        lines += incoming.bytes.iter().filter(|byte| **byte == b'\n').count();
    }
    assert_eq!(lines, 400);
}

/// Old segments are closed also where parcels never stop coming.
#[test]
fn what_is_old_is_closed_while_parcels_come() {
    use std::sync::atomic::{AtomicI64, Ordering};
    static SECONDS: AtomicI64 = AtomicI64::new(1);
    let clock: fn() -> Timestamp =
        || Timestamp::from_nanos(SECONDS.load(Ordering::SeqCst) * 1_000_000_000);
    let (folder, spool) = spool(SpoolLimits::default());
    let (writer, thread) = Writer::start(Arc::clone(&spool), clock);
    let mut reader = lock(&spool).read_after(0).unwrap();
    let send = |number| {
        let (told, answer) = channel();
        writer
            .offer_all(vec![parcel(number)], Box::new(move |taken| told.send(taken).unwrap()))
            .unwrap();
        answer.recv().unwrap().unwrap();
    };
    send(1);
    let first = reader.next(&spool, Duration::ZERO).unwrap().unwrap();
    lock(&spool).stored(first.place).unwrap();
    SECONDS.store(700, Ordering::SeqCst);
    (2..5).for_each(send);
    assert!(!folder.path().join("000000000001.log").exists());
    drop(writer);
    thread.join().unwrap();
}

#[test]
fn who_sends_to_a_full_spool_is_told_to_wait() {
    let (_folder, spool) = spool(SpoolLimits { bytes_max: 1, ..SpoolLimits::default() });
    let (writer, _thread) = Writer::start(Arc::clone(&spool), NOW);
    let send = |number| {
        let (told, answer) = channel();
        writer
            .offer_all(vec![parcel(number)], Box::new(move |taken| told.send(taken).unwrap()))
            .unwrap();
        answer.recv().unwrap()
    };
    assert_eq!(send(1), Ok(vec![Taken::New]));
    assert_eq!(send(2), Err(Refused::Busy));
}

/// Half of a request would be there twice when its sender tries again.
#[test]
fn what_is_offered_together_is_taken_together() {
    let (_folder, spool) = spool(SpoolLimits::default());
    let (writer, _thread) = Writer::start(Arc::clone(&spool), NOW);
    let (told, answers) = channel();
    let send = |numbers: &[usize]| {
        let told = told.clone();
        let parcels = numbers.iter().map(|number| parcel(*number)).collect();
        writer.offer_all(parcels, Box::new(move |taken| told.send(taken).unwrap())).unwrap();
    };
    send(&[1, 2]);
    send(&[3]);
    send(&[2, 4, 1]);
    let taken: Vec<_> = answers.iter().take(3).map(Result::unwrap).collect();
    let expected = [
        vec![Taken::New, Taken::New],
        vec![Taken::New],
        vec![Taken::Before(1), Taken::New, Taken::Before(1)],
    ];
    assert_eq!(taken, expected);
}
