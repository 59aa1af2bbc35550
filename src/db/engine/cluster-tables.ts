// The tables that the nodes of a cluster have in the database: who is a node, and which of them has what. Made by the first
// node that comes, and not by a migration: a database of one process has none of them.

import { id_nodes } from "../../domain/ids.ts";

/**
 * `term` grows whenever what a node sent must not be done any more. `holder` is the process that is the node, empty when
 * none is; `incarnation` grows with each. `beat` grows while it lives; none of the ids that it makes is above `ceiling`.
 * `epoch` grows whenever a slot changes hands, and `changed` with each such change, over all slots; none of the ids that
 * were made for it before it did so last is above its `floor`.
 */
export const cluster_sql = [
  `CREATE TABLE IF NOT EXISTS cluster_nodes (number INTEGER PRIMARY KEY CHECK (number BETWEEN 0 AND ${id_nodes - 1}), incarnation INTEGER NOT NULL, term INTEGER NOT NULL, holder TEXT NOT NULL, beat INTEGER NOT NULL, ceiling INTEGER NOT NULL, state TEXT NOT NULL, description TEXT NOT NULL) STRICT`,
  `CREATE TABLE IF NOT EXISTS cluster_slots (slot INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, node INTEGER, changed INTEGER NOT NULL, floor INTEGER NOT NULL) STRICT`,
  // Nothing is ever in it: what would go there is refused, and the constraint's name says why.
  `CREATE TABLE IF NOT EXISTS cluster_guard (term_holds INTEGER NOT NULL CONSTRAINT stale_term CHECK (term_holds = 1), epochs_hold INTEGER NOT NULL CONSTRAINT stale_epoch CHECK (epochs_hold = 1), is_durable INTEGER NOT NULL CONSTRAINT not_durable CHECK (is_durable = 1)) STRICT`,
];
