// The least that lets people in as orchard does: it checks the signature of a token by a key that it keeps, reads the
// account and the friend list by their keys, a prepared statement each, and greets with as many bytes. It reads orchard's
// own file, in its one thread; what its client missed it reads as well. Nobody is told who came, and nothing is stored.

import { Database } from "bun:sqlite";
import { createHmac, createSecretKey } from "node:crypto";
import { announcedLimits } from "../../src/domain/limits.ts";
import { announce, type Door, messageOf, type Request, type Socket, serve, tell } from "./channel-server.ts";

interface Account {
  id: number;
  created_at: number;
}

interface Friend {
  id: number;
  state: string;
  name: string;
  last_online: number;
  seq: number;
}

interface Place {
  server_id: number;
  server_seq: number;
  channel_id: number;
}

const key = createSecretKey(Buffer.from(Bun.env["BARE_SECRET"] ?? ""));
const database = new Database(Bun.env["BARE_DATABASE"] ?? "", { readonly: true });
const accounts = database.query<Account, [number, number]>(`SELECT users.id, name, email, profile_pic, bio, status,
  custom_status, dms, users.created_at FROM logins JOIN users ON users.id = user_id
  WHERE logins.id = ? AND expires_at > ? AND deleted_at IS NULL`);
const friends = database.query<Friend, [number]>(`SELECT users.id, state, name, last_online, friendships.seq
  FROM friendships JOIN users ON users.id = peer_id WHERE user_id = ? AND state <> 'none' ORDER BY friendships.seq DESC`);
const places = database.query<Place, [number]>(`SELECT servers.id AS server_id, servers.seq AS server_seq,
  channels.id AS channel_id FROM members JOIN servers ON servers.id = members.server_id
  JOIN channels ON channels.server_id = servers.id WHERE user_id = ? AND left_at IS NULL`);

const epoch = crypto.randomUUID();
const rest_of_greeting = `,"epoch":"${epoch}","protocol":1,"limits":${JSON.stringify(announcedLimits())}}}`;
let sessions = 0;

/** Whose token it is, and by which log-in; null where we didn't sign it. */
function claimsIn(token: string): { user_id: number; login: number } | null {
  const [header, payload = "", signature] = token.split(".");
  if (createHmac("sha256", key).update(`${header}.${payload}`).digest("base64url") !== signature) return null;
  const { sub, jti, exp } = JSON.parse(Buffer.from(payload, "base64url").toString());
  return exp * 1000 > Date.now() ? { user_id: Number(sub), login: Number(jti) } : null;
}

const door: Door = {
  admit(query) {
    const claims = claimsIn(query.get("auth") ?? "");
    return claims && { topics: [`self:${claims.user_id}`], ...claims };
  },
  greet(socket) {
    const { login = 0, user_id = 0 } = socket.data;
    const account = accounts.get(login, Date.now());
    if (!account) return socket.close(4001);
    const { created_at, ...user } = account;
    const shown = JSON.stringify({ ...user, created_date: new Date(created_at).toISOString() });
    sessions += 1;
    socket.send(`{"type":"ready","data":{"user":${shown},"session_id":${sessions}${rest_of_greeting}`);
    for (const friend of friends.all(user_id)) socket.send(listed(friend));
  },
};

function listed({ id, state, name, last_online }: Friend): string {
  const lastOnline = new Date(last_online).toISOString();
  const friend = { id, type: state, name, status: 1, lastOnline, playing: null };
  return JSON.stringify({ type: "friend-list-update", data: { ...friend, data: { name, status: 1, lastOnline } } });
}

/** What is answered to each request about what a person has, all of it as it is stored. */
const answers: Record<string, (socket: Socket, user_id: number) => object> = {
  get_friends: (_, user_id) => ({ friends: friends.all(user_id).map(({ id }) => ({ user_id: id })) }),
  get_servers: (_, user_id) => ({ servers: places.all(user_id).map(({ server_id }) => ({ id: server_id })) }),
  subscribe: topicsOf,
  sync: topicsOf,
};

/** The socket hears of its servers and channels from now on. */
function topicsOf(socket: Socket, user_id: number): object {
  const topics: Record<string, object> = { self: { seq: 0, events: [] } };
  for (const { id, seq } of friends.all(user_id)) {
    const topic = `user:${id}`;
    topics[topic] = {
      seq,
      events: [{ type: "user_changed", topic, seq, data: { id, status: "online", playing: null } }],
    };
  }
  for (const { server_id, server_seq, channel_id } of places.all(user_id)) {
    topics[`server:${server_id}`] = { seq: server_seq, events: [] };
    topics[`channel:${channel_id}`] = { seq: 0, events: [] };
    socket.subscribe(`server:${server_id}`);
    socket.subscribe(`channel:${channel_id}`);
  }
  return { topics };
}

const server = serve((socket: Socket, request: Request) => {
  const { id, type, data } = request;
  const answer = answers[type];
  if (answer) socket.send(JSON.stringify({ id, type, data: answer(socket, socket.data.user_id ?? 0) }));
  else if (type === "add_message") tell(server, socket, request, messageOf(data));
}, door);

announce(server);
