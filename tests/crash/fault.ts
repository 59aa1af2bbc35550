// A fault of the disk or the database server under a server that is being loaded: how it shows while it lasts, and that
// it leaves no trace.

import { expect } from "bun:test";
import { done } from "../harness/community.ts";
import type { RunningServer } from "../harness/server.ts";
import type { Load } from "./load.ts";
import { expectPromises, type Life, type Recovery } from "./rounds.ts";

/** Answers before the fault, refusals within it, and answers after it. */
const BEFORE = 100;
const WITHIN = 20;
const AFTER = 100;

export interface Fault {
  /** Settles when it is there. */
  begin(): void | Promise<void>;
  end(): void | Promise<void>;
  /** Within it nothing can be read either. */
  takes_reads?: true;
}

/**
 * Within the fault changes are refused as `unavailable` and reads go on, as a rule; after it the server goes on by
 * itself. All that was acknowledged or announced is there, and what wasn't can be sent again. Leaves the server running.
 */
export async function expectToSurvive(
  folder: string,
  life: Life,
  load: Load,
  fault: Fault,
): Promise<Omit<Recovery, "start_ms">> {
  const { server } = life;
  if (load.people.length === 0) await load.found(server);
  await load.connect(server);
  const [before, within] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let enough = Number.POSITIVE_INFINITY;
  const begin = load.ledger.acknowledged + BEFORE;
  const seen_unavailable = load.unavailable;
  load.onAcknowledged = (count) => {
    if (count === begin) Promise.resolve(fault.begin()).then(before.resolve, before.reject);
  };
  load.onUnavailable = (count) => {
    if (count === seen_unavailable + WITHIN) within.resolve();
  };
  const running = load.run(server, () => load.ledger.acknowledged >= enough);
  await Promise.all([before.promise, within.promise]);
  expect(await readiness(server.url)).toBe(503);
  if (!fault.takes_reads) await expectReads(server, load);
  await fault.end();
  expect(await readiness(server.url)).toBe(200);
  enough = load.ledger.acknowledged + AFTER;
  await running;
  expect(load.unexpected).toEqual([]);
  expect(load.listeners.flatMap((listener) => listener.catchUp().faults)).toEqual([]);
  return expectPromises(folder, server, load);
}

async function expectReads(server: RunningServer, load: Load): Promise<void> {
  const reader = { client: await server.connect(load.people[0] ?? { token: "" }) };
  for (const channel_id of load.channels) {
    await done(reader, "get_message_chunk", { channel_id, amount: 50, anchor: 0, direction: true });
  }
}

const readiness = async (url: string) => (await fetch(`${url}/readyz`)).status;
