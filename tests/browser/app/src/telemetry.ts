// All that the application says of telemetry: a session, a middleware (store.js), a router (main.jsx).
import { connect } from "@aboveboard/console";

import type { Telemetry } from "./telemetry.gen.ts";

export const telemetry = connect<Telemetry>({ base: "/telemetry" });
