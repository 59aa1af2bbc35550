// What must hold in a storm's lulls.

import { expect } from "bun:test";
import type { RunningServer } from "../harness/server.ts";
import { graceOver } from "../presence/people.ts";
import { secretsIn } from "./client-cache.ts";
import { expectDisplayOrder, Session } from "./session.ts";
import { sharedContents } from "./shared-contents.ts";
import type { Storm } from "./storm.ts";

/** Nothing went wrong, and what each open session holds is what a new one loads. */
export async function expectTruth(server: RunningServer, { people, sessions, unexpected }: Storm): Promise<void> {
  expect(unexpected).toEqual([]);
  const open = sessions.filter((session) => session.isOpen);
  await graceOver(server);
  for (const session of open) await session.settle();
  for (const session of sessions) expect(session.catchUp().faults).toEqual([]);
  const standing = new Set<number>();
  for (const user of people) {
    const fresh = await Session.open(server, user);
    const truth = await fresh.loadAll();
    expect(truth.faults).toEqual([]);
    expectDisplayOrder(truth);
    for (const { channels } of truth.servers.values()) for (const id of channels?.keys() ?? []) standing.add(id);
    for (const session of open.filter((one) => one.user.id === user.id)) {
      const cache = await session.settle();
      expect(sharedContents(cache, truth)).toEqual(sharedContents(truth, cache));
    }
    await fresh.client.close();
  }
  for (const { cache } of sessions) expect([...cache.reported_of].filter((id) => standing.has(id))).toEqual([]);
}

/** Whatever else they were shown, what was said in the vaults never came to those who never could view them. */
export function expectSecretsKept({ places, guests, sessions }: Storm): void {
  const vaults = places.flatMap(({ vault_id }) => vault_id ?? []);
  const frames = sessions.filter(({ user }) => guests.includes(user.id)).flatMap(({ client }) => client.seen);
  expect(frames.length).toBeGreaterThan(0);
  expect(vaults.length).toBeGreaterThan(0);
  expect(frames.filter((frame) => secretsIn(frame).some((id) => vaults.includes(id)))).toEqual([]);
}
