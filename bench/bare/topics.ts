// The least that tells many: a socket, Bun's own topics, and one frame for all. It keeps nothing.

import { announce, messageOf, serve, tell } from "./channel-server.ts";

const server = serve((socket, request) => {
  const { id, type, data } = request;
  if (type === "add_message") tell(server, socket, request, messageOf(data));
  if (type === "update_user") {
    socket.send(JSON.stringify({ id, type, data: { user: { id: 1, status: data.changes.status } } }));
    if (data.changes.status === "online")
      server.publish("friends:1", '{"type":"now-online","data":{"id":1,"name":"user1"}}');
    server.publish("friends:1", friendFrame(data.changes.status));
  }
  if (type === "ping") socket.send(JSON.stringify({ id, type: "pong" }));
});

function friendFrame(chosen: string): string {
  const status = chosen === "invisible" ? 0 : 1;
  const lastOnline = new Date().toISOString();
  const friend = { id: 1, type: "friend", name: "user1", status, lastOnline, playing: null };
  return JSON.stringify({
    type: "friend-list-update",
    data: { ...friend, data: { name: "user1", status, lastOnline } },
  });
}

announce(server);
