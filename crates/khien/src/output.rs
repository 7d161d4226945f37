//! Renders a report: one file a format, all from the same [`crate::scan::report::Report`].
