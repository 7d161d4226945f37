//! Microsoft Authenticode.
