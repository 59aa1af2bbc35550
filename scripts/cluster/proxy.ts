// A proxy for a developer's cluster and for tests: one address, and each connection goes to the next port that is there. It
// passes bytes on and looks into none of them; and when told to, it fails as a network does. Must not be used for anything
// real: it has no limits.

export interface DeveloperProxy {
  port: number;
  /** Breaks all connections off, and any that is tried. */
  cut(): void;
  /** Nothing passes, nor is heard of the end of a connection, though all seem to be there. */
  stall(): void;
  /** On how many connections something is kept back. */
  held(): number;
  /** Everything passes again, what was kept back first. */
  restore(): void;
  /** Whoever connects anew gets through; those who are connected are as they were, for good. */
  forget(): void;
  stop(): void;
}

interface Way {
  state: "open" | "cut" | "stalled";
  sides: Set<Side>;
}

interface Side {
  way: Way;
  socket: Bun.Socket<Side> | null;
  other: Side | null;
  /** What came before the other was there, or while it took no more. */
  waiting: Uint8Array[];
  has_ended: boolean;
}

const handlers: Bun.SocketHandler<Side> = {
  open(socket) {
    socket.data.socket = socket;
  },
  data(socket, bytes) {
    socket.data.waiting.push(new Uint8Array(bytes));
    flush(socket.data);
  },
  drain(socket) {
    // What waits for it lies with the side that it came from.
    if (socket.data.other) flush(socket.data.other);
  },
  close(socket) {
    socket.data.has_ended = true;
    flush(socket.data);
  },
  error() {},
};

function sideOf(way: Way, socket: Side["socket"] = null): Side {
  return { way, socket, other: null, waiting: [], has_ended: false };
}

/** Passes on what came from this side, and its end behind that. */
function flush(side: Side): void {
  const { way, other, waiting } = side;
  if (way.state === "stalled" || !other?.socket) return;
  while (waiting[0]) {
    const [first] = waiting;
    const written = other.has_ended ? first.length : other.socket.write(first);
    if (written < 0) return;
    if (written < first.length) {
      waiting[0] = first.subarray(written);
      return;
    }
    waiting.shift();
  }
  if (!side.has_ended) return;
  other.socket.end();
  way.sides.delete(side);
}

/** Connects the side with the first of these ports at which somebody listens. */
async function connect(side: Side, ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const { way } = side;
    const data: Side = { ...sideOf(way), other: side };
    const socket = await Bun.connect<Side>({ hostname: "127.0.0.1", port, data, socket: handlers }).catch(() => null);
    if (!socket) continue;
    // Broken off meanwhile.
    if (!way.sides.has(side)) return void socket.terminate();
    way.sides.add(data);
    side.other = data;
    return flush(side);
  }
  side.way.sides.delete(side);
  side.socket?.end();
}

/** `ports` are those that are there now. */
export function startProxy(port: number, ports: () => readonly number[]): DeveloperProxy {
  let turns = 0;
  let way: Way = { state: "open", sides: new Set() };
  const forgotten: Way[] = [];
  const breakOff = ({ sides }: Way) => {
    for (const { socket } of sides) socket?.terminate();
    sides.clear();
  };
  const listener = Bun.listen<Side>({
    ...{ hostname: "127.0.0.1", port },
    socket: {
      ...handlers,
      open(socket) {
        const side = sideOf(way, socket);
        socket.data = side;
        if (way.state === "cut") return void socket.terminate();
        way.sides.add(side);
        turns += 1;
        const there = ports();
        const at = turns % Math.max(1, there.length);
        void connect(side, [...there.slice(at), ...there.slice(0, at)]);
      },
    },
  });
  return {
    port: listener.port,
    cut() {
      way.state = "cut";
      breakOff(way);
    },
    stall() {
      way.state = "stalled";
    },
    held: () => [...way.sides].filter(({ waiting }) => waiting.length > 0).length,
    restore() {
      way.state = "open";
      for (const side of [...way.sides]) flush(side);
    },
    forget() {
      forgotten.push(way);
      way = { state: "open", sides: new Set() };
    },
    stop() {
      listener.stop(true);
      for (const one of [way, ...forgotten]) breakOff(one);
    },
  };
}
