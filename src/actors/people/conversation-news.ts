// What people are told of their conversations, on their own topics. What is said is told at once, of all that one has in
// one's list; everything else is read from the rows that were written, and told as catching up is.

import { encodeEvent } from "../../protocol/community/events.ts";
import type { Gateway } from "../delivery/gateway.ts";
import type { PresenceCalls } from "./calls.ts";
import type { SelfTopics } from "./self-topics.ts";

/** Rows of these people's own topics were written. */
export function tellWritten(self_topics: SelfTopics, { self }: PresenceCalls["conversation_written"]["request"]): void {
  for (const { user_id, seq } of self) self_topics.hint({ user_id, seq, after: null }, () => {});
}

/** Something was said: who had the conversation in their list hears of it without a look at what is stored. */
export function tellSaid(
  self_topics: SelfTopics,
  gateway: Gateway,
  { conversation_id: id, last_message_id, heard }: PresenceCalls["conversation_said"]["request"],
): void {
  for (const { is_new, state, ...self } of heard) {
    if (is_new || state === "unseen") {
      tellWritten(self_topics, { self: [self] });
      continue;
    }
    const data = { conversation: { id, last_message_id, state } };
    const { user_id, seq } = self;
    self_topics.hint(self, () => {
      gateway.publish(`self:${user_id}`, encodeEvent("conversation_changed", "self", seq, data));
    });
  }
}
