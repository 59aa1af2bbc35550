// What the handlers of operations are made of. Must not know by which door somebody came.

import type { AccountParts } from "../accounts/composition.ts";
import type { Exports } from "../accounts/exports.ts";
import type { Removals } from "../accounts/removals.ts";
import type { Actors } from "../actors/calls.ts";
import type { Commit } from "../actors/commit/commit.ts";
import type { Nodes } from "../actors/nodes.ts";
import type { Store } from "../db/store.ts";
import type { LiveSettings } from "../db/upkeep/live-settings.ts";
import type { IdGenerator } from "../domain/ids.ts";
import type { Log } from "../telemetry/log.ts";

export interface OperatorServices {
  store: Store;
  actors: Actors;
  commit: Commit;
  ids: IdGenerator;
  log: Log;
  /** What somebody may take along. */
  exports: Exports;
  /** What ends accounts. */
  removals: Pick<Removals, "end">;
  /** Passwords, tokens and links. */
  accounts: AccountParts;
  settings: LiveSettings;
  /** The processes that the server is made of. */
  nodes: Nodes;
  /** Where the database is. */
  database_url: string;
  /** What links begin with; null: they are paths. */
  public_url: string | null;
  /** Unix milliseconds. */
  clock(): number;
}
