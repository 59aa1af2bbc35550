// What a person of the storm may do with a client, out of what that client knows at the moment. An act that there is
// nothing to do with does nothing.

import { type Client, RequestError } from "../../src/client/index.ts";
import type { Random } from "../harness/random.ts";

export interface Place {
  server_id: number;
  invite_code: string;
}

export interface Stage {
  random: Random;
  client: Client;
  place: Place;
  user_id: number;
  user_ids: readonly number[];
  /** Unlike any other. */
  word(): string;
  /** What was acknowledged to a program: by its text, which nobody changes. */
  sent: Set<string>;
}

/** What it gives is waited for. */
type Act = (stage: Stage) => unknown;

const EMOJI = ["👍", "🎉", "🍎"];
const RULES = ["view_channel", "read_history", "send_messages", "add_reactions"] as const;
const MANAGER_RULES = [...RULES, "manage_channels", "manage_members", "manage_messages", "kick_members"] as const;
const MOST_CHANNELS = 8;
const MOST_ROLES = 6;

const serverOf = ({ client, place }: Stage) => client.cache.servers.get(place.server_id);
const oneOf = <Item>(random: Random, items: Iterable<Item> | undefined): Item | undefined => {
  const list = [...(items ?? [])];
  return list.length > 0 ? random.pick(list) : undefined;
};
const someOf = <Item>(random: Random, items: readonly Item[]) => items.filter(() => random.next() < 0.5);
const channelIn = (stage: Stage) => oneOf(stage.random, serverOf(stage)?.channels?.keys());
const categoryIn = (stage: Stage) => oneOf(stage.random, serverOf(stage)?.categories?.keys());
const roleIn = (stage: Stage) =>
  oneOf(
    stage.random,
    [...(serverOf(stage)?.roles?.values() ?? [])].filter(({ position }) => position > 0),
  );
const memberIn = ({ random, user_ids }: Stage) => random.pick(user_ids);

function messageIn(stage: Stage): { id: number; author_id: number; content: string } | undefined {
  const channel_id = channelIn(stage);
  return oneOf(stage.random, stage.client.cache.windows.get(channel_id ?? 0)?.messages.values());
}

/** One that no program counts on. */
function looseMessage(stage: Stage): ReturnType<typeof messageIn> {
  const message = messageIn(stage);
  return message?.content.startsWith("loose") ? message : undefined;
}

function overwrites(stage: Stage) {
  const { random } = stage;
  const roles = [...(serverOf(stage)?.roles?.keys() ?? [])];
  const targets = [...someOf(random, roles).map((role_id) => ({ role_id })), { user_id: memberIn(stage) }].slice(0, 3);
  return targets.map((target) => {
    const deny = someOf(random, RULES);
    return { ...target, deny, allow: someOf(random, RULES).filter((rule) => !deny.includes(rule)) };
  });
}

const withChannel =
  (act: (channel_id: number, stage: Stage) => Promise<unknown>): Act =>
  (stage) => {
    const channel_id = channelIn(stage);
    return channel_id === undefined ? undefined : act(channel_id, stage);
  };

const loads: Act[] = [
  ({ client }) => client.ask("get_servers"),
  ({ client, place }) => client.ask("get_server", { server_id: place.server_id }),
  ({ client, place }) => client.ask("get_server_channels", { server_id: place.server_id }),
  ({ client, place }) => client.ask("get_server_roles", { server_id: place.server_id }),
  (stage) => {
    const { members_to = 0 } = serverOf(stage) ?? {};
    const anchor = members_to === Number.MAX_SAFE_INTEGER ? 0 : members_to;
    return stage.client.ask("get_server_members", { server_id: stage.place.server_id, amount: 3, anchor });
  },
  withChannel((channel_id, { client }) => client.ask("get_server_channel", { channel_id })),
  withChannel((channel_id, { client, random }) =>
    client.ask("get_message_chunk", { channel_id, amount: random.whole(1, 20), anchor: 0, direction: true }),
  ),
  withChannel((channel_id, { client, random }) => {
    const anchor = client.cache.windows.get(channel_id)?.from ?? 0;
    return client.ask("get_message_chunk", {
      channel_id,
      amount: random.whole(1, 20),
      anchor,
      direction: anchor === 0,
    });
  }),
  withChannel((channel_id, { client }) => client.ask("get_pins", { channel_id })),
  ({ client, user_ids }) => client.ask("get_users", { user_ids: [...user_ids] }),
  ({ client }) => client.ask("get_friends"),
  ({ client }) => client.ask("get_read_state"),
  withChannel((channel_id, { client }) => client.ask("unsubscribe", { topics: [`channel:${channel_id}`] })),
];

const send: Act = withChannel(async (channel_id, { client, word, sent }) => {
  const content = `sent ${word()}`;
  await client.send(channel_id, content);
  sent.add(content);
});

