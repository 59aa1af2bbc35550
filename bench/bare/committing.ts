// What the bare programs that keep messages have in common: a message is committed, and only then comes the answer, and a
// frame for the topic. Whoever uses a nonce again is answered with the first message.

import { announce, type Message, messageOf, serve, tell, tellFirst } from "./channel-server.ts";
import { Groups } from "./groups.ts";

/** By the id of what was left out, the message that was there; null where all were added. */
export type Firsts = ReadonlyMap<number, Message> | null;

/** Serves, and commits through the thread of that program. */
export function serveCommitting(program: URL): void {
  const messages = new Groups<Message, Firsts>(program, () => announce(server));
  const server = serve((socket, request) => {
    const message = messageOf(request.data);
    messages.add(message, (firsts) => {
      const first = firsts?.get(message.id);
      if (first) tellFirst(socket, request, first);
      else tell(server, socket, request, message);
    });
  });
}
