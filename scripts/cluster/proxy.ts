// A proxy for a developer's cluster: one address, and each connection goes to the next node that is there. It passes bytes
// on and looks into none of them. Must not be used for anything real: it has no limits.

export interface DeveloperProxy {
  port: number;
  stop(): void;
}

interface Side {
  other: Bun.Socket<Side> | null;
  /** What came before the other was there, or while it took no more. */
  waiting: Uint8Array[];
}

const handlers: Bun.SocketHandler<Side> = {
  data(socket, bytes) {
    pass(socket.data, new Uint8Array(bytes));
  },
  drain(socket) {
    // What waits for it lies with the side that it came from.
    const from = socket.data.other?.data;
    if (from) flush(from);
  },
  close(socket) {
    socket.data.other?.end();
  },
  error() {},
};

function pass(side: Side, bytes: Uint8Array): void {
  side.waiting.push(bytes);
  flush(side);
}

function flush({ other, waiting }: Side): void {
  while (other && waiting[0]) {
    const [first] = waiting;
    const written = other.write(first);
    if (written < 0) return;
    if (written < first.length) {
      waiting[0] = first.subarray(written);
      return;
    }
    waiting.shift();
  }
}

/** `ports` are those of the nodes that are there now. */
export function startProxy(port: number, ports: () => readonly number[]): DeveloperProxy {
  let turns = 0;
  const listener = Bun.listen<Side>({
    ...{ hostname: "127.0.0.1", port },
    socket: {
      ...handlers,
      async open(socket) {
        socket.data = { other: null, waiting: [] };
        turns += 1;
        const nodes = ports();
        for (let tried = 0; tried < nodes.length; tried += 1) {
          const node = nodes[(turns + tried) % nodes.length] ?? 0;
          const data: Side = { other: socket, waiting: [] };
          const other = await Bun.connect<Side>({ hostname: "127.0.0.1", port: node, data, socket: handlers }).catch(
            () => null,
          );
          if (!other) continue;
          socket.data.other = other;
          return flush(socket.data);
        }
        socket.end();
      },
    },
  });
  return { port: listener.port, stop: () => listener.stop(true) };
}