const talk: Act[] = [
  withChannel((channel_id, { client, word }) => client.ask("add_message", { channel_id, content: `loose ${word()}` })),
  (stage) => {
    const message = looseMessage(stage);
    return message && stage.client.ask("update_message", { message_id: message.id, content: `loose ${stage.word()}` });
  },
  (stage) => {
    const message = looseMessage(stage);
    return message && stage.client.ask("delete_message", { message_id: message.id });
  },
  (stage) => {
    const message = messageIn(stage);
    const type = stage.random.next() < 0.7 ? "add_reaction" : "remove_reaction";
    return message && stage.client.ask(type, { message_id: message.id, emoji: stage.random.pick(EMOJI) });
  },
  (stage) => {
    const [channel_id, message] = [channelIn(stage), messageIn(stage)];
    return channel_id && message && stage.client.ask("mark_read", { channel_id, message_id: message.id });
  },
];

const pinning: Act = (stage) => {
  const message = messageIn(stage);
  const type = stage.random.next() < 0.7 ? "pin_message" : "unpin_message";
  return message && stage.client.ask(type, { message_id: message.id });
};

/** Of those that no program counts on. */
const clearing: Act = withChannel((channel_id, { client, random }) => {
  const messages = [...(client.cache.windows.get(channel_id)?.messages.values() ?? [])];
  const loose = messages.filter(({ content }) => content.startsWith("loose"));
  const message_ids = someOf(random, loose.slice(-20)).map(({ id }) => id);
  return client.ask("delete_messages", { channel_id, message_ids });
});

/** Somewhere among its like. */
const placed = ({ random }: Stage) => ({ position: random.whole(0, 5) });

const building: Act[] = [
  ...[pinning, pinning, clearing],
  (stage) => {
    const { client, place, word } = stage;
    if ((serverOf(stage)?.channels?.size ?? 0) >= MOST_CHANNELS) return undefined;
    const parts = { server_id: place.server_id, name: `channel ${word()}`, overwrites: overwrites(stage) };
    return client.ask("add_channel", parts);
  },
  // Hidden and shown, by far the most often.
  ...Array.from({ length: 5 }, () =>
    withChannel((channel_id, stage) =>
      stage.client.ask("update_channel", { channel_id, changes: { overwrites: overwrites(stage) } }),
    ),
  ),
  withChannel((channel_id, stage) => {
    const changes = { name: `renamed ${stage.word()}`, category_id: categoryIn(stage) ?? null, ...placed(stage) };
    return stage.client.ask("update_channel", { channel_id, changes });
  }),
  (stage) => {
    const ids = someOf(stage.random, [...(serverOf(stage)?.channels?.keys() ?? [])]);
    const channels = ids.map((id) => ({ id, category_id: categoryIn(stage) ?? null, ...placed(stage) }));
    return stage.client.ask("move_channels", { server_id: stage.place.server_id, channels });
  },
  withChannel((channel_id, { client, random }) =>
    client.ask("update_channel", { channel_id, changes: { slow_mode_s: random.next() < 0.3 ? 1 : 0 } }),
  ),
  (stage) => {
    const { client, place, word } = stage;
    const parts = { server_id: place.server_id, name: `category ${word()}`, overwrites: overwrites(stage) };
    return (serverOf(stage)?.categories?.size ?? 0) < 3 ? client.ask("add_category", parts) : undefined;
  },
  (stage) => {
    const category_id = categoryIn(stage);
    return (
      category_id &&
      stage.client.ask("update_category", { category_id, changes: { overwrites: overwrites(stage), ...placed(stage) } })
    );
  },
  (stage) => {
    const category_id = stage.random.next() < 0.3 ? categoryIn(stage) : undefined;
    return category_id && stage.client.ask("delete_category", { category_id });
  },
  ({ client, place, word }) =>
    client.ask("update_server", { server_id: place.server_id, changes: { name: `server ${word()}` } }),
  (stage) => {
    const { client, place, word, random } = stage;
    if ((serverOf(stage)?.roles?.size ?? 0) >= MOST_ROLES) return undefined;
    const rules = someOf(random, MANAGER_RULES);
    return client.ask("add_role", { server_id: place.server_id, name: `role ${word()}`, rules });
  },
  (stage) => {
    const role = roleIn(stage);
    const rank = role && role.position > 0 ? { position: stage.random.whole(1, 4) } : {};
    const changes = { rules: someOf(stage.random, MANAGER_RULES), name: `role ${stage.word()}`, ...rank };
    return role && stage.client.ask("update_role", { role_id: role.id, changes });
  },
  (stage) => {
    const role = stage.random.next() < 0.3 ? roleIn(stage) : undefined;
    return role && stage.client.ask("delete_role", { role_id: role.id });
  },
  ...Array.from(
    { length: 4 },
    (): Act => (stage) => {
      const roles = someOf(stage.random, [...(serverOf(stage)?.roles?.values() ?? [])]);
      const changes = { roles: roles.filter(({ position }) => position > 0).map(({ id }) => id) };
      const { server_id } = stage.place;
      return stage.client.ask("update_member", { server_id, user_id: memberIn(stage), changes });
    },
  ),
  (stage) => {
    const timed_out_until = stage.random.next() < 0.3 ? "2100-01-01T00:00:00Z" : null;
    const { server_id } = stage.place;
    return stage.client.ask("update_member", { server_id, user_id: memberIn(stage), changes: { timed_out_until } });
  },
  (stage) => stage.client.ask("remove_member", { server_id: stage.place.server_id, user_id: memberIn(stage) }),
];

