// What the people of the storm do: each step makes one request out of what its session knows at that moment, or null
// when it knows nothing to do it with. How often each comes stands beside it.

import type { Frame, Json } from "../harness/client.ts";
import type { Random } from "../harness/random.ts";
import { type CachedChannel, type CachedServer, secretOf } from "./client-cache.ts";

export interface Place {
  id: number;
  invite_code: string;
  owner_id: number;
  /** A channel that guests never may view; nobody touches its overwrites. */
  vault_id: number | null;
}

export interface Situation {
  random: Random;
  session: { readonly user: { readonly id: number } };
  place: Place;
  /** The place, as far as the session has loaded it; its channels it has. */
  server: CachedServer;
  /** Everybody's ids. */
  people: readonly number[];
  /** They never get a role. */
  guests: readonly number[];
  /** Of whoever acts; absent where nobody has any. */
  bots?: readonly number[];
  /** Ids of messages and channels, whoever may read them. */
  messages: readonly number[];
  channels: readonly number[];
  /** Counts what was written. */
  nextNumber(): number;
}

type Step = (on: Situation) => Frame | null;

const EMOJI = ["👍", "🎉", "🍎"];
const CHANNEL_RULES = ["view_channel", "view_channel", "read_history", "send_messages", "add_reactions"];
const SERVER_RULES = [
  ...CHANNEL_RULES,
  "manage_server",
  "manage_channels",
  "manage_members",
  "manage_messages",
  "kick_members",
];
const MOST_CHANNELS = 12;
/** How often people try what they may not know of. */
const CURIOSITY = 0.07;
const MOST_CATEGORIES = 6;
const MOST_ROLES = 10;

const request = (type: string, data: Json): Frame => ({ type, data });
const valuesOf = <Value>(map: Map<number, Value> | null) => [...(map?.values() ?? [])];
const oneOf = <Item>(random: Random, items: readonly Item[]) => (items.length > 0 ? random.pick(items) : null);
const someOf = <Item>(random: Random, items: readonly Item[], share = 0.4) => items.filter(() => random.next() < share);

const channelIn = ({ random, server }: Situation) => oneOf(random, valuesOf(server.channels));
const memberIn = ({ random, server, people }: Situation): number =>
  oneOf(random, [...server.members.keys()]) ?? random.pick(people);
const givenRoles = ({ server }: Situation): Json[] => valuesOf(server.roles).filter(({ position }) => position > 0);

/** Of anybody, of all, of a role, or mostly of nobody. */
function mentionBy(on: Situation): string {
  const chance = on.random.next();
  if (chance < 0.4) return ` <@${memberIn(on)}>`;
  if (chance < 0.5) return on.random.pick([" @everyone", " @here"]);
  const role = chance < 0.6 ? oneOf(on.random, givenRoles(on)) : null;
  return role ? ` <@&${role.id}>` : "";
}

/** One that may be changed: not the vault. */
function openChannel(on: Situation): CachedChannel | null {
  return oneOf(
    on.random,
    valuesOf(on.server.channels).filter(({ id }) => id !== on.place.vault_id),
  );
}

/** With a channel that the session knows; where nothing is changed by it, now and then with any at all. */
function withChannel(make: (channel: CachedChannel, on: Situation) => Frame | null, may = "may try"): Step {
  return (on) => {
    if (may === "may try" && on.random.next() < CURIOSITY) return make(unknownChannel(on), on);
    const channel = may === "may try" ? channelIn(on) : openChannel(on);
    return channel && make(channel, on);
  };
}

function unknownChannel({ random, channels }: Situation): CachedChannel {
  const id = oneOf(random, channels) ?? 1;
  return { id, name: "", category_id: null, details: null, messages: null, messages_from: 0 };
}

function withCategory(make: (category_id: number, on: Situation) => Frame): Step {
  return (on) => {
    const category_id = oneOf(on.random, [...(on.server.categories?.keys() ?? [])]);
    return category_id === null ? null : make(category_id, on);
  };
}

/** Any but the default role. */
function withGivenRole(make: (role_id: number, on: Situation) => Frame): Step {
  return (on) => {
    const role = oneOf(on.random, givenRoles(on));
    return role && make(role.id, on);
  };
}

