use super::*;

fn read(text: &str) -> Result<Request, Fault> {
    Request::of(text.as_bytes(), "logs", "token", "made")
}

#[test]
fn documents_are_records_and_each_action_has_an_item() {
    let text = r#"{"create":{}}
{"a":1}
{ "index" : { "_index" : "other", "_id" : 7, "pipeline": "x" } }
  {"b":2}

{"delete":{"_id":"1"}}
{"update":{"_id":"2"}}
{"doc":{}}
{"create":{"_id":"3"}}
[1]
"#;
    let Request { parcel, items } = read(text).unwrap();
    assert_eq!(String::from_utf8(parcel.bytes).unwrap(), "{\"a\":1}\n{\"b\":2}\n");
    assert_eq!((parcel.records, parcel.key), (2, None));
    let told: Vec<_> = items
        .iter()
        .flatten()
        .map(|(word, item)| (word.as_str(), item.index.as_str(), item.id.as_str(), item.status))
        .collect();
    let expected = [
        ("create", "logs", "made-0", 201),
        ("index", "other", "7", 201),
        ("delete", "logs", "1", 400),
        ("update", "logs", "2", 400),
        ("create", "logs", "3", 400),
    ];
    assert_eq!(told, expected);
}

#[test]
fn who_names_every_document_may_send_them_again() {
    let key = |action: &str, document: &str| {
        read(&format!("{{\"create\":{action}}}\n{document}\n")).unwrap().parcel.key.unwrap()
    };
    let one = key(r#"{"_id":"a"}"#, "{}");
    assert_eq!(key(r#"{"_id":"a"}"#, "{}"), one);
    // The same names with other contents, or elsewhere, are other records.
    for (action, document) in [
        (r#"{"_id":"b"}"#, "{}"),
        (r#"{"_id":"a"}"#, r#"{"a":1}"#),
        (r#"{"_id":"a","_index":"other"}"#, "{}"),
    ] {
        assert_ne!(key(action, document), one, "{action} {document}");
    }
    let elsewhere = Request::of(b"{\"create\":{\"_id\":\"a\"}}\n{}\n", "other", "token", "made");
    assert_ne!(elsewhere.unwrap().parcel.key.unwrap(), one);
    assert!(read("{\"create\":{}}\n{}\n").unwrap().parcel.key.is_none());
}

#[test]
fn a_request_of_too_many_actions_is_refused() {
    let text = |count: u32| "{\"delete\":{}}\n".repeat(count as usize);
    assert_eq!(read(&text(ITEMS_MAX)).unwrap().items.len(), 50_000);
    let fault = read(&text(ITEMS_MAX + 1)).unwrap_err();
    assert!(format!("{fault:?}").contains("50000 records"), "{fault:?}");
}

#[test]
fn what_is_no_bulk_request_is_refused_with_its_line() {
    for (text, line) in [
        ("[]\n{}\n", "line 1"),
        ("{}\n{}\n", "line 1"),
        ("{\"create\":{}}\n{}\nno\n{}\n", "line 3"),
        ("{\"create\":{},\"index\":{}}\n{}\n", "line 1"),
        ("{\"make\":{}}\n{}\n", "line 1"),
        ("\n{\"index\":{}}\n", "line 2"),
    ] {
        let fault = read(text).unwrap_err();
        assert!(format!("{fault:?}").contains(line), "{fault:?}");
    }
    assert_eq!(read("").unwrap().items.len(), 0);
}

#[test]
fn tokens_come_in_the_ways_of_elasticsearch() {
    let packed = BASE64.encode(b"shipper:khn_x");
    for (header, token) in [
        (format!("ApiKey {packed}"), Some("khn_x")),
        (format!("Basic {packed}"), Some("khn_x")),
        ("apikey khn_x".to_owned(), Some("khn_x")),
        (format!("Bearer {packed}"), None),
        ("Basic not base64".to_owned(), None),
        ("ApiKey".to_owned(), None),
    ] {
        assert_eq!(token_of(&header).as_deref(), token, "{header}");
    }
}
