// What must hold in a storm's lulls.

import { expect } from "bun:test";
import type { Json } from "../harness/client.ts";
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
    await expectMentionsCounted(fresh);
    for (const { channels } of truth.servers.values()) for (const id of channels?.keys() ?? []) standing.add(id);
    for (const session of open.filter((one) => one.user.id === user.id)) {
      const cache = await session.settle();
      expect(sharedContents(cache, truth)).toEqual(sharedContents(truth, cache));
    }
    await fresh.client.close();
  }
  for (const { cache } of sessions) expect([...cache.reported_of].filter((id) => standing.has(id))).toEqual([]);
}

/** Where they may be read, the unread ones among them are as many as are counted. */
async function expectMentionsCounted(session: Session): Promise<void> {
  const mentions: Json[] = [];
  for (let anchor: number | null = 0; anchor !== null; ) {
    const { data } = await session.ask("get_mentions", { amount: 40, anchor });
    mentions.push(...data.messages);
    anchor = data.next_anchor;
  }
  const ids = mentions.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)].sort((one, other) => other - one));
  const { data } = await session.ask("get_read_state");
  for (const { channel_id, last_read_id, mentions: counted } of data.channels) {
    const unread = mentions.filter((one) => one.channel_id === channel_id && one.id > (last_read_id ?? 0));
    if (unread.length === counted) continue;
    const page = { channel_id, amount: 1, anchor: 0, direction: true };
    const { code } = await session.ask("get_message_chunk", page);
    expect({ counted, listed: unread.length, code }).toEqual({ counted, listed: 0, code: "forbidden" });
  }
}

/** Whatever else they were shown, what was said in the vaults never came to those who never could view them. */
export function expectSecretsKept({ places, guests, sessions }: Storm): void {
  const vaults = places.flatMap(({ vault_id }) => vault_id ?? []);
  const frames = sessions.filter(({ user }) => guests.includes(user.id)).flatMap(({ client }) => client.seen);
  expect(frames.length).toBeGreaterThan(0);
  expect(vaults.length).toBeGreaterThan(0);
  expect(frames.filter((frame) => secretsIn(frame).some((id) => vaults.includes(id)))).toEqual([]);
}
