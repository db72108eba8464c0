// Checked by the compiler alone: what `aboveboard manifest types` writes narrows what may be told.
import type { Telemetry as Quarry } from "../../../tests/browser/app/src/telemetry.gen.ts";
import { connect } from "../src/index.ts";
import { routes } from "../src/react-router.ts";
import { actions } from "../src/redux.ts";

const telemetry = connect<Quarry>({ base: "/telemetry" });
telemetry.action("data/trackTable");
telemetry.route("/data/:source/schema/:schema");
// @ts-expect-error not declared
telemetry.action("data/dropTable");
// @ts-expect-error an address, not a pattern
telemetry.route("/data/default/schema/public");

actions(telemetry);
actions(connect());
routes({ state: { location: {}, navigation: { state: "idle" }, matches: [] }, subscribe: () => () => {} }, telemetry);
