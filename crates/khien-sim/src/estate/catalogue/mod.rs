//! The software of the fleet: invented products, and the products whose incidents are published.
//!
//! Names of vendors, products and hosts are invented; their domains lie under `.example` (RFC
//! 2606), one registered name each. Products of published incidents keep their names.

mod desk;
mod elsewhere;
mod service;
pub(crate) mod vehicle;

use super::product::Product;

/// Every product, in a stable order.
pub(crate) fn products() -> Vec<&'static Product> {
    [desk::PRODUCTS, service::PRODUCTS, elsewhere::PRODUCTS, vehicle::PRODUCTS]
        .into_iter()
        .flatten()
        .collect()
}
