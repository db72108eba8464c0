//! The types that the products are compiled with.

use super::profile::{DEVFILE_REGISTRY, HASURA, PCF_DEV};

#[test]
fn the_types_of_every_product_are_what_its_manifest_gives() {
    HASURA.check_types("go", "hasura/telemetry/telemetry.go");
    PCF_DEV.check_types("go", "pcf-dev/telemetry/telemetry.go");
    DEVFILE_REGISTRY.check_types("go", "devfile-registry/telemetry/telemetry.go");
}
