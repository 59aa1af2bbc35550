// What the worst single frame of each message type costs the event loop, against the tokens that it costs whoever sends
// it: what costs much time a token is what a flood would be made of. As a program: `bun scripts/reliability/frame-costs.ts
// [types…]`; it starts a server of its own, as full as a server may be, and sends one frame at a time.

import { channelId, Land, nameOf, PEOPLE, roleId, SINCE } from "../../bench/neighbours/land.ts";
import { makeFolder, type Subject, startOrchard } from "../../bench/process.ts";
import { serverId, tokenOf } from "../../bench/seed.ts";
import { epochOf, LoadSocket } from "../../bench/socket.ts";
import { limits } from "../../src/domain/limits.ts";
import { lengthCost } from "../../src/domain/token-bucket.ts";
import { messages } from "../../src/protocol/catalogue.ts";
import { parseFrame } from "../../src/protocol/frame.ts";
import { costOf, type MessageLiteral } from "../../src/protocol/message.ts";
import { wideFramesOf } from "../../tests/fuzz/wide-values.ts";

/** Of each type the frames that take longest to read are sent, and those that ask for the most. */
const WORST = 2;
const REPEATS = 6;
const LARGEST = "as much as may be asked for";
const [SERVER, OWNER, MEMBER] = [2, 101, 102];
const large = {
  channels: limits.channels_per_server,
  roles: limits.roles_per_server - 1,
  overwrites: limits.overwrites,
};
const server_id = serverId(SERVER);

interface Cost {
  type: string;
  what: string;
  us: number;
  tokens: number;
  us_per_token: number;
}

interface Candidate {
  what: string;
  /** A frame for each time. */
  frame(at: number): string;
}

async function openFull(): Promise<Subject> {
  const folder = await makeFolder();
  const land = await Land.open(folder, 2_000);
  const members = Array.from({ length: 1_800 }, (_, at) => OWNER + at);
  land.server(SERVER, { owner: OWNER, members, ...large });
  land.allRolesFor(SERVER, MEMBER, large.roles);
  land.changesBehind(SERVER, 900, large.channels);
  land.messages(SERVER, large.channels, 20_000);
  land.close();
  return startOrchard(folder);
}

/** What asks for as much as may be asked for, by type. */
function largestRequests(epoch: string): Record<string, (at: number) => object> {
  const channel_id = channelId(SERVER);
  const channels = Array.from({ length: large.channels }, (_, at) => channelId(SERVER, at + 1));
  const users = Array.from({ length: 1_000 - large.channels }, (_, at) => OWNER + at);
  const topics = [...channels.map((id) => `channel:${id}`), ...users.map((id) => `user:${id}`)];
  const roles = Array.from({ length: large.roles }, (_, at) => roleId(SERVER, at + 1));
  const overwritesOf = (at: number) =>
    roles.slice(0, limits.overwrites).map((role_id) => ({
      ...{ role_id, allow: at % 2 === 0 ? ["send_messages"] : ["read_history"], deny: [] },
    }));
  const page = { amount: limits.page_length, anchor: 0 };
  return {
    get_users: () => ({ user_ids: users.slice(0, limits.page_length) }),
    subscribe: () => ({ topics }),
    unsubscribe: () => ({ topics }),
    sync: () => ({ epoch, topics: Object.fromEntries(topics.map((topic) => [topic, SINCE])) }),
    get_servers: () => ({}),
    get_server_channels: () => ({ server_id }),
    get_server_roles: () => ({ server_id }),
    get_server_members: () => ({ server_id, ...page, filter: { online: true } }),
    get_message_chunk: () => ({ channel_id, ...page, direction: true }),
    get_read_state: () => ({}),
    get_mentions: () => page,
    search_messages: () => ({ server_id, query: "so much hay ".repeat(16), amount: 25, anchor: 0 }),
    add_message: () => ({ channel_id, content: `@everyone ${"<@101>".repeat(100)}${"麦".repeat(3_300)}` }),
    update_role: (at) => ({ role_id: roleId(SERVER, 1), changes: { name: `role ${at}` } }),
    update_channel: (at) => ({ channel_id, changes: { overwrites: overwritesOf(at) } }),
    add_channel: (at) => ({ server_id, name: `channel ${at}`, overwrites: overwritesOf(at) }),
    add_category: (at) => ({ server_id, name: `category ${at}`, overwrites: overwritesOf(at) }),
    update_member: (at) => ({ server_id, user_id: MEMBER, changes: { roles: at % 2 === 0 ? [] : roles } }),
    update_server: (at) => ({ server_id, changes: { name: `server ${at}` } }),
    update_user: (at) => ({ changes: { bio: `${at}`.padEnd(limits.bio_length, "麦"), custom_status: `${at}` } }),
    add_friend: (at) => ({ name: nameOf(PEOPLE + 1 + at) }),
    typing: () => ({ channel_id }),
  };
}

