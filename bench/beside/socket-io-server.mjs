// What the bare program for topics does, by Socket.IO: its rooms for topics, its acknowledgements for answers. Nobody is
// checked, and nothing is kept. It is plain JavaScript for Node, and runs in a folder where socket.io is installed.

import { createServer } from "node:http";
import { monitorEventLoopDelay } from "node:perf_hooks";
// biome-ignore lint/correctness/noUndeclaredDependencies: it is installed beside the copy of this file that is run
import { Server } from "socket.io";

const EPOCH_MS = Date.UTC(2025, 0, 1);
let last_id = 0;

const lag = monitorEventLoopDelay({ resolution: 50 });
lag.enable();

const http = createServer((_request, response) => {
  const p99_s = lag.percentile(99) / 1e9;
  lag.reset();
  response.end(`orchard_event_loop_lag_seconds{quantile="0.99"} ${p99_s}\n`);
});
const io = new Server(http, { transports: ["websocket"], serveClient: false });

function messageOf({ channel_id, content }) {
  last_id = Math.max(last_id + 1, (Date.now() - EPOCH_MS) * 1000);
  return {
    ...{ id: last_id, channel_id, author_id: 1, content, server_id: channel_id },
    ...{ created_date: new Date().toISOString(), edited_date: null, reply_to: null },
    ...{ attachments: [], mentions: [], reactions: [] },
  };
}

function friendOf(chosen) {
  const status = chosen === "invisible" ? 0 : 1;
  const lastOnline = new Date().toISOString();
  const friend = { id: 1, type: "friend", name: "user1", status, lastOnline, playing: null };
  return { ...friend, data: { name: "user1", status, lastOnline } };
}

io.on("connection", (socket) => {
  const { topics } = socket.handshake.query;
  if (topics) socket.join(topics.split(","));
  socket.on("add_message", (data, answer) => {
    const message = messageOf(data);
    const topic = `channel:${message.channel_id}`;
    answer({ type: "add_message", data: { message } });
    io.to(topic).emit("message_added", { topic, seq: message.id, data: message });
  });
  socket.on("update_user", ({ changes: { status } }, answer) => {
    answer({ type: "update_user", data: { user: { id: 1, status } } });
    if (status === "online") io.to("friends:1").emit("now-online", { data: { id: 1, name: "user1" } });
    io.to("friends:1").emit("friend-list-update", { data: friendOf(status) });
  });
  socket.on("ping", (_data, answer) => answer({ type: "pong" }));
});

http.listen(0, "127.0.0.1", () => process.stdout.write(`listening on http://127.0.0.1:${http.address().port}\n`));
