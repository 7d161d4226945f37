//! Object identifiers.

use const_oid::ObjectIdentifier;

macro_rules! oids {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub(crate) const $name: ObjectIdentifier = ObjectIdentifier::new_unwrap($text);)*
    };
}

oids! {
    // CMS and its attributes (RFC 5652, RFC 3161, PKCS #9)
    DATA = "1.2.840.113549.1.7.1";
    SIGNED_DATA = "1.2.840.113549.1.7.2";
    CONTENT_TYPE = "1.2.840.113549.1.9.3";
    MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
    SIGNING_TIME = "1.2.840.113549.1.9.5";
    COUNTER_SIGNATURE = "1.2.840.113549.1.9.6";
    TST_INFO = "1.2.840.113549.1.9.16.1.4";
    TIME_STAMP_TOKEN = "1.2.840.113549.1.9.16.2.14";
    // Microsoft (Authenticode)
    SPC_INDIRECT_DATA = "1.3.6.1.4.1.311.2.1.4";
    SPC_PE_IMAGE_DATA = "1.3.6.1.4.1.311.2.1.15";
    PAGE_HASHES_V1 = "1.3.6.1.4.1.311.2.3.1";
    PAGE_HASHES_V2 = "1.3.6.1.4.1.311.2.3.2";
    NESTED_SIGNATURE = "1.3.6.1.4.1.311.2.4.1";
    MS_TIME_STAMP = "1.3.6.1.4.1.311.3.3.1";
    CERTIFICATE_TRUST_LIST = "1.3.6.1.4.1.311.10.1";
    // Digests
    SHA1 = "1.3.14.3.2.26";
    SHA256 = "2.16.840.1.101.3.4.2.1";
    SHA384 = "2.16.840.1.101.3.4.2.2";
    SHA512 = "2.16.840.1.101.3.4.2.3";
    // Signatures and keys
    RSA = "1.2.840.113549.1.1.1";
    SHA1_RSA = "1.2.840.113549.1.1.5";
    SHA1_RSA_OIW = "1.3.14.3.2.29";
    SHA256_RSA = "1.2.840.113549.1.1.11";
    SHA384_RSA = "1.2.840.113549.1.1.12";
    SHA512_RSA = "1.2.840.113549.1.1.13";
    EC_KEY = "1.2.840.10045.2.1";
    SHA1_ECDSA = "1.2.840.10045.4.1";
    SHA256_ECDSA = "1.2.840.10045.4.3.2";
    SHA384_ECDSA = "1.2.840.10045.4.3.3";
    SHA512_ECDSA = "1.2.840.10045.4.3.4";
    P256 = "1.2.840.10045.3.1.7";
    P384 = "1.3.132.0.34";
    // Names (X.520)
    COMMON_NAME = "2.5.4.3";
    SUBJECT_SERIAL = "2.5.4.5";
    COUNTRY = "2.5.4.6";
    ORGANISATION = "2.5.4.10";
    ORGANISATIONAL_UNIT = "2.5.4.11";
    JURISDICTION_COUNTRY = "1.3.6.1.4.1.311.60.2.1.3";
    // Certificate extensions (RFC 5280)
    SUBJECT_KEY_ID = "2.5.29.14";
    KEY_USAGE = "2.5.29.15";
    BASIC_CONSTRAINTS = "2.5.29.19";
    AUTHORITY_KEY_ID = "2.5.29.35";
    EXTENDED_KEY_USAGE = "2.5.29.37";
    // Purposes
    CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
    TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
    ANY_USAGE = "2.5.29.37.0";
}

/// Prefix of the usages by which Microsoft's signing service names a verified identity, whatever the
/// leaf of the day is; `.97.1.` are markers of the programme and not of anyone's identity.
pub(crate) const IDENTITY_PREFIX: &str = "1.3.6.1.4.1.311.97.";
/// See [`IDENTITY_PREFIX`].
pub(crate) const IDENTITY_PROGRAMME: &str = "1.3.6.1.4.1.311.97.1.";
