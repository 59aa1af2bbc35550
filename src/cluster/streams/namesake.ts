// Whether the cluster of this name at this NATS is this one: nodes of another database would take each other's words for
// their own. Each node answers who its database is, and none begins where another says otherwise.

import type { NatsConnection } from "@nats-io/transport-node";
import { lastingFault } from "../faults.ts";
import type { NatsOptions } from "./nats-wire.ts";

/** Who doesn't answer in this time may be a node that stands still. */
const PATIENCE_MS = 1_000;

/** Whether a node answered. Rejects with ClusterFault where it is of another database; from now on this one answers too. */
export async function refuseNamesake(
  connection: NatsConnection,
  { cluster, database }: Pick<NatsOptions, "cluster" | "database">,
): Promise<boolean> {
  const subject = `o.${cluster}.database`;
  // Without a node there is nobody to answer, which NATS says at once.
  const answer = await connection.request(subject, undefined, { timeout: PATIENCE_MS }).catch(() => null);
  if (answer && answer.string() !== database) {
    throw lastingFault(
      `ORCHARD_CLUSTER_NAME: nodes of another database have the name ${cluster} at this NATS: give this cluster another`,
    );
  }
  connection.subscribe(subject, { callback: (error, message) => void (error ?? message.respond(database)) });
  return answer !== null;
}
