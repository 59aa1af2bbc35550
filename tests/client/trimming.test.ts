// A channel keeps so many messages: those around what the program reads, without a gap, and the ends say how far.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { END, type MessageWindow, nothingKept, takeTurn } from "../../src/client/cache.ts";
import { applyEvent } from "../../src/client/events.ts";
import type { Client } from "../../src/client/index.ts";
import { applyReply } from "../../src/client/replies.ts";
import { lookAt, trimWindows } from "../../src/client/trimming.ts";
import type { Message } from "../../src/protocol/community/entities.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { clientOf, foundServer, inviteInto, present } from "./programs.ts";

const CHANNEL = 5;
const MOST = 6;

const messageOf = (id: number): Message => ({
  ...{ id, channel_id: CHANNEL, server_id: 1, author_id: 9, content: `${id}`, created_date: "", edited_date: null },
  ...{
    reply_to: null,
    attachments: [],
    mentions: [],
    mention_roles: [],
    mentions_all: null,
    reactions: [],
    pinned: false,
  },
});

interface Page {
  amount: number;
  anchor: number;
  direction: boolean;
}

/** A server's channel and what is kept of it. */
class Reader {
  readonly kept = nothingKept(7, "first");
  readonly all: number[];

  constructor(length: number) {
    this.all = Array.from({ length }, (_, index) => index + 1);
  }

  get window(): MessageWindow | undefined {
    return this.kept.cache.windows.get(CHANNEL);
  }

  get ids(): number[] {
    return [...(this.window?.messages.keys() ?? [])];
  }

  read(page: Page): number[] {
    const { amount, anchor, direction } = page;
    const beyond = this.all.filter((id) => anchor === 0 || (direction ? id > anchor : id < anchor));
    const ids = direction === (anchor !== 0) ? beyond.slice(0, amount) : beyond.slice(-amount);
    const reply = { messages: ids.map(messageOf), has_more: ids.length < beyond.length, seq: 0 };
    takeTurn(this.kept, (turn) => {
      applyReply(turn, "get_message_chunk", { channel_id: CHANNEL, ...page }, reply);
      trimWindows(turn, MOST);
    });
    return ids;
  }

  add(): void {
    const id = (this.all.at(-1) ?? 0) + 1;
    this.all.push(id);
    takeTurn(this.kept, (turn) => {
      applyEvent(turn, { type: "message_added", data: messageOf(id) });
      trimWindows(turn, MOST);
    });
  }

  remove(id: number): void {
    this.all.splice(this.all.indexOf(id), 1);
    takeTurn(this.kept, (turn) => applyEvent(turn, { type: "message_deleted", data: { id, channel_id: CHANNEL } }));
  }

  look(id: number | null): void {
    lookAt(this.kept, CHANNEL, id);
  }
}

const newest: Page = { amount: 3, anchor: 0, direction: true };

describe("what is kept", () => {
  const page = fc.record({
    amount: fc.integer({ min: 1, max: MOST }),
    anchor: fc.integer({ min: 0, max: 40 }),
    direction: fc.boolean(),
  });
  const step = fc.oneof(
    page.map((asked) => (reader: Reader) => void reader.read(asked)),
    fc.constant((reader: Reader) => void reader.read(newest)),
    // On from where one reads, as programs do.
    fc.boolean().map((up) => (reader: Reader) => {
      const anchor = (up ? reader.ids[0] : reader.ids.at(-1)) ?? 0;
      reader.read({ amount: 3, anchor, direction: up ? anchor === 0 : true });
    }),
    fc.constant((reader: Reader) => reader.add()),
    fc.nat().map((at) => (reader: Reader) => {
      const id = reader.all[at % (reader.all.length || 1)];
      if (id !== undefined) reader.remove(id);
    }),
    fc.option(fc.nat(40)).map((id) => (reader: Reader) => reader.look(id)),
  );

  test("is at most so many, and all that there is between its ends", () => {
    fc.assert(
      fc.property(fc.nat(30), fc.array(step, { maxLength: 40 }), (length, steps) => {
        const reader = new Reader(length);
        for (const one of steps) {
          one(reader);
          const { window } = reader;
          if (!window) continue;
          expect(reader.ids.length).toBeLessThanOrEqual(MOST);
          expect(reader.ids).toEqual(reader.all.filter((id) => id >= window.from && id <= window.to));
        }
      }),
    );
  });

  test("is the newest, while they come and nothing else is looked at", () => {
    const reader = new Reader(4);
    reader.read(newest);
    for (const _ of Array(20)) reader.add();
    expect(reader.ids).toEqual(reader.all.slice(-MOST));
    expect(reader.window).toMatchObject({ from: reader.ids[0] as number, to: END });
  });

  test("is what one reads on the way up and down again", () => {
    const reader = new Reader(20);
    reader.read(newest);
    while (reader.window?.from !== 0) {
      const page = reader.read({ amount: 3, anchor: reader.window?.from ?? 0, direction: false });
      expect(reader.ids).toEqual(expect.arrayContaining(page));
    }
    expect(reader.ids).toEqual([1, 2, 3, 4, 5, 6]);
    reader.add();
    while (reader.window?.to !== END) {
      const page = reader.read({ amount: 3, anchor: reader.ids.at(-1) ?? 0, direction: true });
      expect(reader.ids).toEqual(expect.arrayContaining(page));
    }
    expect(reader.ids).toEqual([16, 17, 18, 19, 20, 21]);
    reader.read({ amount: MOST, anchor: 16, direction: false });
    reader.read(newest);
    expect([reader.ids, reader.window?.to]).toEqual([[19, 20, 21], END]);
  });

  test("is around what one says that one looks at", () => {
    const reader = new Reader(10);
    reader.read({ ...newest, amount: MOST });
    reader.look(5);
    reader.add();
    expect([reader.ids, reader.window?.to]).toEqual([[5, 6, 7, 8, 9, 10], 10]);
    reader.read(newest);
    reader.look(null);
    reader.add();
    expect(reader.ids).toEqual([7, 8, 9, 10, 11, 12]);
  });
});

