// What can be done by frames alone: malformed ones, heavy ones, and what lies below them.

import { limits } from "../../src/domain/limits.ts";
import { epochOf, frameOf, type LoadSocket } from "../socket.ts";
import { type Attack, type Attacker, demanded } from "./attack.ts";
import { channelId, type Size } from "./land.ts";

const SESSIONS = 4;
/** Opcodes of the WebSocket protocol, with the bit that says that the frame is whole. */
const [PING, PONG] = [0x89, 0x8a];
/** Text that isn't all of a message, and what goes on with it and doesn't end it. */
const [BEGINNING, MIDDLE] = [0x01, 0x00];
const CONTROL_FRAMES_AT_ONCE = 20_000;
const WORST_FRAME = limits.frame_length - 200;

/** Malformed frames, each of one token, from a few sessions. */
async function floodWith(by: Attacker, frames: readonly string[]): Promise<void> {
  const sockets = await by.sessions(SESSIONS);
  by.begin();
  by.spend(sockets, 1, (socket, at) => socket.send(frames[at % frames.length] as string));
}

const frame = (type: string, data: string) => `{"id":"1","type":"${type}","data":${data}}`;
const listOf = (item: string, length = WORST_FRAME) => {
  const count = Math.floor(length / (item.length + 1));
  return `[${new Array(count).fill(item).join(",")}]`;
};
/** An object of as many short fields as there is room for. */
function fieldsOf(value: string, length = WORST_FRAME): string {
  const fields: string[] = [];
  for (let size = 0; size < length; size += fields.at(-1)?.length ?? 0) fields.push(`"${fields.length}":${value},`);
  return `{${fields.join("").slice(0, -1)}}`;
}

const zeros: Attack = {
  name: "zeros",
  title: "get_users with 32,000 zeros",
  run: (by) => floodWith(by, [frame("get_users", `{"user_ids":${listOf("0")}}`)]),
};

/** Of other kinds: none of them passes. */
const malformed: Attack = {
  name: "malformed",
  title: "lists of lists, wide objects, long strings, unknown types",
  run: (by) =>
    floodWith(by, [
      frame("subscribe", `{"topics":${listOf('"x"')}}`),
      frame("subscribe", `{"topics":${listOf("[]")}}`),
      frame("sync", `{"epoch":"x","topics":${fieldsOf("0")}}`),
      frame("sync", `{"epoch":"x","topics":${fieldsOf("-1")}}`),
      frame("update_member", `{"server_id":1,"user_id":1,"changes":{"roles":${listOf("0")}}}`),
      frame("update_channel", `{"channel_id":1,"changes":{"overwrites":${listOf("{}")}}}`),
      frame("update_role", `{"role_id":1,"changes":{"rules":${listOf('"a"')}}}`),
      frame("update_user", `{"changes":{"bio":"${"\\u0301".repeat(WORST_FRAME / 6)}"}}`),
      frame("add_message", `{"channel_id":1,"attachments":${listOf("0")}}`),
      frame("ping", listOf("[[[[[[[[]]]]]]]]")),
      frame("none", fieldsOf("{}")),
    ]),
};

const control = (name: string, title: string, opcode: number): Attack => ({
  name,
  title,
  async run(by) {
    const socket = await by.session();
    if (opcode === MIDDLE) socket.write(frameOf(BEGINNING, Buffer.from("")));
    const bytes = Buffer.concat(Array.from({ length: CONTROL_FRAMES_AT_ONCE }, () => frameOf(opcode, Buffer.from(""))));
    by.begin();
    // As fast as they are read.
    by.every(1, () => {
      for (let at = 0; at < 10 && !socket.is_backed_up && !socket.closed; at += 1) socket.write(bytes);
    });
  },
});

const subscriptions: Attack = {
  name: "subscriptions",
  title: `subscribes to ${limits.topics_per_request} topics and lets them go`,
  seed(land, own, size) {
    const members = [own.user(0), ...fellows(size)];
    land.server(own.server, { owner: own.user(0), members, channels: size.channels });
  },
  async run(by) {
    const topics = [...channelTopics(by), ...fellows(by.size).map((user) => `user:${user}`)];
    const sockets = await by.sessions(SESSIONS);
    by.begin();
    by.spend(sockets, 7, (socket) => {
      socket.post("subscribe", { topics });
      socket.post("unsubscribe", { topics });
    });
  },
};

/** As many users as there are channels, none of whom attacks. */
const fellows = ({ members, channels }: Size) =>
  Array.from({ length: Math.min(channels, limits.topics_per_request / 2) }, (_, at) => members - at);

const epochless: Attack = {
  name: "sync-strangers",
  title: `sync of ${limits.topics_per_request} topics of other people`,
  async run(by) {
    const sockets = await by.sessions(SESSIONS);
    const epoch = epochOf(sockets[0] as LoadSocket);
    const topics = Object.fromEntries(strangers(limits.topics_per_request).map((topic) => [topic, 1]));
    by.begin();
    by.ask(sockets, 20, () => ["sync", { epoch, topics }]);
  },
};

const stalled: Attack = {
  name: "stalled-readers",
  title: "28 sessions ask for full pages and read none",
  seed: (land, own) => land.server(own.server, { owner: own.user(0), members: [own.user(0)] }),
  async run(by) {
    await longMessages(by);
    const sockets = await by.sessions(28);
    by.begin();
    for (const socket of sockets) socket.pause();
    by.ask(sockets, 4, () => page(by));
  },
};

const pages: Attack = {
  name: "pages",
  title: "get_message_chunk of the longest messages",
  seed: (land, own) => land.server(own.server, { owner: own.user(0), members: [own.user(0)] }),
  async run(by) {
    await longMessages(by);
    const sockets = await by.sessions(SESSIONS);
    by.begin();
    by.ask(sockets, 4, () => page(by));
  },
};

const page = ({ own }: Attacker): [string, object] => [
  "get_message_chunk",
  { channel_id: channelId(own.server), amount: limits.page_length, anchor: 0, direction: true },
];

async function longMessages(by: Attacker): Promise<void> {
  const socket = await by.session();
  const content = "麦".repeat(limits.message_length);
  const sent = Array.from({ length: Math.min(20, by.size.messages) }, () =>
    socket.ask("add_message", { channel_id: channelId(by.own.server), content }),
  );
  for (const reply of await Promise.all(sent)) demanded(reply);
}

const channelTopics = ({ own, size }: Attacker) =>
  Array.from({ length: size.channels }, (_, at) => `channel:${channelId(own.server, at + 1)}`);
const strangers = (count: number) => Array.from({ length: count }, (_, at) => `user:${at + 1}`);

export const frame_attacks: readonly Attack[] = [
  ...[zeros, malformed],
  control("pings", "WebSocket pings without end on one socket", PING),
  control("pongs", "WebSocket pongs without end on one socket", PONG),
  control("pieces", "pieces of a message that never ends", MIDDLE),
  ...[subscriptions, epochless, pages, stalled],
];
