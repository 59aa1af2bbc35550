// The least that keeps messages: a socket, a writer thread that commits all that waits in one go, and an answer and a
// frame for the topic after the commit. It remembers nothing.

import { announce, type Message, messageOf, serve, tell } from "./channel-server.ts";

interface Waiting {
  message: Message;
  answer(): void;
}

let waiting: Waiting[] = [];
let under_way: Waiting[] = [];

const writer = new Worker(new URL("./writer.ts", import.meta.url));

function commit(): void {
  if (under_way.length > 0 || waiting.length === 0) return;
  under_way = waiting;
  waiting = [];
  writer.postMessage(JSON.stringify(under_way.map(({ message }) => message)));
}

writer.addEventListener("message", () => {
  const done = under_way;
  under_way = [];
  commit();
  for (const { answer } of done) answer();
});

const server = serve((socket, request) => {
  const message = messageOf(request.data);
  waiting.push({ message, answer: () => tell(server, socket, request, message) });
  if (waiting.length === 1) queueMicrotask(commit);
});

writer.addEventListener("open", () => announce(server));
