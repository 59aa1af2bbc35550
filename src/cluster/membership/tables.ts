// What the database holds of a cluster: which nodes there are, and which of them has which slot. It decides, since it is
// what they all write to: a claim is a comparison in SQL, and each group of writes carries what it rests on and is
// refused where that no longer holds. No clock is compared, neither a node's nor the database's.

import { cluster_sql } from "../../db/engine/cluster-tables.ts";
import type { SqlValue, Statement } from "../../db/engine/driver.ts";
import { LEAST_SYNCHRONOUS } from "../../db/engine/fence.ts";
import { mergeable } from "../../db/engine/mergeable.ts";
import { id_nodes } from "../../domain/ids.ts";
import { all_slots } from "../slots.ts";
import type { Dead, SeenNode } from "./decisions.ts";

const row_sql = [
  `WITH RECURSIVE numbers (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM numbers WHERE number < ${id_nodes - 1})
    INSERT OR IGNORE INTO cluster_nodes SELECT number, 0, 0, '', 0, 0, 'gone', '{}' FROM numbers`,
  `WITH RECURSIVE slots (slot) AS (SELECT 0 UNION ALL SELECT slot + 1 FROM slots WHERE slot < ${all_slots - 1})
    INSERT OR IGNORE INTO cluster_slots SELECT slot, 1, NULL, 1, 0 FROM slots`,
];

const statement = (sql: string, ...params: SqlValue[]): Statement => ({ sql, params });

/** Makes what isn't there. */
export const making: readonly Statement[] = [...cluster_sql, ...row_sql].map((sql) => statement(sql));

/** Takes a number that nobody has; the statement after it says which. */
export function taking(holder: string, description: string): Statement[] {
  const take = `UPDATE cluster_nodes SET incarnation = incarnation + 1, term = term + 1, holder = ?1, beat = beat + 1,
      state = 'joining', description = ?2
    WHERE number = (SELECT number FROM cluster_nodes WHERE holder = '' ORDER BY number LIMIT 1)
      AND NOT EXISTS (SELECT 1 FROM cluster_nodes WHERE holder = ?1)`;
  return [statement(take, holder, description), statement(standing_sql, holder)];
}

const standing_sql = "SELECT number, incarnation, term, ceiling FROM cluster_nodes WHERE holder = ?";

/** One's own row as it stands: number, incarnation, term, ceiling; none where one was declared dead. */
export const standing = (holder: string): Statement => statement(standing_sql, holder);

/** What was sent in the term that stood must not be done any more. */
export function raisingTerm(holder: string): Statement {
  return statement("UPDATE cluster_nodes SET term = term + 1 WHERE holder = ?", holder);
}

/** Changes nothing, and goes through only while writes do. */
export const touching = statement("UPDATE cluster_nodes SET beat = beat WHERE number = 0");

/** The nodes that there are. */
export const present = statement(
  "SELECT number, incarnation, holder, beat, state, description FROM cluster_nodes WHERE holder <> '' ORDER BY number",
);

/**
 * Says that one lives, and reads all: one's own row; the nodes that there are; the slots that have changed since
 * `changed`; whether the server syncs its commits, and below what all ids are that others have made.
 */
export function renewing(holder: string, ceiling: number, changed: number): Statement[] {
  return [
    statement("UPDATE cluster_nodes SET beat = beat + 1, ceiling = max(ceiling, ?) WHERE holder = ?", ceiling, holder),
    standing(holder),
    present,
    statement("SELECT slot, epoch, node, changed, floor FROM cluster_slots WHERE changed > ?", changed),
    statement(
      "SELECT synchronous, (SELECT max(ceiling) FROM cluster_nodes WHERE holder <> ?) FROM pragma_synchronous",
      holder,
    ),
  ];
}

/** A node, as that reads it. */
export function nodeIn([number, incarnation, holder, beat, state, description]: readonly SqlValue[]): SeenNode {
  return {
    ...{ number: Number(number), incarnation: Number(incarnation), beat: Number(beat) },
    ...{ holder: String(holder), state: String(state), description: String(description) },
  };
}

/** A slot, as that reads it; `changed` and `floor` are 0 where they aren't read. */
export function slotIn([slot, epoch, node = null, changed = 0, floor = 0]: readonly SqlValue[]) {
  return {
    ...{ slot: Number(slot), epoch: Number(epoch), changed: Number(changed), floor: Number(floor) },
    node: node === null ? null : Number(node),
  };
}

const next_change = "(SELECT max(changed) + 1 FROM cluster_slots)";

/** Ends a node whose beat is still what it was seen to be: what it sent is not done any more, and its slots are free. */
export function burying({ number, holder, beat }: Dead): Statement[] {
  const bury = `UPDATE cluster_nodes SET holder = '', term = term + 1, state = 'gone'
    WHERE number = ? AND holder = ? AND beat = ?`;
  return [statement(bury, number, holder, beat), freeing(number)];
}

/** The same of oneself, who has made ids up to `made` and makes no more. */
export function leaving(holder: string, number: number, made: number): Statement[] {
  const leave = "UPDATE cluster_nodes SET holder = '', term = term + 1, state = 'gone', ceiling = ? WHERE holder = ?";
  return [statement(leave, made, holder), freeing(number)];
}

