// What the bare programs that keep messages have in common: a writer thread commits all that waits in one go, and only
// then comes the answer, and a frame for the topic. Whoever uses a nonce again is answered with the first message.

import { announce, type Message, messageOf, serve, tell, tellFirst } from "./channel-server.ts";

interface Waiting {
  message: Message;
  /** `first`: the one that is stored under the nonce already. */
  answer(first: Message | undefined): void;
}

/** What the thread is handed: messages as JSON, and how many. */
export interface Group {
  rows: string;
  count: number;
}

/** By the id of what was left out, the message that was there; null where all were added. */
export type Firsts = ReadonlyMap<number, Message> | null;

/** Serves, and commits through the thread of that program. */
export function serveCommitting(program: URL): void {
  let waiting: Waiting[] = [];
  let under_way: Waiting[] = [];
  const writer = new Worker(program);

  function commit(): void {
    if (under_way.length > 0 || waiting.length === 0) return;
    under_way = waiting;
    waiting = [];
    const rows = JSON.stringify(under_way.map(({ message }) => message));
    writer.postMessage({ rows, count: under_way.length } satisfies Group);
  }

  writer.addEventListener("message", ({ data: firsts }: MessageEvent<Firsts>) => {
    const done = under_way;
    under_way = [];
    commit();
    for (const { message, answer } of done) answer(firsts?.get(message.id));
  });

  const server = serve((socket, request) => {
    const message = messageOf(request.data);
    const answer = (first: Message | undefined) =>
      first ? tellFirst(socket, request, first) : tell(server, socket, request, message);
    waiting.push({ message, answer });
    if (waiting.length === 1) queueMicrotask(commit);
  });

  writer.addEventListener("open", () => announce(server));
}
