// Checked by the compiler alone: what `aboveboard manifest types` writes narrows what may be told.
import { connect } from "../src/index.ts";
import { routes } from "../src/react-router.ts";
import { actions } from "../src/redux.ts";

interface Quarry {
  action: "data/trackTable";
  route: "/" | "/data/:source";
}

const telemetry = connect<Quarry>({ base: "/telemetry" });
telemetry.action("data/trackTable");
telemetry.route("/data/:source");
// @ts-expect-error not declared
telemetry.action("data/dropTable");
// @ts-expect-error an address, not a pattern
telemetry.route("/data/default");

actions(telemetry);
actions(connect());
routes({ state: { location: {}, navigation: { state: "idle" }, matches: [] }, subscribe: () => () => {} }, telemetry);