/** A message that the session has loaded; now and then any at all. */
function withMessage(type: string, more: (on: Situation) => Json = () => ({})): Step {
  return (on) => {
    const known = valuesOf(on.server.channels).flatMap(({ messages }) => [...(messages?.keys() ?? [])]);
    const foreign = known.length === 0 || on.random.next() < CURIOSITY;
    const message_id = oneOf(on.random, foreign ? on.messages : known);
    return message_id === null ? null : request(type, { message_id, ...more(on) });
  };
}

function overwrites(on: Situation): Json[] {
  const { random, server, people } = on;
  const roles = valuesOf(server.roles);
  const targets = [...someOf(random, roles).map(({ id }) => ({ role_id: id }))];
  if (random.next() < 0.3) targets.push({ user_id: random.pick(people) } as Json);
  return targets.slice(0, 3).map((target) => {
    const [deny, allow] = [someOf(random, CHANNEL_RULES, 0.3), someOf(random, CHANNEL_RULES, 0.3)];
    return { ...target, allow: [...new Set(allow)], deny: [...new Set(deny.filter((rule) => !allow.includes(rule)))] };
  });
}

/** Who may view: now by overwrites, now by a list of roles. */
function sight(on: Situation): Json {
  const roles = givenRoles(on).map(({ id }) => id);
  if (on.random.next() < 0.3 && roles.length > 0) return { roles: [on.random.pick(roles)] };
  return { overwrites: overwrites(on) };
}

const name = ({ nextNumber }: Situation, stem: string) => `${stem} ${nextNumber()}`;
const placeAmong = ({ random, server }: Situation) =>
  oneOf(
    random,
    [null, ...(server.categories?.keys() ?? [])].filter((id) => id !== undefined),
  );

const loads = {
  get_servers: () => request("get_servers", {}),
  get_server: ({ server }) => request("get_server", { server_id: server.id }),
  get_server_channels: ({ server }) => request("get_server_channels", { server_id: server.id }),
  get_server_roles: ({ server }) => request("get_server_roles", { server_id: server.id }),
  get_server_members: ({ server, random }) => {
    const anchor = Number.isFinite(server.members_to) ? server.members_to : 0;
    return request("get_server_members", { server_id: server.id, amount: random.whole(2, 8), anchor });
  },
  get_server_channel: withChannel(({ id }) => request("get_server_channel", { channel_id: id })),
  get_newest: withChannel(({ id }, { random }) => {
    return request("get_message_chunk", { channel_id: id, amount: random.whole(1, 60), anchor: 0, direction: true });
  }),
  get_older: withChannel(({ id, messages, messages_from }, { random }) => {
    if (!messages || messages_from === 0) return null;
    const page = { amount: random.whole(1, 60), anchor: messages_from, direction: false };
    return request("get_message_chunk", { channel_id: id, ...page });
  }),
  get_message: withMessage("get_message"),
  get_pins: withChannel(({ id }) => request("get_pins", { channel_id: id })),
  search_messages: ({ server }) =>
    request("search_messages", { server_id: server.id, query: "secret", amount: 20, anchor: 0 }),
  get_mentions: ({ server, random }) =>
    request("get_mentions", { server_id: server.id, amount: random.whole(1, 60), anchor: 0 }),
  get_read_state: ({ server }) => request("get_read_state", { server_id: server.id }),
  choose: ({ random, server }) => {
    const channel = oneOf(random, valuesOf(server.channels));
    const place = channel && random.next() < 0.5 ? { channel_id: channel.id } : { server_id: server.id };
    return request("update_notification_settings", { ...place, level: random.pick(["all", "mentions", "none"]) });
  },
  get_notification_settings: () => request("get_notification_settings", {}),
  unsubscribe: withChannel(({ id }) => request("unsubscribe", { topics: [`channel:${id}`] })),
} satisfies Record<string, Step>;

