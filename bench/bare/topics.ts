// The least that tells many: a socket, Bun's own topics, and one frame for all. It checks nobody and keeps nothing.
// A socket names its topics in its address. The frames are like orchard's in form and length, and so is what it says of
// its event loop.

import { monitorEventLoopDelay } from "node:perf_hooks";

interface Data {
  topics: string[];
}

const EPOCH_MS = Date.UTC(2025, 0, 1);
let last_id = 0;
const lag = monitorEventLoopDelay({ resolution: 50 });
lag.enable();

const server = Bun.serve<Data>({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request, self) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/metrics") return new Response(readLag());
    const topics = searchParams.get("topics") ?? "";
    if (self.upgrade(request, { data: { topics: topics === "" ? [] : topics.split(",") } })) return undefined;
    return new Response(null, { status: 400 });
  },
  websocket: {
    open(socket) {
      for (const topic of socket.data.topics) socket.subscribe(topic);
      socket.send('{"type":"ready"}');
    },
    message(socket, frame) {
      const { id, type, data } = JSON.parse(String(frame));
      if (type === "add_message") {
        const message = messageOf(data);
        socket.send(JSON.stringify({ id, type, data: { message } }));
        const topic = `channel:${message.channel_id}`;
        server.publish(topic, JSON.stringify({ type: "message_added", topic, seq: message.id, data: message }));
      }
      if (type === "update_user") {
        socket.send(JSON.stringify({ id, type, data: { user: { id: 1, status: data.changes.status } } }));
        if (data.changes.status === "online")
          server.publish("friends:1", '{"type":"now-online","data":{"id":1,"name":"user1"}}');
        server.publish("friends:1", friendFrame(data.changes.status));
      }
      if (type === "ping") socket.send(JSON.stringify({ id, type: "pong" }));
    },
  },
});

function readLag(): string {
  const p99_s = lag.percentile(99) / 1e9;
  lag.reset();
  return `orchard_event_loop_lag_seconds{quantile="0.99"} ${p99_s}\n`;
}

function messageOf({ channel_id, content }: { channel_id: number; content: string }) {
  last_id = Math.max(last_id + 1, (Date.now() - EPOCH_MS) * 1000);
  const created_date = new Date().toISOString();
  return {
    ...{ id: last_id, channel_id, server_id: channel_id, author_id: 1, content, created_date },
    ...{ edited_date: null, reply_to: null, attachments: [], mentions: [], reactions: [] },
  };
}

function friendFrame(chosen: string): string {
  const status = chosen === "invisible" ? 0 : 1;
  const lastOnline = new Date().toISOString();
  const friend = { id: 1, type: "friend", name: "user1", status, lastOnline, playing: null };
  return JSON.stringify({
    type: "friend-list-update",
    data: { ...friend, data: { name: "user1", status, lastOnline } },
  });
}

process.stdout.write(`listening on http://127.0.0.1:${server.port}\n`);
