use super::*;

#[test]
fn every_place_is_a_column() {
    let places = Places::new();
    for place in [
        places.time,
        places.org,
        places.host,
        places.class,
        places.format,
        places.log_product,
        places.log_service,
        places.log_category,
        places.app,
        places.app_version,
        places.signer,
        places.domain,
        places.bytes,
        places.sha256,
        places.sha1,
        places.md5,
        places.rule,
        places.title,
        places.severity,
        places.source,
        places.record,
        places.fields,
    ] {
        assert!(place < COLUMNS.len());
    }
}
