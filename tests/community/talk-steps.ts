// What the people of the storm do in conversations: each step makes one request out of what its session knows at that
// moment, or null when it knows nothing to do it with. How often each comes stands beside it.

import type { Frame, Json } from "../harness/client.ts";
import type { Random } from "../harness/random.ts";
import { secretOf } from "./client-cache.ts";
import type { ClientTalks } from "./client-talks.ts";

export interface Talk {
  random: Random;
  user_id: number;
  /** Everybody's ids. */
  people: readonly number[];
  /** Those of them who are each other's friends. */
  friends: readonly number[];
  talks: ClientTalks;
  /** Counts what was written. */
  nextNumber(): number;
}

type Step = (on: Talk) => Frame | null;

const MOST_AT_ONCE = 4;

const request = (type: string, data: Json): Frame => ({ type, data });
const othersOf = ({ people, user_id }: Talk) => people.filter((id) => id !== user_id);

/** Mostly; now and then anybody. */
const friendOf = (on: Talk) =>
  on.random.pick(on.random.next() < 0.9 ? on.friends.filter((id) => id !== on.user_id) : othersOf(on));

/** With one that is in the list. */
function withOne(make: (conversation: Json, on: Talk) => Frame | null): Step {
  return (on) => {
    const listed = [...(on.talks.list?.values() ?? [])];
    return listed.length === 0 ? null : make(on.random.pick(listed), on);
  };
}

function withMessage(make: (message_id: number, on: Talk, talk: Json) => Frame): Step {
  return withOne((talk, on) => {
    const known = [...(on.talks.channels.get(talk.channel_id)?.messages?.keys() ?? [])];
    return known.length === 0 ? null : make(on.random.pick(known), on, talk);
  });
}

const steps: Readonly<Record<string, { often: number; step: Step }>> = {
  befriend: { often: 6, step: (on) => request("add_friend", { user_id: on.random.pick(othersOf(on)) }) },
  list: { often: 4, step: () => request("get_conversations", { amount: 100, anchor: 0 }) },
  open: { often: 6, step: (on) => request("open_conversation", { user_ids: [on.random.pick(othersOf(on))] }) },
  found: {
    often: 5,
    step: (on) => {
      const user_ids = Array.from({ length: on.random.whole(2, MOST_AT_ONCE) }, () => friendOf(on));
      const nonce = on.random.next() < 0.3 ? { nonce: `group ${on.nextNumber()}` } : {};
      return request("open_conversation", { user_ids, ...nonce });
    },
  },
  say: {
    often: 22,
    step: withOne(({ channel_id }, { nextNumber }) =>
      request("add_message", { channel_id, content: secretOf(channel_id, nextNumber()) }),
    ),
  },
  read: {
    often: 10,
    step: withOne(({ channel_id }) =>
      request("get_message_chunk", { channel_id, amount: 100, anchor: 0, direction: true }),
    ),
  },
  edit: {
    often: 3,
    step: withMessage((message_id, { nextNumber }, { channel_id }) =>
      request("update_message", { message_id, content: secretOf(channel_id, nextNumber()) }),
    ),
  },
  unsay: { often: 4, step: withMessage((message_id) => request("delete_message", { message_id })) },
  react: { often: 4, step: withMessage((message_id) => request("add_reaction", { message_id, emoji: "👍" })) },
  pin: { often: 3, step: withMessage((message_id) => request("pin_message", { message_id })) },
  unpin: { often: 2, step: withMessage((message_id) => request("unpin_message", { message_id })) },
  pins: { often: 2, step: withOne(({ channel_id }) => request("get_pins", { channel_id })) },
  mentions: {
    often: 2,
    step: withOne(({ id }) => request("get_mentions", { conversation_id: id, amount: 50, anchor: 0 })),
  },
  mark: {
    often: 2,
    step: withMessage((message_id, _, { channel_id }) => request("mark_read", { channel_id, message_id })),
  },
  close: { often: 4, step: withOne(({ id }) => request("close_conversation", { conversation_id: id })) },
  accept: {
    often: 3,
    step: withOne(({ id }) => request("update_conversation", { conversation_id: id, changes: { state: "open" } })),
  },
  rename: {
    often: 3,
    step: withOne(({ id }, { nextNumber }) =>
      request("update_conversation", { conversation_id: id, changes: { name: `group ${nextNumber()}` } }),
    ),
  },
  bring: {
    often: 5,
    step: withOne(({ id }, on) => request("add_conversation_member", { conversation_id: id, user_id: friendOf(on) })),
  },
  send_away: {
    often: 3,
    step: withOne(({ id }, on) =>
      request("remove_conversation_member", { conversation_id: id, user_id: on.random.pick(on.people) }),
    ),
  },
  leave: {
    often: 2,
    step: withOne(({ id }, { user_id }) => request("remove_conversation_member", { conversation_id: id, user_id })),
  },
};

const all = Object.values(steps).reduce((sum, { often }) => sum + often, 0);

export function pickTalk(on: Talk): Frame | null {
  let left = on.random.next() * all;
  for (const { often, step } of Object.values(steps)) {
    left -= often;
    if (left < 0) return step(on);
  }
  return null;
}