const talk = {
  add_message: withChannel(({ id, messages }, on) => {
    const { random } = on;
    const number = on.nextNumber();
    const reply_to = random.next() < 0.2 ? oneOf(random, [...(messages?.keys() ?? [])]) : null;
    const nonce = random.next() < 0.3 ? `nonce ${number}` : null;
    const content = `${secretOf(id, number)}${mentionBy(on)}`;
    return request("add_message", { channel_id: id, content, reply_to, nonce, mention: random.next() < 0.8 });
  }),
  update_message: (on) => {
    const channel = channelIn(on);
    const own = valuesOf(channel?.messages ?? null).filter(({ author_id }) => author_id === on.session.user.id);
    const message = oneOf(on.random, own);
    if (!channel || !message) return null;
    return request("update_message", { message_id: message.id, content: secretOf(channel.id, on.nextNumber()) });
  },
  delete_message: withMessage("delete_message"),
  report: withMessage("report", () => ({ reason: "it is spam" })),
  get_reports: ({ server }) => request("get_reports", { server_id: server.id, amount: 20, anchor: 0 }),
  add_reaction: withMessage("add_reaction", ({ random }) => ({ emoji: random.pick(EMOJI) })),
  remove_reaction: withMessage("remove_reaction", ({ random }) => ({ emoji: random.pick(EMOJI) })),
  delete_messages: withChannel(({ id, messages }, { random }) => {
    const message_ids = someOf(random, [...(messages?.keys() ?? [])].slice(-20));
    return request("delete_messages", { channel_id: id, message_ids });
  }),
  pin_message: withMessage("pin_message"),
  unpin_message: withMessage("unpin_message"),
  typing: withChannel(({ id }) => request("typing", { channel_id: id })),
  set_active: ({ random }) => request("set_active", { active: random.next() < 0.5 }),
  mark_read: withChannel(({ id, messages }, { random }) => {
    const message_id = oneOf(random, [...(messages?.keys() ?? [])]);
    return message_id === null ? null : request("mark_read", { channel_id: id, message_id });
  }),
} satisfies Record<string, Step>;

const building = {
  add_channel: (on) => {
    if ((on.server.channels?.size ?? 0) >= MOST_CHANNELS) return null;
    const category_id = placeAmong(on);
    return request("add_channel", { server_id: on.server.id, name: name(on, "channel"), category_id, ...sight(on) });
  },
  change_sight: withChannel(
    ({ id }, on) => request("update_channel", { channel_id: id, changes: sight(on) }),
    "may change",
  ),
  move_channel: withChannel(({ id }, on) => {
    const changes = { category_id: placeAmong(on), position: on.random.whole(0, 5) };
    return request("update_channel", { channel_id: id, changes });
  }, "may change"),
  move_channels: (on) => {
    const { server, random, place } = on;
    const open = valuesOf(server.channels).filter(({ id }) => id !== place.vault_id);
    const channels = someOf(random, open).map(({ id }) => {
      return { id, category_id: placeAmong(on), position: random.whole(0, 5) };
    });
    return request("move_channels", { server_id: server.id, channels });
  },
  rename_channel: withChannel(
    ({ id }, on) => request("update_channel", { channel_id: id, changes: { name: name(on, "renamed") } }),
    "may change",
  ),
  slow_down: withChannel(({ id }, { random }) => {
    return request("update_channel", { channel_id: id, changes: { slow_mode_s: random.next() < 0.3 ? 1 : 0 } });
  }, "may change"),
  delete_channel: withChannel(({ id }) => request("delete_channel", { channel_id: id }), "may change"),
  add_category: (on) => {
    if ((on.server.categories?.size ?? 0) >= MOST_CATEGORIES) return null;
    return request("add_category", { server_id: on.server.id, name: name(on, "category"), overwrites: overwrites(on) });
  },
  update_category: withCategory((category_id, on) => {
    const renamed = { name: name(on, "category"), position: on.random.whole(0, 5) };
    const changes = on.random.next() < 0.7 ? { overwrites: overwrites(on) } : renamed;
    return request("update_category", { category_id, changes });
  }),
  delete_category: withCategory((category_id) => request("delete_category", { category_id })),
  add_webhook: (on) => {
    const channel = channelIn(on);
    return channel && request("add_webhook", { channel_id: channel.id, name: name(on, "hook") });
  },
  get_webhooks: (on) => request("get_webhooks", { server_id: on.server.id }),
  update_server: (on) => request("update_server", { server_id: on.server.id, changes: { name: name(on, "server") } }),
} satisfies Record<string, Step>;