function candidates(literal: MessageLiteral, largest: ((at: number) => object) | undefined): Candidate[] {
  const wide = wideFramesOf(literal).map(({ what, json }) => ({ what, frame: () => json, us: readingUs(json) }));
  const worst = wide.sort((one, other) => other.us - one.us).slice(0, WORST);
  if (!largest) return worst;
  const frame = (at: number) => JSON.stringify({ type: literal.type, data: largest(at) });
  return [{ what: LARGEST, frame }, ...worst];
}

/** To read it, a second time, when whatever is prepared for its type is. */
function readingUs(frame: string): number {
  parseFrame(frame);
  const started_ms = performance.now();
  parseFrame(frame);
  return (performance.now() - started_ms) * 1000;
}

async function costTo(subject: Subject, socket: LoadSocket, literal: MessageLiteral, one: Candidate): Promise<Cost> {
  const times_us: number[] = [];
  let tokens = 0;
  for (let at = 0; at <= REPEATS; at += 1) {
    const frame = one.frame(at);
    const parsed = parseFrame(frame);
    tokens = (parsed.ok ? costOf(literal, parsed.request.parameters) : 1) + lengthCost(frame.length);
    const before = subject.cpuMs().main;
    socket.send(frame);
    // Answered when that is, or has gone to a thread: a second time, when that is back.
    for (let round = 0; round < 2; round += 1) await socket.ask("ping", {});
    times_us.push((subject.cpuMs().main - before) * 1000);
  }
  // The first makes ready what all share.
  const us = times_us.slice(1).sort((one, other) => one - other)[Math.floor(REPEATS / 2)] ?? 0;
  return { type: literal.type, what: one.what, us, tokens, us_per_token: us / tokens };
}

async function measured(types: readonly string[]): Promise<Cost[]> {
  const subject = await openFull();
  const socket = await LoadSocket.open(subject.origin, `auth=${await tokenOf(OWNER)}`);
  try {
    const largest = largestRequests(epochOf(socket));
    const nothing = await costTo(subject, socket, { type: "none", cost: 1 } as MessageLiteral, {
      ...{ what: "", frame: () => '{"type":"none"}' },
    });
    const costs: Cost[] = [];
    for (const literal of messages as readonly MessageLiteral[]) {
      if (types.length > 0 && !types.includes(literal.type)) continue;
      for (const one of candidates(literal, largest[literal.type])) {
        const cost = await costTo(subject, socket, literal, one);
        const us = Math.max(0, cost.us - nothing.us);
        costs.push({ ...cost, us, us_per_token: us / cost.tokens });
      }
    }
    return costs;
  } finally {
    socket.drop();
    await subject.end();
  }
}

if (import.meta.main) {
  const costs = await measured(process.argv.slice(2));
  costs.sort((one, other) => other.us_per_token - one.us_per_token);
  // Of each type the worst of what is answered and of what makes no sense.
  const seen = new Set<string>();
  const worst = costs.filter(({ type, what }) => {
    const kind = `${type} ${what === LARGEST}`;
    return !seen.has(kind) && seen.add(kind);
  });
  console.table(
    worst.map((cost) => ({ ...cost, us: Math.round(cost.us), us_per_token: Math.round(cost.us_per_token) })),
  );
  process.exit(0);
}
