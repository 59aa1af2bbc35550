// The least that keeps what somebody chose to be before it tells their friends.

import { announce, pong, serve } from "./channel-server.ts";
import { tellFriends } from "./friends.ts";
import { Groups } from "./groups.ts";

interface Choice {
  id: number;
  status: string;
}

const choices = new Groups<Choice, null>(new URL("./status-writer.ts", import.meta.url), () => announce(server));
const server = serve((socket, request) => {
  if (request.type === "ping") return pong(socket, request);
  const { status } = request.data.changes;
  choices.add({ id: 1, status }, () => tellFriends(server, socket, request));
});
