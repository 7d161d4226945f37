use proptest::prelude::*;

use super::*;

/// What comes out of a stream that arrives in pieces.
fn cut(pieces: &[&[u8]]) -> (Vec<String>, Option<&'static str>) {
    let (mut frames, mut messages) = (Frames::default(), Vec::new());
    let text = |message: Vec<u8>| String::from_utf8_lossy(&message).into_owned();
    for (number, piece) in pieces.iter().enumerate() {
        frames.push(piece);
        if number + 1 == pieces.len() {
            frames.end();
        }
        loop {
            match frames.next() {
                Ok(Some(message)) => messages.push(text(message)),
                Ok(None) => break,
                Err(why) => return (messages, Some(why)),
            }
        }
    }
    (messages, None)
}

#[test]
fn both_framings_are_told_apart_by_the_first_byte() {
    let (messages, wrong) = cut(&[b"<13>one\n5 <1>\na11 <13>1 - two<14>three\0<15>four"]);
    assert_eq!(messages, ["<13>one", "<1>\na", "<13>1 - two", "<14>three", "<15>four"]);
    assert_eq!(wrong, None);
}

#[test]
fn what_cannot_be_framed_cuts_the_sender_off_after_what_came_before() {
    for (bytes, why) in [
        (&b"<1>a\n99999999 x"[..], "too many digits"),
        (b"<1>a\n70000 x", "longer than 64 KiB"),
        (b"<1>a\n2026-03-02 x\n", "has no length"),
        (b"<1>a\n9 short", "cut short"),
        (b"<1>a\n9", "cut short"),
    ] {
        let (messages, wrong) = cut(&[bytes]);
        assert_eq!(messages, ["<1>a"]);
        assert!(wrong.unwrap().contains(why), "{wrong:?}");
    }
}

#[test]
fn a_long_line_is_cut_and_its_rest_is_passed_over() {
    let long = vec![b'x'; MESSAGE_BYTES_MAX + 10];
    let (messages, wrong) = cut(&[b"<1>", &long, &long, b"tail\n<1>next\n"]);
    assert_eq!((messages.len(), messages[0].len(), wrong), (2, MESSAGE_BYTES_MAX, None));
    assert_eq!(messages[1], "<1>next");
}

#[test]
fn lines_have_no_line_ends_inside() {
    let mut lines = Vec::new();
    for message in [&b"a\r\nb\n"[..], b"  \n", b"c"] {
        add(&mut lines, message);
    }
    assert_eq!(lines, b"a  b\nc\n");
}

proptest! {
    /// However a stream is cut on its way, the same messages come out.
    #[test]
    fn pieces_make_no_difference(
        messages in prop::collection::vec(("[a-z<>]{1,30}", any::<bool>()), 1..20),
        cuts in prop::collection::vec(0..400_usize, 0..10),
    ) {
        let mut stream = Vec::new();
        for (message, is_counted) in &messages {
            match is_counted {
                true => stream.extend(format!("{} {message}", message.len()).bytes()),
                false => stream.extend(format!("{message}\n").bytes()),
            }
        }
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect();
        let (out, wrong) = cut(&pieces);
        prop_assert_eq!(wrong, None);
        let wanted: Vec<&String> = messages.iter().map(|(message, _)| message).collect();
        prop_assert_eq!(out.iter().collect::<Vec<_>>(), wanted);
    }

    /// No bytes break it, and none make it keep more than a message.
    #[test]
    fn any_bytes_are_messages_or_an_end(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let pieces: Vec<&[u8]> = bytes.chunks(7).collect();
        cut(&pieces);
    }
}
