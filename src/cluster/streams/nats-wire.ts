// The wire over NATS: a subject for each node's life. The subscription has a callback, since iterators lose the order in
// which messages come over several. A connection that breaks is made anew for as long as it takes, and what was lost
// meanwhile the streams see by their numbers.

import { readFile } from "node:fs/promises";
import {
  connect,
  credsAuthenticator,
  type NatsConnection,
  nkeyAuthenticator,
  PermissionViolationError,
  type Status,
} from "@nats-io/transport-node";
import { endedOrLate } from "../../db/engine/ended-or-late.ts";
import { limits } from "../../domain/limits.ts";
import { type ClusterSettings, CREDENTIALS, SEED } from "../settings.ts";
import type { PeerId } from "./envelope.ts";
import type { Wire } from "./links.ts";
import { refuseNamesake } from "./namesake.ts";
import { connectFault, permissionFault, wantsTls } from "./nats-faults.ts";

export interface NatsOptions extends Omit<ClusterSettings, "name"> {
  /** The cluster's name, as it stands in subjects. */
  cluster: string;
  /** How the node calls itself to NATS. */
  name: string;
  /** What the database is known by: all nodes of a cluster have the same. */
  database: string;
  /** Whether NATS is reached, whenever that changes. */
  onReach(is_reached: boolean): void;
}

export interface NatsWire extends Wire {
  readonly state: NatsState;
  /** Another node answered when this one came. */
  readonly has_company: boolean;
  /** Sends what waits, where that can be done now, and closes. */
  close(): Promise<void>;
}

export interface NatsState {
  readonly is_reached: boolean;
  /** How often the connection was made anew. */
  readonly reconnects: number;
  /** Why NATS refuses what it is sent, as a sentence; null where it doesn't. */
  readonly refusal: string | null;
  /** Whether NATS asks who somebody is. */
  readonly is_guarded: boolean;
}

/** How soon, and how often, a broken connection is made anew. */
const RECONNECT_MS = 100;
const PING_MS = 2_000;
const PINGS_UNANSWERED = 2;
/** A connection that takes longer to be made has failed, and is tried again: what was sent for it may be lost. */
const CONNECT_MS = 3_000;

/** Rejects with ClusterFault when NATS can't be reached, or isn't one for this node. */
export async function connectNats(options: NatsOptions): Promise<NatsWire> {
  const { cluster, onReach } = options;
  const connection = await connect(await settingsFor(options)).catch(async (error) => {
    throw await connectFault(error, options);
  });
  const { auth_required = false, tls_verify = false, max_payload = 2 ** 20 } = connection.info ?? {};
  const state: State = { is_reached: true, reconnects: 0, refusal: null, is_guarded: auth_required || tls_verify };
  void watch(connection, state, onReach);
  let has_company: boolean;
  try {
    await refuseUnpermitted(connection, cluster, state);
    has_company = await refuseNamesake(connection, options);
  } catch (error) {
    await connection.close();
    throw error;
  }
  const close = () => closeSoon(connection, state);
  return { state, has_company, message_bytes: max_payload, close, ...wireOver(connection, cluster) };
}

/** What waits is sent where NATS takes it: it isn't waited for any longer than a round trip may take. */
async function closeSoon(connection: NatsConnection, { is_reached }: NatsState): Promise<void> {
  const drained = is_reached ? connection.drain().catch(() => {}) : Promise.resolve();
  await endedOrLate(limits.nats_closing_ms, drained);
  await endedOrLate(
    limits.nats_closing_ms,
    connection.close().catch(() => {}),
  );
}

async function settingsFor({ servers, cluster, name, creds, ca, cert, key }: NatsOptions) {
  return {
    servers: [...servers],
    ...{ name, noEcho: true, timeout: CONNECT_MS, inboxPrefix: `o.${cluster}.inbox` },
    ...{ maxReconnectAttempts: -1, reconnectTimeWait: RECONNECT_MS, reconnectJitter: RECONNECT_MS },
    ...{ pingInterval: PING_MS, maxPingOut: PINGS_UNANSWERED, reconnectJitterTLS: RECONNECT_MS },
    // A server that is about to learn of the node refuses it until then.
    ignoreAuthErrorAbort: true,
    ...(creds !== undefined && { authenticator: await authenticatorOf(creds) }),
    // With it the client insists: by the scheme alone it speaks TLS only where the server offers it.
    ...(wantsTls({ servers, ca, cert }) && {
      tls: { ...(ca && { caFile: ca }), ...(cert && { certFile: cert }), ...(key && { keyFile: key }) },
    }),
  };
}

async function authenticatorOf(path: string) {
  const text = await readFile(path, "latin1");
  const encoded = (part: string) => new TextEncoder().encode(part);
  // Credentials hold a seed as well.
  if (CREDENTIALS.test(text)) return credsAuthenticator(encoded(text));
  return nkeyAuthenticator(encoded(SEED.exec(text)?.[0] ?? ""));
}

function wireOver(connection: NatsConnection, cluster: string): Omit<Wire, "message_bytes"> {
  const subjectOf = (peer: PeerId) => `o.${cluster}.n.${peer}`;
  return {
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
  };
}

/** Nobody's subject, which every node may speak and listen on. */
const NOBODY: PeerId = "0.0";

/** Throws where the account may not do what a node does. */
async function refuseUnpermitted(connection: NatsConnection, cluster: string, state: NatsState): Promise<void> {
  const subject = `o.${cluster}.n.${NOBODY}`;
  const subscription = connection.subscribe(subject, { callback() {} });
  connection.publish(subject);
  // What it has against it, NATS says before it answers, and is noted in the turn after.
  await connection.flush();
  await Bun.sleep(0);
  subscription.unsubscribe();
  if (state.refusal !== null) throw permissionFault(state.refusal, cluster);
}

function violationIn(status: Status): PermissionViolationError | null {
  return status.type === "error" && status.error instanceof PermissionViolationError ? status.error : null;
}

type State = { -readonly [Key in keyof NatsState]: NatsState[Key] };

async function watch(connection: NatsConnection, state: State, onReach: (is_reached: boolean) => void): Promise<void> {
  for await (const status of connection.status()) {
    const { type } = status;
    const violation = violationIn(status);
    if (violation) state.refusal = violation.message;
    if (type === "disconnect") {
      state.is_reached = false;
      onReach(false);
    }
    if (type === "reconnect") {
      state.is_reached = true;
      state.reconnects += 1;
      state.refusal = null;
      onReach(true);
    }
  }
}
