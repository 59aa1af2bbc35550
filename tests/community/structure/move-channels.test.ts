import { afterAll, beforeAll, expect } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import type { Json } from "../../harness/client.ts";
import { done } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";
import { returned, seqsOf, sync } from "../../sync/asking.ts";
import {
  addChannel,
  anOrchard,
  expectMalformed,
  expectRefused,
  NOTHING,
  type Orchard,
  promote,
  quiet,
  typesTold,
} from "./orchard.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

type Asker = Pick<Present, "client">;

/** Four channels in the category, `general` first, by their ids. */
async function aRow() {
  const orchard = await anOrchard(server);
  const { category_id, general_id } = orchard;
  const ids = [general_id];
  for (const name of ["b", "c", "d"]) ids.push(await addChannel(orchard, { name, category_id }));
  return { ...orchard, ids: ids as [number, number, number, number] };
}

const wanted = (category_id: number | null, ...ids: number[]) =>
  ids.map((id, position) => ({ id, category_id, position }));
const move = (who: Asker, { server_id }: Orchard, channels: Json[]) =>
  done(who, "move_channels", { server_id, channels });

/** Ids of channels as they are shown, by category. */
async function shown(who: Asker, { server_id }: Orchard): Promise<Record<string, number[]>> {
  const { categories } = await done(who, "get_server_channels", { server_id });
  return Object.fromEntries(categories.map(({ id, channels }: Json) => [id, channels.map((one: Json) => one.id)]));
}

