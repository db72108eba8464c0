//! The types that the products are compiled with.

use super::profile::{DEVFILE_REGISTRY, HASURA, OPENVINO, PCF_DEV, PODMAN_DESKTOP};

#[test]
fn the_types_of_every_product_are_what_its_manifest_gives() {
    HASURA.check_types("go", "hasura/telemetry/telemetry.go");
    PCF_DEV.check_types("go", "pcf-dev/telemetry/telemetry.go");
    DEVFILE_REGISTRY.check_types("go", "devfile-registry/telemetry/telemetry.go");
    OPENVINO.check_types("python", "openvino/telemetry_gen.py");
    PODMAN_DESKTOP.check_types("typescript", "podman-desktop/src/telemetry.gen.ts");
}