const membership = {
  add_role: (on) => {
    if ((on.server.roles?.size ?? 0) >= MOST_ROLES) return null;
    const rules = [...new Set(someOf(on.random, SERVER_RULES))];
    const position = on.random.next() < 0.5 ? on.random.whole(1, 6) : null;
    return request("add_role", { server_id: on.server.id, name: name(on, "role"), rules, position });
  },
  update_role: (on) => {
    const role = oneOf(on.random, valuesOf(on.server.roles));
    const rules = [...new Set(someOf(on.random, role?.position === 0 ? CHANNEL_RULES : SERVER_RULES, 0.6))];
    const changes = on.random.next() < 0.8 ? { rules } : { name: name(on, "role"), color: "#0a0b0c" };
    return role && request("update_role", { role_id: role.id, changes });
  },
  move_role: withGivenRole((role_id, { random }) => {
    return request("update_role", { role_id, changes: { position: random.whole(1, 6) } });
  }),
  delete_role: withGivenRole((role_id) => request("delete_role", { role_id })),
  give_roles: (on) => {
    const user_id = memberIn(on);
    const roles = on.guests.includes(user_id) ? [] : someOf(on.random, givenRoles(on)).map(({ id }) => id);
    return request("update_member", { server_id: on.server.id, user_id, changes: { roles } });
  },
  set_nickname: (on) => {
    const changes = { nickname: on.random.next() < 0.3 ? null : name(on, "nick") };
    return request("update_member", { server_id: on.server.id, user_id: on.session.user.id, changes });
  },
  time_out: (on) => {
    const timed_out_until = on.random.next() < 0.3 ? "2100-01-01T00:00:00Z" : null;
    return request("update_member", { server_id: on.server.id, user_id: memberIn(on), changes: { timed_out_until } });
  },
  remove_member: (on) => request("remove_member", { server_id: on.server.id, user_id: memberIn(on) }),
  ban_member: (on) => {
    const delete_messages_s = on.random.next() < 0.5 ? 3_600 : 0;
    return request("ban_member", { server_id: on.server.id, user_id: memberIn(on), delete_messages_s });
  },
  unban_member: (on) => request("unban_member", { server_id: on.server.id, user_id: on.random.pick(on.people) }),
  add_bot: (on) => {
    const bot_id = oneOf(on.random, on.bots ?? []);
    const rules = on.random.next() < 0.5 ? null : [...new Set(someOf(on.random, CHANNEL_RULES, 0.7))];
    return bot_id === null ? null : request("add_bot", { server_id: on.server.id, bot_id, rules });
  },
  leave_server: (on) => request("leave_server", { server_id: on.server.id }),
  transfer_server: (on) => {
    const user_id = memberIn(on);
    return on.guests.includes(user_id) ? null : request("transfer_server", { server_id: on.server.id, user_id });
  },
} satisfies Record<string, Step>;

const steps = { ...loads, ...talk, ...building, ...membership };

/** How often each step comes, compared with the others. */
type Habits = Readonly<Partial<Record<keyof typeof steps, number>>>;

export const anybodys_habits: Habits = {
  ...{ get_servers: 2, get_server: 2, get_server_channels: 3, get_server_roles: 3, get_server_members: 14 },
  ...{ get_server_channel: 6, get_newest: 12, get_older: 8, get_message: 3, search_messages: 1, get_read_state: 1 },
  ...{ get_mentions: 2, choose: 2, get_notification_settings: 1 },
  ...{ unsubscribe: 1, add_message: 30, update_message: 4, delete_message: 3, add_reaction: 5, remove_reaction: 3 },
  ...{ typing: 1, set_active: 1, mark_read: 1, set_nickname: 6, leave_server: 2, report: 1, get_pins: 2, add_bot: 2 },
};

/** What mostly the owner may do; others, who have been given roles, try. */
export const managers_habits: Habits = {
  ...{
    add_channel: 3,
    change_sight: 7,
    move_channel: 5,
    move_channels: 4,
    rename_channel: 2,
    slow_down: 2,
    delete_channel: 1,
    add_category: 2,
  },
  ...{ update_category: 5, delete_category: 1, update_server: 1, add_role: 5, update_role: 7, move_role: 2 },
  ...{ delete_role: 2, give_roles: 10, remove_member: 2, ban_member: 1, unban_member: 2, transfer_server: 1 },
  ...{ get_reports: 2, pin_message: 5, unpin_message: 3, delete_messages: 2, time_out: 4 },
  ...{ add_webhook: 2, get_webhooks: 1, add_bot: 5 },
};

export function pickStep(random: Random, habits: Habits): Step {
  const names = Object.keys(habits) as (keyof typeof steps)[];
  let left = random.next() * names.reduce((sum, name) => sum + (habits[name] ?? 0), 0);
  const picked = names.find((name) => {
    left -= habits[name] ?? 0;
    return left < 0;
  });
  return picked ? steps[picked] : () => null;
}
