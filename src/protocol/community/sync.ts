// Catching up: what a client's copy lacks of each topic that it has loaded before.

import type { Static } from "typebox";
import { limits } from "../../domain/limits.ts";
import { costByCount, defineMessage } from "../message.ts";
import { Type } from "../schema.ts";
import { Seq } from "./entities.ts";
import { type EventData, type EventType, events } from "./events.ts";

/** An event as it stands in an answer, of the same shape as one that is pushed. */
export type SyncedEvent<Name extends EventType = EventType> = {
  [N in Name]: { type: N; topic: string; seq: number; data: EventData<N> };
}[Name];

const SyncedEventSchema = Type.Unsafe<SyncedEvent>(
  Type.Object({
    type: Type.Enum(
      events.map(({ type }) => type),
      { description: "event" },
    ),
    topic: Type.String(),
    seq: Seq,
    data: Type.Object({}, { description: "the event's data" }),
  }),
);

export const SyncedTopic = Type.Union([
  Type.Object({ seq: Seq, events: Type.Array(SyncedEventSchema) }),
  Type.Object({ gone: Type.Literal(true) }),
  Type.Object({ reset: Type.Literal(true) }),
]);
export type SyncedTopic = Static<typeof SyncedTopic>;
export const RESET: SyncedTopic = { reset: true };
export const GONE: SyncedTopic = { gone: true };

const Copies = Type.Object({
  epoch: Type.String({ maxLength: limits.epoch_length }),
  topics: Type.Record(Type.String(), Seq, { maxProperties: limits.topics_per_request }),
});

export const sync = defineMessage({
  type: "sync",
  dialect: "community",
  doc: [
    "Brings a copy up to date, however old it is. `topics` holds the `seq` that the client last saw of each, from a reply or an event; `epoch` is that of the `ready` under which it was loaded.",
    "Each topic is answered by the events that turn the copy into what is there now, oldest first, and the session is subscribed to it: what changes from then on comes as events after the reply.",
    "Several changes of one thing may come as one. An event may repeat what the client knows: added again, a thing replaces the one of its id; changed or deleted, one that it doesn't hold is passed over.",
    "Messages come with `me` in their `reactions`. A `user:` topic always brings one `user_changed` with the present `status` and `playing`.",
    `\`gone\`: it is not there for the asker, any more or at all. \`reset\`: drop it and load it again, because the epoch is another, the \`seq\` was never given, is older than what the server keeps of deletions or than the asker's last joining, more than ${limits.sync_changes} changes came since, or they would make the answer longer than ${limits.sync_bytes} bytes. Neither is subscribed to afterwards, but for \`self\`, to which every session is.`,
  ].join(" "),
  may: "viewers; what isn't the asker's to view is `gone`",
  request: Copies,
  reply: Type.Object({ topics: Type.Record(Type.String(), SyncedTopic) }),
  errors: ["limit_reached"],
  cost: costByCount(Copies, { base: 20, items: 10, what: "topics" }, ({ topics }) => Object.keys(topics).length),
  subscribes: "any",
});

export const sync_messages = [sync] as const;
