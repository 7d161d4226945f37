//! Pages of lists, by keyset: a cursor says after which item the next page begins, so that items that
//! come or go meanwhile neither repeat nor hide others.

/// Items of a page, unless asked for another number.
pub const LIMIT_DEFAULT: u32 = 200;

/// The most items of a page.
pub const LIMIT_MAX: u32 = 1000;
