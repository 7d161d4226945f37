//! Installers: programs and databases that carry files and say what to do with them.

pub(crate) mod appimage;
pub(crate) mod asar;
pub(crate) mod burn;
pub(crate) mod cab;
mod cab_folder;
mod compound;
pub(crate) mod inno;
pub(crate) mod msi;
mod msi_actions;
mod msi_files;
pub(crate) mod nsis;
mod pe;
mod registry;
pub(crate) mod squirrel;
mod tables;
#[cfg(test)]
pub(crate) mod testing;

use crate::Format;

/// Which installer a PE program is, by its structure; `None` for a program that carries nothing.
pub(crate) fn recognise_pe(bytes: &[u8]) -> Option<Format> {
    if burn::is_bundle(bytes) {
        Some(Format::WixBurn)
    } else if nsis::is_nsis(bytes) {
        Some(Format::Nsis)
    } else if inno::is_inno(bytes) {
        Some(Format::Inno)
    } else if squirrel::is_setup(bytes) {
        Some(Format::SquirrelSetup)
    } else if squirrel::carries_archive(bytes) {
        Some(Format::SelfExtracting)
    } else {
        None
    }
}

/// Which installer an ELF program is (AppImage: `AI` at offset 8).
pub(crate) fn recognise_elf(bytes: &[u8]) -> Option<Format> {
    appimage::is_appimage(bytes).then_some(Format::AppImage)
}

/// Whether a compound file (`D0 CF 11 E0`) is an installer database.
pub(crate) fn is_msi(bytes: &[u8]) -> bool {
    msi::is_msi(bytes)
}

/// Days from 1970-01-01 to a day of the Gregorian calendar; `None` where there is no such day.
pub(crate) fn days_from_civil(year: u16, month: u16, day: u16) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years begin in March, so that the leap day is the last.
    let (month, day) = (i64::from(month), i64::from(day));
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::days_from_civil;

    #[test]
    fn days_are_counted_from_1970() {
        assert_eq!(days_from_civil(1970, 1, 1), Some(0));
        assert_eq!(days_from_civil(2000, 3, 1), Some(11_017));
        assert_eq!(days_from_civil(2026, 11, 22), Some(20_779));
        assert_eq!(days_from_civil(2026, 13, 1), None);
    }
}
