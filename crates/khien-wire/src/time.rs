//! Times on the wire: RFC 3339 in UTC, always with milliseconds.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// A time, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Time(i64);

impl Time {
    /// A time from milliseconds since 1970. What no calendar can write becomes the nearest that it can.
    pub fn from_ms(ms: i64) -> Self {
        let bound = |at: jiff::Timestamp| at.as_millisecond();
        Self(ms.clamp(bound(jiff::Timestamp::MIN), bound(jiff::Timestamp::MAX)))
    }

    /// Milliseconds since 1970.
    pub const fn as_ms(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339; below milliseconds it is cut off.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|at| Self(at.as_millisecond()))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::MAX);
        write!(f, "{at:.3}")
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("a time as in RFC 3339 is expected"))
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("RFC 3339, UTC, with milliseconds"))
            .into()
    }
}

impl ToSchema for Time {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_with_milliseconds_and_read_in_any_zone() {
        let check = |ms: i64, text: &str| {
            assert_eq!(Time::from_ms(ms).to_string(), text);
            assert_eq!(Time::parse(text), Some(Time::from_ms(ms)));
        };
        check(0, "1970-01-01T00:00:00.000Z");
        check(1_680_000_000_120, "2023-03-28T10:40:00.120Z");
        check(-1, "1969-12-31T23:59:59.999Z");
        assert_eq!(
            Time::parse("2023-03-28T17:40:00.1209+07:00"),
            Some(Time::from_ms(1_680_000_000_120))
        );
        assert_eq!(Time::parse("yesterday"), None);
        assert_eq!(Time::from_ms(i64::MAX).to_string().get(..4), Some("9999"));
    }
}