conversation("move_channels", {
  async success() {
    const row = await aRow();
    const { alice, bob, category_id, ids } = row;
    const [a, b, c, d] = ids;
    const reply = await move(alice, row, wanted(category_id, d, c, b, a));
    expect(reply).toEqual({ channels: wanted(category_id, d, c, b, a) });
    const events = await bob.client.rest();
    expect(events.map(({ data }) => [data.channel.id, data.channel.position, data.more ?? false])).toEqual([
      [d, 0, true],
      [c, 1, true],
      [b, 2, true],
      [a, 3, false],
    ]);
    expect(await shown(bob, row)).toEqual({ [category_id]: [d, c, b, a] });
  },
  errors: {
    async not_found() {
      const row = await aRow();
      const { alice, bob, mallory, server_id, category_id, ids } = row;
      await promote(row, bob, ["manage_channels"]);
      const hidden = await addChannel(row, { roles: [] });
      const asking = (channels: Json[]) => ({ server_id, channels });
      const unknown = await expectRefused(bob, "not_found", "move_channels", asking(wanted(category_id, NOTHING)));
      for (const channels of [wanted(category_id, hidden), wanted(category_id, ids[2], hidden)]) {
        expect(await expectRefused(bob, "not_found", "move_channels", asking(channels))).toEqual(unknown);
      }
      await expectRefused(bob, "not_found", "move_channels", asking(wanted(NOTHING, ids[0])));
      await expectRefused(mallory, "not_found", "move_channels", asking(wanted(category_id, ids[0])));
      const other = await aRow();
      await expectRefused(alice, "not_found", "move_channels", asking(wanted(null, other.general_id)));
      expect(await shown(bob, row)).toMatchObject({ [category_id]: ids });
    },
    async forbidden() {
      const row = await aRow();
      const { alice, bob, server_id, category_id, ids } = row;
      const asked = { server_id, channels: wanted(category_id, ids[1], ids[0]) };
      await expectRefused(bob, "forbidden", "move_channels", asked);
      // Who manages but one of them moves none.
      const overwrites = [{ user_id: bob.id, allow: ["manage_channels"], deny: [] }];
      await done(alice, "update_channel", { channel_id: ids[1], changes: { overwrites } });
      await expectRefused(bob, "forbidden", "move_channels", asked);
      await done(bob, "move_channels", { server_id, channels: [{ id: ids[1], category_id, position: 3 }] });
      // Nor does anybody gain by it what they lack.
      await promote(row, bob, ["manage_channels"], 5);
      const deny = [{ role_id: row.default_role_id, allow: [], deny: ["send_messages"] }];
      await done(alice, "update_category", { category_id, changes: { overwrites: deny } });
      await expectRefused(bob, "forbidden", "move_channels", { server_id, channels: wanted(null, ids[0]) });
    },
  },
  async malformed() {
    const { alice, server_id, category_id, ids } = await aRow();
    const [a] = ids;
    const asking = (...channels: Json[]) => ({ server_id, channels });
    const there = { id: a, category_id, position: 0 };
    await expectMalformed(alice, "move_channels", asking(there, there), "channels.1.id");
    await expectMalformed(alice, "move_channels", asking({ ...there, position: -1 }), "channels.0.position");
    await expectMalformed(alice, "move_channels", asking({ id: a, category_id }), "channels.0.position");
    const many = Array.from({ length: limits.channels_per_server + 1 }, (_, at) => ({ ...there, id: at + 1 }));
    await expectMalformed(alice, "move_channels", asking(...many), "channels");
  },
  also: {
    async "into other categories, the others making room, all at once"() {
      const row = await aRow();
      const { alice, bob, server_id, category_id, ids } = row;
      const [a, b, c, d] = ids;
      const { category } = await done(alice, "add_category", { server_id, name: "Fields" });
      const x = await addChannel(row, { name: "x", category_id: category.id });
      await quiet(bob);
      const reply = await move(alice, row, [
        { id: b, category_id: category.id, position: 0 },
        { id: d, category_id: null, position: 0 },
        { id: a, category_id, position: 9 },
      ]);
      expect(reply.channels.at(-1)).toEqual({ id: x, category_id: category.id, position: 1 });
      const events = await bob.client.rest();
      expect(events.map(({ data }) => data.channel)).toEqual([
        { id: b, category_id: category.id, position: 0 },
        { id: x, position: 1 },
        { id: d, category_id: null, position: 0 },
        { id: a, position: 9 },
      ]);
      expect(await shown(bob, row)).toEqual({ null: [d], [category_id]: [c, a], [category.id]: [b, x] });
    },
    async "to where they stand changes nothing, and nobody is told"() {
      const row = await aRow();
      const { alice, bob, server_id, category_id, ids } = row;
      expect(await move(alice, row, wanted(category_id, ...ids))).toEqual({ channels: wanted(category_id, ...ids) });
      expect(await move(alice, row, [])).toEqual({ channels: [] });
      expect(await typesTold(bob)).toEqual([]);
      const log = await done(alice, "get_audit_log", { server_id, amount: 9, anchor: 0, type: "channel_updated" });
      expect(log.entries).toEqual([]);
    },
    async "tells nobody of what they can't view, and says where it ends for each"() {
      const row = await aRow();
      const { alice, bob, category_id, ids } = row;
      const [a, b] = ids;
      const hidden = await addChannel(row, { name: "hidden", category_id, roles: [] });
      await quiet(alice, bob);
      await move(alice, row, wanted(category_id, b, a, hidden));
      const told = await bob.client.rest();
      expect(JSON.stringify(told)).not.toContain(String(hidden));
      expect(told.map(({ data }) => data.more ?? false)).toEqual([...told.slice(1).map(() => true), false]);
      expect((await alice.client.rest()).at(-1)?.["data"].more).toBeUndefined();
    },
    async "shows and hides what its new category does"() {
      const row = await aRow();
      const { alice, bob, server_id, default_role_id, category_id, ids } = row;
      const [a, , c] = ids;
      const overwrites = [{ role_id: default_role_id, allow: [], deny: ["view_channel"] }];
      const { category } = await done(alice, "add_category", { server_id, name: "Cellar", overwrites });
      const below = await addChannel(row, { name: "below", category_id: category.id });
      await quiet(bob);
      await move(alice, row, [
        { id: a, category_id: category.id, position: 0 },
        { id: below, category_id, position: 0 },
        { id: c, category_id, position: 1 },
      ]);
      const told = await bob.client.rest();
      const updated = ["channel_updated", "channel_updated"];
      expect(told.map(({ type }) => type)).toEqual(["channel_deleted", "channel_added", ...updated]);
      expect(told[0]).toMatchObject({ data: { channel_id: a } });
      expect(told[1]).toMatchObject({ data: { channel: { id: below, category_id, position: 0 } } });
      expect(told.map(({ data }) => data.more)).toEqual([true, true, true, undefined]);
      expect((await shown(bob, row))[category_id]?.slice(0, 2)).toEqual([below, c]);
    },
    async "ends with what one gains or loses sight of, where one is told of nothing else"() {
      const row = await aRow();
      const { alice, bob, server_id, default_role_id, category_id, ids } = row;
      const overwrites = [{ role_id: default_role_id, allow: [], deny: ["view_channel"] }];
      const { category } = await done(alice, "add_category", { server_id, name: "Cellar", overwrites });
      const shown_anyway = [{ role_id: default_role_id, allow: ["view_channel"], deny: [] }];
      const open = await addChannel(row, { name: "open", category_id: category.id, overwrites: shown_anyway });
      await addChannel(row, { name: "below", category_id: category.id });
      await quiet(bob);
      const told = async () => (await bob.client.rest()).map(({ type, data }) => [type, data.more ?? false]);
      await move(alice, row, [{ id: ids[3], category_id: category.id, position: 9 }]);
      expect(await told()).toEqual([["channel_deleted", false]]);
      await done(alice, "update_channel", { channel_id: open, changes: { category_id, position: 0 } });
      const [first, ...others] = await told();
      expect(first).toEqual(["category_deleted", true]);
      expect(others).toEqual([
        ...Array.from({ length: 3 }, () => ["channel_updated", true]),
        ["channel_updated", false],
      ]);
    },
    async "is caught up with, and stands in the log by channel"() {
      const row = await aRow();
      const { alice, bob, server_id, category_id, ids } = row;
      const topic = `server:${server_id}`;
      const seqs = await seqsOf(bob, [topic]);
      const [a, b] = ids;
      await move(alice, row, wanted(category_id, b, a));
      const { events } = (await sync(await returned(server, bob), seqs))[topic];
      const moved = events.map(({ data }: Json) => [data.channel.id, data.channel.position]);
      expect(moved).toEqual([
        [b, 0],
        [a, 1],
      ]);
      const log = await done(alice, "get_audit_log", { server_id, amount: 9, anchor: 0, type: "channel_updated" });
      expect(log.entries).toMatchObject([
        { target_id: a, changes: { position: { before: 0, after: 1 } } },
        { target_id: b, changes: { position: { before: 1, after: 0 } } },
      ]);
    },
    async "by two at once is one order, and then the other"() {
      const row = await aRow();
      const { alice, bob, category_id, ids } = row;
      await promote(row, bob, ["manage_channels"]);
      const [one, other] = [ids.toReversed(), [ids[2], ids[0], ids[3], ids[1]]];
      await Promise.all([move(alice, row, wanted(category_id, ...one)), move(bob, row, wanted(category_id, ...other))]);
      const inside = (await shown(bob, row))[category_id];
      expect([one, other].map((order) => order.join())).toContain(inside?.join() ?? "");
    },
  },
});
