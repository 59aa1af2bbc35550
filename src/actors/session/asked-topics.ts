// Topics as clients name them.

import { failure, type Outcome, success } from "../../protocol/outcome.ts";
import type { Gateway, SessionId, Topic } from "../delivery/gateway.ts";
import { tooManyTopics } from "./handler.ts";

export interface AskedTopic {
  topic: string;
  kind: "server" | "channel" | "user" | "self";
  /** 0 for `self`. */
  id: number;
}

/** Each topic once; `bad_request` for one that is none, at the place in `data.topics` that `placeOf` names. */
export function parseTopics(
  topics: readonly string[],
  placeOf: (topic: string, index: number) => string | number,
): Outcome<AskedTopic[]> {
  const asked = new Map<string, AskedTopic>();
  for (const [index, topic] of topics.entries()) {
    const [, kind, digits] = /^(server|channel|user):([1-9][0-9]{0,15})$/.exec(topic) ?? [];
    const id = Number(digits);
    if (topic === "self") asked.set(topic, { topic, kind: "self", id: 0 });
    else if (kind && Number.isSafeInteger(id)) asked.set(topic, { topic, kind: kind as AskedTopic["kind"], id });
    else {
      const reason = "A topic is 'self', or 'server:', 'channel:' or 'user:' with an id.";
      return failure("bad_request", reason, { path: `data.topics.${placeOf(topic, index)}` });
    }
  }
  return success([...asked.values()]);
}

/** Whether the session may be subscribed to these beside what it is subscribed to already; `limit_reached` if not. */
export function roomFor(
  { gateway, bounds }: { gateway: Gateway; bounds: { topics_per_session: number } },
  session: SessionId,
  asked: readonly AskedTopic[],
): Outcome<null> {
  const { topics_per_session } = bounds;
  const has = gateway.subscriptions(session);
  if (has + asked.length <= topics_per_session) return success(null);
  const added = asked.filter(({ topic }) => topic !== "self" && !gateway.isSubscribed(session, topic as Topic));
  return has + added.length <= topics_per_session ? success(null) : tooManyTopics(topics_per_session);
}
