// What the bare programs have in common: sockets that name their topics in their address, messages of a channel in
// frames like orchard's in form and length, and what such a program says of its event loop. Nobody is checked, unless
// a program has a door of its own.

import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Server, ServerWebSocket } from "bun";
import { limits } from "../../src/domain/limits.ts";

export interface Data {
  topics: string[];
  /** Who it is and by which log-in, where that is checked. */
  user_id?: number;
  login?: number;
}
export type Socket = ServerWebSocket<Data>;

/** Who comes in, and what they are told first. */
export interface Door {
  /** Null for who stays outside. */
  admit(query: URLSearchParams): Data | null;
  greet(socket: Socket): void;
}

const open_door: Door = {
  admit: (query) => ({ topics: query.get("topics")?.split(",") ?? [] }),
  greet: (socket) => void socket.send('{"type":"ready"}'),
};

/** A frame as the load generator sends it: of `data`, what its `type` has. */
export interface Request {
  id: string;
  type: string;
  data: { channel_id: number; content: string; nonce?: string; changes: { status: string } };
}

export interface Message {
  id: number;
  channel_id: number;
  author_id: number;
  content: string;
  created_at: number;
  nonce?: string;
}

const EPOCH_MS = Date.UTC(2025, 0, 1);
let last_id = 0;

export function serve(onRequest: (socket: Socket, request: Request) => void, door = open_door): Server<Data> {
  const lag = monitorEventLoopDelay({ resolution: 50 });
  lag.enable();
  return Bun.serve<Data>({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request, self) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/metrics") {
        const p99_s = lag.percentile(99) / 1e9;
        lag.reset();
        return new Response(`orchard_event_loop_lag_seconds{quantile="0.99"} ${p99_s}\n`);
      }
      const data = door.admit(searchParams);
      return data && self.upgrade(request, { data }) ? undefined : new Response(null, { status: 400 });
    },
    websocket: {
      // Pinged as often as orchard's are.
      idleTimeout: limits.socket_idle_s,
      open(socket) {
        for (const topic of socket.data.topics) socket.subscribe(topic);
        door.greet(socket);
      },
      message: (socket, frame) => onRequest(socket, JSON.parse(String(frame))),
    },
  });
}

/** Says where it listens, as orchard does. */
export function announce({ port }: Server<Data>): void {
  process.stdout.write(`listening on http://127.0.0.1:${port}\n`);
}

export function messageOf({ channel_id, content, nonce }: Pick<Message, "channel_id" | "content" | "nonce">): Message {
  last_id = Math.max(last_id + 1, (Date.now() - EPOCH_MS) * 1000);
  const message = { id: last_id, channel_id, author_id: 1, content, created_at: Date.now() };
  return nonce === undefined ? message : { ...message, nonce };
}

/** Answers the one who sent the message, and tells the channel. */
export function tell(server: Server<Data>, socket: Socket, { id, type }: Request, message: Message): void {
  const view = viewOf(message);
  socket.send(JSON.stringify({ id, type, data: { message: view } }));
  const topic = `channel:${message.channel_id}`;
  server.publish(topic, JSON.stringify({ type: "message_added", topic, seq: message.id, data: view }));
}

/** Answers one who has sent it before. */
export function tellFirst(socket: Socket, { id, type }: Request, first: Message): void {
  socket.send(JSON.stringify({ id, type, data: { message: viewOf(first) } }));
}

/** Answers who asks whether all that was sent to it before has come. */
export function pong(socket: Socket, { id }: Request): void {
  socket.send(JSON.stringify({ id, type: "pong" }));
}

function viewOf({ created_at, ...fields }: Message) {
  return {
    ...{ ...fields, server_id: fields.channel_id, created_date: new Date(created_at).toISOString() },
    ...{ edited_date: null, reply_to: null, attachments: [], mentions: [], reactions: [] },
  };
}
