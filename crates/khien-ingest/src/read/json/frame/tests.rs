use super::*;
use proptest::prelude::*;

struct Trickle<'a>(&'a [u8], usize);
impl Read for Trickle<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.1.min(out.len()).min(self.0.len());
        out[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

fn frames(text: &[u8], step: usize, max: usize) -> Vec<(u64, String)> {
    let mut stream = Trickle(text, step);
    let mut frames = Frames::new(&mut stream, max);
    let mut out = Vec::new();
    while let Some((offset, frame)) = frames.next_frame().unwrap() {
        let shown = match frame {
            Frame::Value(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            other => format!("{other:?}"),
        };
        out.push((offset, shown));
    }
    out
}

fn check(text: &str, expected: &[&str]) {
    for step in [1, 7, 4096] {
        let shown: Vec<String> =
            frames(text.as_bytes(), step, 1000).into_iter().map(|(_, frame)| frame).collect();
        assert_eq!(shown, expected, "{text} in steps of {step}");
    }
}

#[test]
fn all_usual_layouts() {
    check("{\"a\":1}\n{\"b\":2}\n", &["{\"a\":1}", "{\"b\":2}"]);
    check("[{\"a\":1},\n{\"b\":\"}\\\"\"}]", &["{\"a\":1}", "{\"b\":\"}\\\"\"}"]);
    check(
        "{\n \"a\": {\n  \"b\": 1\n }\n}\n{\n \"c\": 2\n}",
        &["{\n \"a\": {\n  \"b\": 1\n }\n}", "{\n \"c\": 2\n}"],
    );
    check("{\"Records\": [{\"a\":1},{\"b\":2}], \"x\": {\"y\": 1}}", &["{\"a\":1}", "{\"b\":2}"]);
    check("{\"records\":[{\"a\":1}]}\n{\"records\":[{\"b\":2}]}\n", &["{\"a\":1}", "{\"b\":2}"]);
    check("{\"value\":[1,2]}", &["{\"value\":[1,2]}"]);
    check("\u{1e}{\"a\":1}\n\u{1e}{\"b\":2}\n", &["{\"a\":1}", "{\"b\":2}"]);
    check("\u{feff}{\"a\":1}", &["{\"a\":1}"]);
    check("[]", &[]);
    check("", &[]);
}

#[test]
fn damage_does_not_spread() {
    check("{\"a\":1}\n{\"b\":\"cut\n{\"c\":3}\n", &["{\"a\":1}", "Cut", "{\"c\":3}"]);
    check("{\"a\":{\n{\"c\":3}\n", &["Cut", "{\"c\":3}"]);
    check("noise\n{\"c\":3}\n", &["Text", "{\"c\":3}"]);
    check("{\"a\":1}\n{\"b\":", &["{\"a\":1}", "End"]);
    let long = format!("{{\"a\":\"{}\"}}\n{{\"b\":2}}\n", "x".repeat(600 << 10));
    let found = frames(long.as_bytes(), 4096, 1000);
    assert_eq!(found.len(), 2);
    assert!(found[0].1.starts_with("TooLarge"));
    assert_eq!(found[1].1, "{\"b\":2}");
}

proptest! {
    #[test]
    fn never_panics_and_always_ends(text in "[\\{\\}\\[\\]\",\\\\a\n:]{0,60}", step in 1_usize..9) {
        let _ = frames(text.as_bytes(), step, 16);
    }

    #[test]
    fn values_survive_any_layout(
        maps in prop::collection::vec(prop::collection::btree_map("[a-z]{1,4}", ".{0,6}", 1..5), 0..8),
        pretty in any::<bool>(), list in any::<bool>(), step in 1_usize..40,
    ) {
        let texts: Vec<String> = maps.iter().map(|map| {
            if pretty { serde_json::to_string_pretty(map).unwrap() } else { serde_json::to_string(map).unwrap() }
        }).collect();
        let all = if list { format!("[{}]", texts.join(",\n")) } else { texts.join("\n") };
        let found: Vec<String> = frames(all.as_bytes(), step, 1 << 20).into_iter().map(|f| f.1).collect();
        prop_assert_eq!(found, texts);
    }
}
