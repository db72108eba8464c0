import { actions } from "@aboveboard/console/redux";
import { configureStore, createAsyncThunk, createSlice } from "@reduxjs/toolkit";

import { telemetry } from "./telemetry.ts";

/** Fails without the admin secret; its error text then names what was asked for. */
export const load = createAsyncThunk("data/load", async ({ name, secret }) => {
  const reply = await fetch(`/v1/metadata?table=${encodeURIComponent(name)}`, {
    headers: { "x-quarry-admin-secret": secret },
  });
  if (!reply.ok) throw new Error(`${name}: the server answered ${reply.status}`);
  return reply.json();
});

const data = createSlice({
  name: "data",
  initialState: { tables: [], problem: "" },
  reducers: {
    trackTable: (state, { payload }) => void state.tables.push(payload.name),
    untrackTable: (state, { payload }) => {
      state.tables = state.tables.filter((name) => name !== payload.name);
    },
  },
  extraReducers: (builder) =>
    builder.addCase(load.rejected, (state, { error }) => {
      state.problem = error.message;
    }),
});

export const { trackTable, untrackTable } = data.actions;

export const store = configureStore({
  reducer: { data: data.reducer },
  middleware: (standard) => standard().concat(actions(telemetry)),
});
