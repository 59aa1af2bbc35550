// The call that answers with a person's own words, beside the JSON calls of `http.ts`.

import { defineCall } from "./call.ts";

export const export_calls = {
  export_user: defineCall({
    method: "GET",
    path: "/user/export",
    doc: [
      "A zip of the caller's own words, sent as it is made: `profile.jsonl`, `friends.jsonl`, `memberships.jsonl`, `conversations.jsonl`, `bots.jsonl`, `notification_settings.jsonl`, `push_subscriptions.jsonl`, `messages.jsonl`, `read_states.jsonl` and `uploads.jsonl`, each with one JSON object a line, and the images in `uploads/`. What others wrote is in none of them. Times are in fields that end in `_date`.",
      "What is cut off is no valid zip. One is sent to each person at a time; another waits for it, or is answered `unavailable`. It ends with the log-in that asks for it.",
    ].join("\n\n"),
    bearer: true,
    body: null,
    status: 200,
    reply: null,
    gives: { "application/zip": null },
    gives_headers: { "Content-Disposition": "What to call it." },
    errors: ["unauthorized", "not_found"],
    cost: 300,
  }),
} as const;
