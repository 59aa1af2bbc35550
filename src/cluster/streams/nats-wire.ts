// The wire over NATS: a subject for each node's life. The subscription has a callback, since iterators lose the order in
// which messages come over several. A connection that breaks is made anew for as long as it takes, and what was lost
// meanwhile the streams see by their numbers.

import { readFile } from "node:fs/promises";
import { connect, credsAuthenticator, type NatsConnection } from "@nats-io/transport-node";
import type { PeerId } from "./envelope.ts";
import type { Wire } from "./links.ts";

export interface NatsOptions {
  /** `nats://host:port`, of which one is enough. */
  servers: readonly string[];
  /** The cluster's name, as it stands in subjects. */
  cluster: string;
  /** How the node calls itself to NATS. */
  name: string;
  /** Paths of files: credentials, the authority's certificate, the node's certificate and its key. */
  creds?: string | undefined;
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
  /** Whether NATS is reached, whenever that changes. */
  onReach(is_reached: boolean): void;
}

export interface NatsWire extends Wire {
  /** Sends what waits and closes. */
  close(): Promise<void>;
}

/** How soon, and how often, a broken connection is made anew. */
const RECONNECT_MS = 100;
const PING_MS = 2_000;
const PINGS_UNANSWERED = 2;
/** A first connection that takes longer has failed. */
const CONNECT_MS = 5_000;

/** Rejects when NATS can't be reached or refuses the node. */
export async function connectNats(options: NatsOptions): Promise<NatsWire> {
  const { servers, cluster, name, creds, ca, cert, key, onReach } = options;
  const connection = await connect({
    servers: [...servers],
    ...{ name, noEcho: true, timeout: CONNECT_MS },
    ...{ maxReconnectAttempts: -1, reconnectTimeWait: RECONNECT_MS, reconnectJitter: RECONNECT_MS },
    ...{ pingInterval: PING_MS, maxPingOut: PINGS_UNANSWERED, reconnectJitterTLS: RECONNECT_MS },
    ...(creds !== undefined && { authenticator: credsAuthenticator(new Uint8Array(await readFile(creds))) }),
    ...((ca ?? cert) !== undefined && {
      tls: { ...(ca && { caFile: ca }), ...(cert && { certFile: cert }), ...(key && { keyFile: key }) },
    }),
  });
  void watch(connection, onReach);
  const subjectOf = (peer: PeerId) => `o.${cluster}.n.${peer}`;
  return {
    message_bytes: connection.info?.max_payload ?? 2 ** 20,
    publish: (to, bytes) => {
      if (!connection.isClosed()) connection.publish(subjectOf(to), bytes);
    },
    subscribe(me, onMessage) {
      const callback = (error: Error | null, { data }: { data: Uint8Array }) => {
        if (!error) onMessage(data);
      };
      const subscription = connection.subscribe(subjectOf(me), { callback });
      return () => subscription.unsubscribe();
    },
    close: () => connection.drain(),
  };
}

async function watch(connection: NatsConnection, onReach: (is_reached: boolean) => void): Promise<void> {
  for await (const { type } of connection.status()) {
    if (type === "disconnect") onReach(false);
    if (type === "reconnect") onReach(true);
  }
}