const people: Act[] = [
  ({ client, place, user_id, word }) =>
    client.ask("update_member", { server_id: place.server_id, user_id, changes: { nickname: `nick ${word()}` } }),
  ({ client, word }) => client.ask("update_user", { changes: { custom_status: word(), bio: word() } }),
  ({ client, word }) => client.ask("update_user", { changes: { name: `name-${word()}` } }),
  ({ client, random }) =>
    client.ask("update_user", { changes: { status: random.pick(["online", "idle", "dnd", "invisible"] as const) } }),
  (stage) => stage.client.ask("add_friend", { user_id: memberIn(stage) }),
  (stage) => {
    const action = stage.random.pick(["accept", "accept", "decline", "block", "unblock"] as const);
    return stage.client.ask("update_friend", { user_id: memberIn(stage), action });
  },
  (stage) => stage.client.ask("delete_friend", { user_id: memberIn(stage) }),
  ({ client, place, random }) =>
    random.next() < 0.4 ? client.ask("leave_server", { server_id: place.server_id }) : undefined,
];

const conversationIn = ({ random, client }: Stage) => oneOf(random, client.cache.conversations?.values());

/** With a conversation of one's list. */
const withTalk =
  (act: (talk: { id: number; channel_id: number }, stage: Stage) => unknown): Act =>
  (stage) => {
    const talk = conversationIn(stage);
    return talk && act(talk, stage);
  };

const conversing: Act[] = [
  ({ client, random }) => client.ask("set_active", { active: random.next() < 0.5 }),
  ({ client }) => client.ask("get_conversations", { amount: 2, anchor: 0 }),
  ({ client }) => {
    const { conversations_from } = client.cache;
    return client.ask("get_conversations", { amount: 2, anchor: conversations_from % Number.MAX_SAFE_INTEGER });
  },
  (stage) => stage.client.ask("open_conversation", { user_ids: [memberIn(stage)] }),
  (stage) => stage.client.ask("open_conversation", { user_ids: [memberIn(stage), memberIn(stage)] }),
  ...Array.from({ length: 3 }, () =>
    withTalk(({ channel_id }, { client, word }) =>
      client.ask("add_message", { channel_id, content: `loose ${word()}` }),
    ),
  ),
  withTalk(({ channel_id }, { client }) =>
    client.ask("get_message_chunk", { channel_id, amount: 20, anchor: 0, direction: true }),
  ),
  withTalk(({ channel_id }, { client, random }) => {
    const message = oneOf(random, client.cache.windows.get(channel_id)?.messages.values());
    return message && client.ask("mark_read", { channel_id, message_id: message.id });
  }),
  withTalk(({ channel_id }, { client, random, user_id }) => {
    const messages = [...(client.cache.windows.get(channel_id)?.messages.values() ?? [])];
    const message = oneOf(
      random,
      messages.filter(({ author_id }) => author_id === user_id),
    );
    return message && client.ask("delete_message", { message_id: message.id });
  }),
  withTalk(({ id }, { client }) => client.ask("close_conversation", { conversation_id: id })),
  withTalk(({ id }, { client }) =>
    client.ask("update_conversation", { conversation_id: id, changes: { state: "open" } }),
  ),
  withTalk(({ id }, { client, word }) =>
    client.ask("update_conversation", { conversation_id: id, changes: { name: word() } }),
  ),
  withTalk(({ id }, stage) =>
    stage.client.ask("add_conversation_member", { conversation_id: id, user_id: memberIn(stage) }),
  ),
  withTalk(({ id }, stage) =>
    stage.client.ask("remove_conversation_member", { conversation_id: id, user_id: memberIn(stage) }),
  ),
];

const join: Act = ({ client, place }) => client.ask("join_server", { invite_code: place.invite_code });

/** Refusals that are no fault: people try what they may not, or what somebody else has just taken away. */
const expected = new Set<string>([
  "rate_limited",
  "not_found",
  "forbidden",
  "conflict",
  "limit_reached",
  "blocked",
  "bad_request",
]);

/** Does one thing by chance; gives what went wrong that shouldn't. Nobody hears of what a loss has cut off. */
export async function act(stage: Stage, manages: boolean): Promise<string | null> {
  const { random } = stage;
  const is_member = serverOf(stage) !== undefined;
  const chance = random.next();
  const other = chance < 0.85 ? conversing : people;
  const kind = !is_member ? [join] : chance < 0.35 ? [send] : chance < 0.5 ? loads : chance < 0.65 ? talk : other;
  const chosen = random.pick(is_member && manages && random.next() < 0.5 ? building : kind);
  try {
    await chosen(stage);
    return null;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return expected.has(error.code) || is_loss.has(error.code) ? null : `${error.code}: ${error.message}`;
  }
}

const is_loss = new Set<string>(["disconnected", "closed", "unavailable"]);
