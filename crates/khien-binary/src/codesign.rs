//! Apple code signatures: not read yet.
