//! CRC.
