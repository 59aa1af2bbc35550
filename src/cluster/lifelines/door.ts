// Where a node's process takes the lines of others, over TCP. It is open for as long as the process is a node, whatever
// else the process takes or doesn't, and ends no line that it has answered: that a line ends, and that none is taken,
// tells others that the process has ended. Whoever doesn't ask for this process is told nothing.

import { limits } from "../../domain/limits.ts";
import { passingFault } from "../faults.ts";
import { answering, asking } from "./greeting.ts";

/** Who hasn't asked by then is sent away. */
const PATIENCE_MS = 5_000;
/** A line whose other end is silent for so long is looked after. */
const KEEP_ALIVE_MS = 60_000;

interface Visit {
  heard: string;
  late: ReturnType<typeof setTimeout> | undefined;
}

export interface Door {
  port: number;
  close(): void;
}

/** Throws ClusterFault where nobody can listen there. */
export function openDoor(hostname: string, port: number, holder: string): Door {
  const visits = new Set<Bun.Socket<Visit>>();
  const wanted = asking(holder);
  const socket: Bun.SocketHandler<Visit> = {
    open(opened) {
      opened.data = { heard: "", late: setTimeout(() => opened.end(), PATIENCE_MS) };
      if (visits.size >= limits.lifelines) return void opened.end();
      visits.add(opened);
      opened.setKeepAlive(true, KEEP_ALIVE_MS);
    },
    data(opened, bytes) {
      const { data: visit } = opened;
      // Nothing is to be said behind that.
      if (visit.heard.length >= wanted.length) return void opened.end();
      visit.heard += bytes.toString("latin1", 0, wanted.length + 1);
      if (visit.heard.length < wanted.length) return;
      if (visit.heard !== wanted) return void opened.end();
      clearTimeout(visit.late);
      opened.write(answering(holder, opened));
    },
    close(opened) {
      clearTimeout(opened.data.late);
      visits.delete(opened);
    },
    error() {},
  };
  const listener = listening(() => Bun.listen({ hostname, port, socket, data: { heard: "", late: undefined } }));
  return {
    port: listener.port,
    close() {
      listener.stop(true);
      for (const { data } of visits) clearTimeout(data.late);
    },
  };
}

function listening<Listener>(listen: () => Listener): Listener {
  try {
    return listen();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw passingFault(`ORCHARD_CLUSTER_ADDRESS: other nodes can't be listened for: ${reason}`);
  }
}
