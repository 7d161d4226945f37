//! Requests in protocol buffers, read in place: nothing is kept of what is not a record.
//!
//! Source: protobuf.dev, "Encoding". Groups are not used by this protocol.

use std::borrow::Cow;

use data_encoding::HEXLOWER;

use super::line::Taker;
use super::{Bad, Origin, OtlpError, Record, of_record};
use crate::tree::{Budget, Member, Value};

/// What a field holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Field<'a> {
    Bytes(&'a [u8]),
    Fixed32(u32),
    Fixed64(u64),
    Varint(u64),
}

impl<'a> Field<'a> {
    fn bytes(self) -> Result<&'a [u8], Bad> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err(Bad::malformed("a number stands where a message is expected")),
        }
    }

    fn text(self) -> Result<Cow<'a, str>, Bad> {
        self.bytes().map(String::from_utf8_lossy)
    }

    fn number(self) -> Result<u64, Bad> {
        match self {
            Self::Fixed32(number) => Ok(u64::from(number)),
            Self::Fixed64(number) | Self::Varint(number) => Ok(number),
            Self::Bytes(_) => Err(Bad::malformed("a message stands where a number is expected")),
        }
    }
}

/// The fields of a message, in their order.
struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    const fn of(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// The next field with its number.
    fn next(&mut self) -> Result<Option<(u64, Field<'a>)>, Bad> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let key = self.varint()?;
        let field = match key & 7 {
            0 => Field::Varint(self.varint()?),
            1 => Field::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| cut())?;
                Field::Bytes(self.take(length)?)
            }
            5 => Field::Fixed32(u32::from_le_bytes(self.array()?)),
            _ => return Err(Bad::malformed("an unknown kind of field")),
        };
        match key >> 3 {
            0 => Err(Bad::malformed("a field without a number")),
            number => Ok(Some((number, field))),
        }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Bad> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(cut)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Bad> {
        self.take(N)?.try_into().map_err(|_| cut())
    }

    fn varint(&mut self) -> Result<u64, Bad> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Bad::malformed("a number of more than 64 bits"))
    }
}

fn cut() -> Bad {
    Bad::malformed("it ends inside a field")
}

/// Reads `ExportLogsServiceRequest`.
pub(super) fn read(bytes: &[u8], taker: &mut Taker) -> Result<(), OtlpError> {
    let mut fields = Fields::of(bytes);
    while let Some((number, field)) = fields.next().map_err(Bad::of_request)? {
        if number == 1 {
            let bytes = field.bytes().map_err(Bad::of_request)?;
            resource_logs(bytes, taker)?;
        }
    }
    Ok(())
}

/// `ResourceLogs`: the resource may stand behind its records.
fn resource_logs(bytes: &[u8], taker: &mut Taker) -> Result<(), OtlpError> {
    let mut origin = Origin::default();
    let mut budget = of_record();
    let mut fields = Fields::of(bytes);
    while let Some((number, field)) = fields.next().map_err(Bad::of_request)? {
        if number == 1 {
            let mut inside = Fields::of(field.bytes().map_err(Bad::of_request)?);
            while let Some((number, field)) = inside.next().map_err(Bad::of_request)? {
                if number == 1 {
                    let member = field.bytes().and_then(|bytes| key_value(bytes, &mut budget));
                    origin.resource.push(member.map_err(Bad::of_request)?);
                }
            }
        }
    }
    let mut fields = Fields::of(bytes);
    while let Some((number, field)) = fields.next().map_err(Bad::of_request)? {
        if number == 2 {
            scope_logs(field.bytes().map_err(Bad::of_request)?, &mut origin, taker)?;
        }
    }
    Ok(())
}

fn scope_logs<'a>(
    bytes: &'a [u8],
    origin: &mut Origin<'a>,
    taker: &mut Taker,
) -> Result<(), OtlpError> {
    origin.scope = Cow::Borrowed("");
    let mut fields = Fields::of(bytes);
    while let Some((number, field)) = fields.next().map_err(Bad::of_request)? {
        if number == 1 {
            let mut inside = Fields::of(field.bytes().map_err(Bad::of_request)?);
            while let Some((number, field)) = inside.next().map_err(Bad::of_request)? {
                if number == 1 {
                    origin.scope = field.text().map_err(Bad::of_request)?;
                }
            }
        }
    }
    let mut fields = Fields::of(bytes);
    while let Some((number, field)) = fields.next().map_err(Bad::of_request)? {
        if number == 2 {
            taker.take(origin, field.bytes().and_then(log_record))?;
        }
    }
    Ok(())
}

fn log_record(bytes: &[u8]) -> Result<Record<'_>, Bad> {
    let mut record = Record::default();
    let mut budget = of_record();
    let mut fields = Fields::of(bytes);
    while let Some((number, field)) = fields.next()? {
        match number {
            1 => record.time = field.number()?,
            2 => record.severity = field.number()?.cast_signed(),
            3 => record.severity_text = field.text()?,
            5 => record.body = any_value(field.bytes()?, &mut budget)?,
            6 => record.attributes.push(key_value(field.bytes()?, &mut budget)?),
            9 => record.trace_id = hex(field.bytes()?),
            10 => record.span_id = hex(field.bytes()?),
            11 => record.observed = field.number()?,
            12 => record.event_name = field.text()?,
            _ => {}
        }
    }
    Ok(record)
}

/// An id as text; one that is all zeros says nothing.
fn hex(bytes: &[u8]) -> Cow<'_, str> {
    let says_something = bytes.len() <= 16 && bytes.iter().any(|byte| *byte != 0);
    if says_something { Cow::Owned(HEXLOWER.encode(bytes)) } else { Cow::Borrowed("") }
}

fn key_value<'a>(bytes: &'a [u8], budget: &mut Budget) -> Result<Member<'a>, Bad> {
    Bad::counted(budget)?;
    let mut member = (Cow::Borrowed(""), Value::Nothing);
    let mut fields = Fields::of(bytes);
    while let Some((number, field)) = fields.next()? {
        match number {
            1 => member.0 = field.text()?,
            2 => member.1 = any_value(field.bytes()?, budget)?,
            _ => {}
        }
    }
    Ok(member)
}

fn any_value<'a>(bytes: &'a [u8], budget: &mut Budget) -> Result<Value<'a>, Bad> {
    Bad::counted(budget)?;
    let mut value = Value::Nothing;
    let mut fields = Fields::of(bytes);
    while let Some((number, field)) = fields.next()? {
        value = match number {
            1 => Value::Text(field.text()?),
            2 => Value::Bool(field.number()? != 0),
            3 => Value::Int(field.number()?.cast_signed()),
            4 => Value::Float(f64::from_bits(field.number()?)),
            5 | 6 => {
                Bad::entered(budget)?;
                let inside = inside(number, field.bytes()?, budget)?;
                budget.leave();
                inside
            }
            7 => Value::Bytes(Cow::Borrowed(field.bytes()?)),
            _ => value,
        };
    }
    Ok(value)
}

/// What is in an `ArrayValue` (5) or a `KeyValueList` (6).
fn inside<'a>(kind: u64, bytes: &'a [u8], budget: &mut Budget) -> Result<Value<'a>, Bad> {
    let (mut list, mut map) = (Vec::new(), Vec::new());
    let mut fields = Fields::of(bytes);
    while let Some((number, field)) = fields.next()? {
        match (number, kind) {
            (1, 5) => list.push(any_value(field.bytes()?, budget)?),
            (1, _) => map.push(key_value(field.bytes()?, budget)?),
            _ => {}
        }
    }
    Ok(if kind == 5 { Value::List(list) } else { Value::Map(map) })
}