describe("over the real server", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.stop());

  const PAGE = 100;
  const SENT = 1_250;
  const KEPT = 1_000;

  const windowOf = (client: Client, channel_id: number) => {
    const window = client.cache.windows.get(channel_id);
    if (!window) throw new Error("nothing is kept");
    return { ...window, all: [...window.messages.values()] };
  };

  /** All messages, read upwards as far as asked, page after page from where the last began. */
  async function read(client: Client, channel_id: number, most = Number.POSITIVE_INFINITY): Promise<Message[]> {
    let all: Message[] = [];
    for (let more = true; more && all.length < most; ) {
      const anchor = all[0]?.id ?? 0;
      const page = await client.ask("get_message_chunk", { channel_id, amount: PAGE, anchor, direction: anchor === 0 });
      all = [...page.messages, ...all];
      more = page.has_more;
    }
    return all;
  }

  test("no more are kept than a thousand, and who comes back has them as they are", async () => {
    const [{ client: alice }, bob, carol] = [await present(server), await present(server), await present(server)];
    const { server_id, channel_id } = await foundServer(alice);
    await inviteInto(server_id, alice, bob.client, carol.client);
    const sent = Array.from({ length: SENT }, (_, at) => alice.ask("add_message", { channel_id, content: `${at}` }));
    await Promise.all(sent);
    // Bob reads up to the first, carol from some on and then what comes.
    expect((await read(bob.client, channel_id)).length).toBe(SENT);
    await read(carol.client, channel_id, KEPT);
    const before = [bob, carol].map(({ client }) => windowOf(client, channel_id));
    expect(before.map(({ all, from, to }) => [all.length, from === 0, to === END])).toEqual([
      [KEPT, true, false],
      [KEPT, false, true],
    ]);
    const snapshots = [bob, carol].map(({ client }) => {
      const snapshot = client.snapshot();
      client.close();
      return snapshot;
    });
    const all = await read(alice, channel_id);
    for (const at of [10, 500, 600, 1_200]) {
      const message_id = all[at]?.id ?? 0;
      await alice.ask("update_message", { message_id, content: "changed" });
      await alice.ask("delete_message", { message_id: all[at + 1]?.id ?? 0 });
      await alice.ask("add_message", { channel_id, content: "later" });
    }
    const { client: fresh } = await present(server, { user: bob.user, messages_per_channel: 2 * SENT });
    const truth = await read(fresh, channel_id);
    for (const [index, { user }] of [bob, carol].entries()) {
      const client = clientOf(server, user, { snapshot: snapshots[index] });
      await client.connect();
      await client.settled();
      const { from, to, all } = windowOf(client, channel_id);
      expect(all).toEqual(truth.filter(({ id }) => id >= from && id <= to));
      expect(all.length).toBeLessThanOrEqual(KEPT);
      client.close();
    }
    for (const client of [alice, fresh]) client.close();
  });
});
