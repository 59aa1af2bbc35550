// How the server does.

import { nullable } from "../../protocol/message.ts";
import { Type } from "../../protocol/schema.ts";
import { defineOperation } from "../operation.ts";

const count = Type.Integer({ minimum: 0 });
const figure = nullable(Type.Number());

export const statsShow = defineOperation({
  name: "stats.show",
  command: "stats",
  http: { method: "GET", path: "/admin/stats" },
  doc: "Shows how much there is, and how the server does: commits since it started, and what the event loop was late by. Of several nodes that answer it is all commits, and of the event loops the latest.",
  input: Type.Object({}),
  output: Type.Object({
    stats: Type.Object({
      users: count,
      online: count,
      sessions: count,
      messages_today: count,
      upload_bytes: count,
      database_bytes: nullable(count),
      nodes: count,
      commits: count,
      commit_mean_ms: figure,
      loop_lag_p50_ms: figure,
      loop_lag_p99_ms: figure,
    }),
  }),
  errors: [],
  changes: false,
});

export const stats_operations = [statsShow] as const;
