//! JSON records however they lie: one a line, pretty-printed, in a list, or in a wrapper object.
//!
//! Most files hold one record a line, and a line that parses is taken as it is. Otherwise records
//! are framed by counting braces. Damage never spreads: a raw line feed inside a string, or a line
//! that begins with `{` while a record is still open, means that the record before was cut, and
//! reading goes on from there.

use std::io::{self, Read};

use super::Context;
use crate::Place;
use crate::dead_letter::Reason;
use crate::flatten::{FlattenError, flatten_json};

mod frame;

use frame::{Frame, Frames};

/// Reads every record of a JSON stream.
///
/// # Errors
///
/// The stream's own error; records before it were handed on.
pub fn read(stream: &mut dyn Read, ctx: &mut Context<'_>) -> io::Result<()> {
    let mut frames = Frames::new(stream, ctx.limits.record_bytes_max);
    let mut record = 0_u64;
    loop {
        record = record.saturating_add(1);
        if let Some((offset, line)) = frames.whole_line() {
            ctx.event.clear();
            if flatten_json(line, ctx.event, ctx.limits.nesting_max).is_ok() {
                frames.consume_line();
                emit(ctx, Place { record, offset });
                continue;
            }
        }
        let Some((offset, frame)) = frames.next_frame()? else { return Ok(()) };
        match frame {
            Frame::Value(bytes) => {
                ctx.event.clear();
                match flatten_json(bytes, ctx.event, ctx.limits.nesting_max) {
                    Ok(()) => emit(ctx, Place { record, offset }),
                    Err(error) => {
                        let reason = match error {
                            FlattenError::TooDeep(_) => Reason::TooDeep,
                            _ => Reason::Malformed,
                        };
                        ctx.dead(offset, reason, error.to_string());
                    }
                }
            }
            Frame::Cut => ctx.dead(offset, Reason::Malformed, "the record is not closed"),
            Frame::Text => {
                ctx.dead(offset, Reason::Malformed, "text where a JSON object is expected")
            }
            Frame::End => ctx.dead(offset, Reason::Truncated, "the file ends inside a record"),
            Frame::TooLarge(bytes) => {
                ctx.dead(offset, Reason::TooLarge, format!("a record of at least {bytes} bytes"));
            }
        }
    }
}

fn emit(ctx: &mut Context<'_>, place: Place) {
    let format = ctx.normalizer.json(ctx.event, ctx.name.as_raw());
    ctx.emit(format, place);
}
