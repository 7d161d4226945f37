//! The software of the fleet: invented products, and the products whose incidents are published.
//!
//! Names of vendors, products and hosts are invented; their domains lie under `.example` (RFC
//! 2606), one registered name each. Products of published incidents keep their names.

mod apart;
mod desk;
mod elsewhere;
mod newcomer;
mod service;
pub(crate) mod vehicle;

use super::product::Product;

/// Every product, in a stable order.
pub(crate) fn products() -> Vec<&'static Product> {
    // The last come last, so that the others' draws stay what they were.
    [
        desk::PRODUCTS,
        service::PRODUCTS,
        elsewhere::PRODUCTS,
        vehicle::PRODUCTS,
        newcomer::PRODUCTS,
        apart::PRODUCTS,
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Whether a fleet has the product only where its incident is asked for.
pub(crate) fn is_apart(product: &Product) -> bool {
    apart::PRODUCTS.iter().any(|apart| apart.key == product.key)
}
