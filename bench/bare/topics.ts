// The least that tells many: a socket, Bun's own topics, and one frame for all. It keeps nothing.

import { announce, messageOf, pong, serve, tell } from "./channel-server.ts";
import { tellFriends } from "./friends.ts";

const server = serve((socket, request) => {
  if (request.type === "add_message") tell(server, socket, request, messageOf(request.data));
  if (request.type === "update_user") tellFriends(server, socket, request);
  if (request.type === "ping") pong(socket, request);
});

announce(server);
