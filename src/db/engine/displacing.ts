// A database on a server belongs to one process alone, or to the nodes of a cluster. Who takes it as one of the two ends
// what the other has there: each group of either is held to its own rows, which stand no more then.

import type { DatabaseServer } from "./database-server.ts";
import { DatabaseError, type Statement } from "./driver.ts";

const statement = (sql: string): Statement => ({ sql, params: [] });

const of_nodes = [
  "UPDATE cluster_nodes SET holder = '', term = term + 1, state = 'gone' WHERE holder <> ''",
  `UPDATE cluster_slots SET node = NULL, epoch = epoch + 1, changed = (SELECT max(changed) + 1 FROM cluster_slots),
      floor = (SELECT ceiling FROM cluster_nodes WHERE number = node)
    WHERE node IS NOT NULL`,
].map(statement);
const of_one = [statement("UPDATE orchard_fence SET term = term + 1, holder = ''")];

/** After it no node of a cluster writes anything there any more. Rejects with DatabaseError where that isn't known. */
export const displaceNodes = (server: DatabaseServer): Promise<void> => displace(server, of_nodes);

/** The same of a process that is alone. */
export const displaceOne = (server: DatabaseServer): Promise<void> => displace(server, of_one);

async function displace(server: DatabaseServer, statements: readonly Statement[]): Promise<void> {
  const answer = await server.batch(statements);
  // It was never used as that.
  if (answer.state === "refused" && answer.fault.message.includes("no such table")) return;
  if (answer.state !== "done") throw new DatabaseError(answer.fault);
}
