// Lines between the processes of nodes as they are made over TCP: a door at this process, which others are told of, and
// calls to theirs. Where nothing says otherwise it is at the address by which the node reaches NATS, as others will reach
// it from there, and at any free port.

import { isIPv6 } from "node:net";
import { hostAndPort, plainAddress } from "../host-and-port.ts";
import type { ClusterSettings } from "../settings.ts";
import { NATS_PORT } from "../streams/nats-greeting.ts";
import { dial } from "./dial.ts";
import { openDoor } from "./door.ts";
import type { LineGround } from "./lifelines.ts";

const PATIENCE_MS = 5_000;

/** `holder`: who it is to be among the nodes. Rejects with ClusterFault where it can't listen. */
export async function openTcpLines(
  { servers, address }: Pick<ClusterSettings, "servers" | "address">,
  holder: string,
): Promise<LineGround> {
  const host = address?.host ?? (await ownAddress(servers));
  // Who reaches no NATS is told so when it is to speak.
  if (host === null) return { address: "", dial, close() {} };
  const { port, close } = openDoor(host, address?.port ?? 0, holder);
  return { address: `${isIPv6(host) ? `[${host}]` : host}:${port}`, dial, close };
}

/** This machine's, on the way to the first of these that takes a connection. */
async function ownAddress(servers: readonly string[]): Promise<string | null> {
  for (const server of servers) {
    const address = await localAddressTo(server);
    if (address !== null) return address;
  }
  return null;
}

async function localAddressTo(server: string): Promise<string | null> {
  const found = Promise.withResolvers<string | null>();
  const late = setTimeout(() => found.resolve(null), PATIENCE_MS);
  Bun.connect({
    ...hostAndPort(server, NATS_PORT),
    socket: {
      open(socket) {
        found.resolve(plainAddress(socket.localAddress));
        socket.end();
      },
      data() {},
    },
  }).catch(() => found.resolve(null));
  return found.promise.finally(() => clearTimeout(late));
}
