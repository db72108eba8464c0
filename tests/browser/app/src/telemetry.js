// All that the application says of telemetry: a session, a middleware (store.js), a router (main.jsx).
import { connect } from "@aboveboard/console";

export const telemetry = connect({ base: "/telemetry" });
