// To which topics Bun has a socket subscribed, and to which it comes back when what waits for it is sent: to whoever asks
// they are one.

import type { Backlog } from "../actors/delivery/backlog.ts";
import type { PersonTopic, Topic } from "../actors/delivery/gateway.ts";
import type { Socket } from "./bun-gateway.ts";

export function isOfPerson(topic: Topic): topic is PersonTopic {
  return !topic.startsWith("channel:") && !topic.startsWith("server:");
}

/** False when it is subscribed already. */
export function join(socket: Socket, backlog: Backlog | undefined, topic: Topic): boolean {
  if (backlog?.topics.has(topic) || socket.isSubscribed(topic)) return false;
  socket.subscribe(topic);
  return true;
}

/** False when it isn't subscribed. */
export function leave(socket: Socket, backlog: Backlog | undefined, topic: Topic): boolean {
  if (backlog?.topics.delete(topic)) return true;
  if (!socket.isSubscribed(topic)) return false;
  socket.unsubscribe(topic);
  return true;
}
