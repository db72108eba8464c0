//! The types that the products are compiled with.

use super::profile::HASURA;

#[test]
fn the_types_of_every_product_are_what_its_manifest_gives() {
    HASURA.check_types("go", "hasura/telemetry/telemetry.go");
}
