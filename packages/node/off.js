// Where an opt-out is plain without the agent, so that none is started. Everything else is for the agent to judge.
"use strict";

const { lstatSync } = require("node:fs");
const { homedir } = require("node:os");
const { join } = require("node:path");

/** Where policy files of the machine lie. */
const policies = ["/etc/aboveboard/off.d", "/usr/lib/aboveboard/off.d"];
const YES = ["true", "1", "yes", "on", "enabled"];

/** Whether the flag, the environment or a policy file says no. `directory` is the state's, of a server. */
function isOff({ product = "", flag, directory }) {
  const { env } = process;
  const variable = `${product.toUpperCase().replaceAll("-", "_")}_ENABLE_TELEMETRY`;
  const switches = [flag, env.ENABLE_TELEMETRY, env[variable]];
  if (switches.some((text) => text !== undefined && !YES.includes(word(text)))) return true;
  if (!["", "0", "false"].includes(word(env.DO_NOT_TRACK ?? ""))) return true;
  if (isNamed(env.ABOVEBOARD_OFF_D, product)) return true;
  // A policy of the machine also deletes what was recorded, which takes the agent.
  return policies.some((folder) => isNamed(folder, product)) && !hasState(product, directory);
}

function word(text) {
  return `${text}`.replace(/^[ \t\n\f\r]+|[ \t\n\f\r]+$/g, "").toLowerCase();
}

function isNamed(folder, product) {
  const names = ["all", product].filter((name) => folder && name);
  return names.some((name) => exists(join(folder, name)));
}

function hasState(product, directory) {
  const bases = [process.env.XDG_STATE_HOME, join(process.env.HOME ?? homedir(), ".local/state")];
  const places = [directory ?? process.env.STATE_DIRECTORY, ...bases.map((base) => base && join(base, product))];
  return places.some((place) => place && exists(join(place, "telemetry")));
}

/** Whether a name is there, also as a link to nothing. */
function exists(path) {
  try {
    return Boolean(lstatSync(path));
  } catch {
    return false;
  }
}

module.exports = { isOff, policies };
