//! Texts that are made to hurt: each is refused or shown, soon, and the server goes on.

use super::*;

async fn refused(who: &mut Client, text: String) -> String {
    let began = tokio::time::Instant::now();
    let answer = who.json("POST", &format!("{PATH}/preview"), json!({ "text": text })).await;
    assert!(began.elapsed() < Duration::from_secs(20), "it took {:?}", began.elapsed());
    match answer.status.as_u16() {
        200 => {
            let read = answer.json();
            assert_eq!(read["usable"], 0, "{read:#}");
            read["documents"][0]["fault"]["code"].as_str().unwrap().to_owned()
        }
        422 => answer.json()["fields"][0]["code"].as_str().unwrap().to_owned(),
        other => panic!("{other}: {}", answer.text()),
    }
}

#[tokio::test]
async fn bombs_are_refused_soon() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let head = format!("title: T\nid: {ID}\nlogsource:\n    category: dns_query\n");
    let mut aliases = format!("{head}a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (one, before) in ('b'..='p').zip('a'..) {
        aliases
            .push_str(&format!("{one}: &{one} [{}]\n", vec![format!("*{before}"); 9].join(", ")));
    }
    assert_eq!(refused(&mut admin, aliases).await, "malformed");
    assert_eq!(refused(&mut admin, format!("{head}a: {}", "[".repeat(60_000))).await, "malformed");
    assert_eq!(
        refused(&mut admin, format!("{head}a: {}", "{b: ".repeat(15_000))).await,
        "malformed"
    );
    assert_eq!(refused(&mut admin, "title: x\n---\n".repeat(19_000)).await, "too_many");
    assert_eq!(refused(&mut admin, "---\n".repeat(60_000)).await, "empty");
    assert_eq!(
        refused(&mut admin, "x".repeat(khien_wire::RULE_TEXT_BYTES_MAX + 1)).await,
        "too_long"
    );
    assert_eq!(
        refused(&mut admin, format!("{head}description: {}\n", "x".repeat(70_000))).await,
        "too_long"
    );
    let condition =
        format!("{head}detection:\n    s: {{a: 1}}\n    condition: {}s\n", "not ".repeat(10_000));
    assert_eq!(refused(&mut admin, condition).await, "malformed");
    // Hundred thousand documents are more than a request may hold: this is the bound before reading.
    let many = "title: x\n---\n".repeat(100_000);
    let answer = admin.json("POST", &format!("{PATH}/preview"), json!({ "text": many })).await;
    assert_eq!(answer.expect(422).json()["fields"][0]["code"], "too_long");
    // Expressions that grow when they are made ready.
    for pattern in ["(((a{100}){100}){100}){100}", "(?:\\w{200}){200}", "(a|aa)+$", "(a*)*b"] {
        let text = format!(
            "{head}detection:\n    s:\n        QueryName|re: '{pattern}'\n    condition: s\n"
        );
        let began = tokio::time::Instant::now();
        admin.json("POST", &format!("{PATH}/preview"), json!({ "text": text })).await.expect(200);
        assert!(began.elapsed() < Duration::from_secs(10), "{pattern}: {:?}", began.elapsed());
    }
    let patterns: String = (0..2000).map(|n| format!("            - '\\w{{1,90}}{n}'\n")).collect();
    let text =
        format!("{head}detection:\n    s:\n        QueryName|re:\n{patterns}    condition: s\n");
    assert_eq!(refused(&mut admin, text).await, "too_many_patterns");
    // No Sigma at all.
    for text in [
        "{}",
        "- a\n- b",
        "a: b",
        "null",
        "42",
        "\u{0}",
        "%YAML 9.9\n---\n!!python/object:os.system x",
    ] {
        let code = refused(&mut admin, text.to_owned()).await;
        assert!(["empty", "malformed", "no_title"].contains(&code.as_str()), "{text}: {code}");
    }
    for (text, code) in [
        (format!("{head}action: global\n"), "global"),
        (
            format!("{head}filter:\n    rules: any\n    s: {{a: 1}}\n    condition: not s\n"),
            "filter",
        ),
        ("id: 1\ndetection: {a: {b: 1}, condition: a}\n".to_owned(), "no_title"),
        (rule("../../etc", "T", "x"), "malformed"),
        (rule("preview", "T", "x"), "malformed"),
    ] {
        assert_eq!(refused(&mut admin, text).await, code);
    }
    admin.get(PATH).await.expect(200);
    world.stop().await;
}

#[tokio::test]
async fn names_that_read_otherwise_than_they_are_stay_data() {
    let world = World::start().await;
    let mut admin = world.admin().await;
    let title = "\"\\u202Egpj.exe \\u0007<b>x</b> '; DROP TABLE rule; --\"";
    let made = add(&mut admin, &rule(ID, title, "odd").replace(&format!("id: {ID}\n"), "")).await;
    let made = made.expect(201).json();
    let one = &made["items"][0];
    assert!(one["title"].as_str().unwrap().contains("\u{202e}gpj.exe"));
    let id = one["id"].as_str().unwrap();
    assert!(id.starts_with("x-"), "an address is made for it: {id}");
    let off = json!({ "on": false, "reason": "'; --", "version": 1 });
    admin.json("PATCH", &format!("{PATH}/{id}"), off).await.expect(200);
    assert_eq!(show(&mut admin, id).await["rule"]["off"]["reason"], "'; --");
    admin.delete(&format!("{PATH}/{id}?version=2")).await.expect(204);
    world.stop().await;
}
