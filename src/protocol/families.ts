// Every HTTP call that the server answers, by families: whatever is made of all of them is made of this list.

import { bot_calls } from "./bots.ts";
import type { CallFamily } from "./call.ts";
import { document_calls } from "./documents.ts";
import { export_calls } from "./exports.ts";
import { health_calls } from "./health.ts";
import { account_calls } from "./http.ts";
import { invite_calls } from "./invites.ts";
import { socket_calls } from "./socket.ts";
import { upload_calls } from "./uploads.ts";
import { webhook_calls } from "./webhooks.ts";

export const call_families: readonly CallFamily[] = [
  { name: "accounts", doc: "Accounts and their tokens.", calls: account_calls },
  { name: "bots", doc: "The accounts of people's own programs.", calls: bot_calls },
  { name: "uploads", doc: "Files, in and out.", calls: upload_calls },
  { name: "exports", doc: "What somebody may take along.", calls: export_calls },
  { name: "invites", doc: "What an invite leads to.", calls: invite_calls },
  { name: "webhooks", doc: "What programs say in channels.", calls: webhook_calls },
  { name: "socket", doc: "The WebSocket, which `/api/v1/asyncapi.json` describes.", calls: socket_calls },
  { name: "documents", doc: "The protocol, for programs.", calls: document_calls },
  { name: "health", doc: "For probes and operators.", calls: health_calls },
];
