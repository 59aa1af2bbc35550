// Somebody whose friends are told of what they choose to be.

import type { Server } from "bun";
import type { Data, Request, Socket } from "./channel-server.ts";

/** Answers the first user, who has chosen a status, and tells their friends. */
export function tellFriends(server: Server<Data>, socket: Socket, { id, type, data }: Request): void {
  const { status } = data.changes;
  socket.send(JSON.stringify({ id, type, data: { user: { id: 1, status } } }));
  if (status === "online") server.publish("friends:1", '{"type":"now-online","data":{"id":1,"name":"user1"}}');
  server.publish("friends:1", friendFrame(status));
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
