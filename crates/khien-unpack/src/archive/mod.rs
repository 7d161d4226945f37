//! Archives and compressors.

pub(crate) mod ar;
pub(crate) mod crc;
pub(crate) mod oci;
pub(crate) mod openpgp;
pub(crate) mod rpm;
pub(crate) mod self_extracting;
pub(crate) mod seven_zip;
pub(crate) mod stream;
pub(crate) mod tar;
pub(crate) mod zip;
