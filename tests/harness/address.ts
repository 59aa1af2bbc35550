// One address in front of several servers, as a load balancer in front of nodes: each connection goes to one of them and
// stays there, and nothing of it is looked at.

import { connect, createServer, type Socket } from "node:net";
import { pipeline } from "node:stream";

export interface Address {
  url: string;
  /** Takes no more connections. */
  refuse(): void;
  /** Breaks off what goes over it; after `refuse`. */
  close(): Promise<void>;
}

/** `choose` says where the next connection goes; port 0 is a free one. */
export async function openAddress(port: number, choose: () => string): Promise<Address> {
  const open = new Set<Socket>();
  const note = (socket: Socket) => {
    open.add(socket.setNoDelay(true));
    // Of a broken one the other side hears by its end.
    socket.on("error", () => {});
    socket.once("close", () => void open.delete(socket));
  };
  const server = createServer((came) => {
    const there = new URL(choose());
    const onward = connect(Number(there.port), there.hostname);
    for (const socket of [came, onward]) note(socket);
    // Whoever breaks off, the other side hears of it.
    pipeline(came, onward, () => {});
    pipeline(onward, came, () => {});
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("the address has no port");
  const closed = new Promise<void>((resolve) => server.once("close", resolve));
  return {
    url: `http://127.0.0.1:${bound.port}`,
    refuse: () => void server.close(),
    close() {
      for (const socket of open) socket.destroy();
      return closed;
    },
  };
}
