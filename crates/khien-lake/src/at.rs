//! Where the columns stand that code names, as places in [`COLUMNS`].
//!
//! A name that is no column does not compile.

use crate::columns::COLUMNS;

macro_rules! places {
    ($($constant:ident = $name:literal;)*) => {
        $(
            #[doc = concat!("The column `", $name, "`.")]
            pub const $constant: usize = place($name);
        )*
    };
}

places! {
    TIME = "time";
    ORG = "org";
    HOST = "host";
    CLASS = "class";
    FORMAT = "format";
    LOG_PRODUCT = "log_product";
    LOG_SERVICE = "log_service";
    LOG_CATEGORY = "log_category";
    IMAGE = "image";
    APP = "app";
    APP_VERSION = "app_version";
    SIGNER = "signer";
    PROCESS = "process";
    MODULE = "module";
    FILE = "file";
    REGISTRY = "registry";
    DOMAIN = "domain";
    URL = "url";
    USER_AGENT = "user_agent";
    DST_IP = "dst_ip";
    BYTES = "bytes";
    SHA256 = "sha256";
    SHA1 = "sha1";
    MD5 = "md5";
    RULE = "rule";
    TITLE = "title";
    SEVERITY = "severity";
    SOURCE = "source";
    RECORD = "record";
    FIELDS = "fields";
}

#[expect(clippy::panic, reason = "stops the build, never a run")]
const fn place(name: &str) -> usize {
    let mut columns: &[crate::columns::Column] = COLUMNS;
    let mut place = 0;
    while let [column, rest @ ..] = columns {
        if same(column.name.as_bytes(), name.as_bytes()) {
            return place;
        }
        (columns, place) = (rest, place + 1);
    }
    panic!("no column has this name")
}

const fn same(mut one: &[u8], mut other: &[u8]) -> bool {
    loop {
        match (one, other) {
            ([], []) => return true,
            ([a, rest @ ..], [b, more @ ..]) if *a == *b => (one, other) = (rest, more),
            _ => return false,
        }
    }
}