/** Where a number is nobody's, so are its slots. Who left may have taken some, and made no ids there, before it read so. */
function freeing(number: number): Statement {
  const free = `UPDATE cluster_slots SET node = NULL, epoch = epoch + 1, changed = ${next_change},
      floor = max(floor, (SELECT ceiling FROM cluster_nodes WHERE number = ?1))
    WHERE node = ?1 AND (SELECT holder FROM cluster_nodes WHERE number = ?1) = ''`;
  return statement(free, number);
}

/** Takes those of these slots that are still free. The ids made for them go on above all that were made before. */
export function claiming(holder: string, number: number, slots: readonly number[], ceiling_step: number): Statement[] {
  const claim = `UPDATE cluster_slots SET node = ?1, epoch = epoch + 1, changed = ${next_change}
    WHERE node IS NULL AND slot IN (SELECT value FROM json_each(?2))
      AND (SELECT holder FROM cluster_nodes WHERE number = ?1) = ?3`;
  const list = JSON.stringify(slots);
  const floor = "SELECT max(floor) FROM cluster_slots WHERE node IS NULL AND slot IN (SELECT value FROM json_each(?3))";
  return [liftingCeiling(number, ceiling_step, floor, list), statement(claim, number, list, holder)];
}

/** Hands slots of one's own, each in its epoch, to another node that is there; the last statement reads them. */
export function giving(
  { holder, number, term }: { holder: string; number: number; term: number },
  slots: readonly { slot: number; epoch: number }[],
  to: number,
  ceiling_step: number,
): Statement[] {
  const ceiling = "SELECT ceiling FROM cluster_nodes WHERE number = ?3";
  const give = `UPDATE cluster_slots SET node = ?1, epoch = epoch + 1, changed = ${next_change},
      floor = (SELECT ceiling FROM cluster_nodes WHERE number = ?2)
    WHERE node = ?2
      AND EXISTS (SELECT 1 FROM json_each(?3) AS given WHERE given.value ->> 0 = slot AND given.value ->> 1 = epoch)
      AND EXISTS (SELECT 1 FROM cluster_nodes WHERE number = ?2 AND holder = ?4 AND term = ?5)
      AND (SELECT holder FROM cluster_nodes WHERE number = ?1) <> ''`;
  const fences = JSON.stringify(slots.map(({ slot, epoch }) => [slot, epoch]));
  const lift = liftingCeiling(to, ceiling_step, ceiling, number);
  return [lift, statement(give, to, number, fences, holder, term), reading(slots)];
}

/** Whose these slots are: slot, epoch, node. */
export function reading(slots: readonly { slot: number }[]): Statement {
  const sql = "SELECT slot, epoch, node FROM cluster_slots WHERE slot IN (SELECT value FROM json_each(?))";
  return statement(sql, JSON.stringify(slots.map(({ slot }) => slot)));
}

/** A node that takes slots makes ids above those of whoever had them, of which none is above `floor`: a query, of `?3`. */
function liftingCeiling(number: number, step: number, floor: string, of: SqlValue): Statement {
  const lift = `UPDATE cluster_nodes SET ceiling = max(ceiling, ?1 + coalesce((${floor}), 0))
    WHERE number = ?2 AND holder <> ''`;
  return statement(lift, step, number, of);
}

export function tellingState(holder: string, state: "serving" | "leaving"): Statement {
  return statement("UPDATE cluster_nodes SET state = ? WHERE holder = ?", state, holder);
}

/**
 * The statement with which a group of writes begins. It writes nothing where the node's term is what stands, and the
 * server syncs its commits; else all of the group is refused.
 */
export function guardingTerm(number: number, term: number, needs_durable: boolean): Statement {
  return statement(term_guard_sql, number, term, needs_durable ? LEAST_SYNCHRONOUS : 0);
}

/** The same as `node` words it to another one, by its parameters; null where these aren't its own. */
export function termGuardOf(node: number, params: unknown): Statement | null {
  const [number, term, synchronous] = Array.isArray(params) ? params : [];
  if (number !== node || !Number.isSafeInteger(term) || !Number.isSafeInteger(synchronous)) return null;
  return guardingTerm(node, Number(term), synchronous !== 0);
}

const term_guard_sql = `INSERT INTO cluster_guard (term_holds, epochs_hold, is_durable)
  SELECT term_holds, 1, is_durable FROM (
    SELECT (SELECT term FROM cluster_nodes WHERE number = ?1) IS ?2 AS term_holds,
      (SELECT synchronous FROM pragma_synchronous) >= ?3 AS is_durable)
  WHERE NOT (term_holds AND is_durable)`;

/** A slot of a node, and the epoch in which it was decided what to write. */
export type SlotFence = readonly [node: number, slot: number, epoch: number];

/**
 * The statement with which a job begins that rests on a slot. It writes nothing where the slot is still this node's in
 * that epoch; else the job is refused. Those of many jobs can be one.
 */
export function guardingSlot(fence: SlotFence): Statement {
  return guardingSlots(JSON.stringify([fence]));
}

const guardingSlots = mergeable(`INSERT INTO cluster_guard (term_holds, epochs_hold, is_durable)
  SELECT 1, 0, 1 FROM (SELECT DISTINCT value FROM json_each(?)) AS asked
  LEFT JOIN cluster_slots AS s ON s.slot = asked.value ->> 1
  WHERE s.node IS NOT asked.value ->> 0 OR s.epoch IS NOT asked.value ->> 2 LIMIT 1`);
