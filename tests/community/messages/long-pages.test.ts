import { afterAll, beforeAll, expect, test } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import { done, foundServer } from "../../harness/community.ts";
import { type Present, startServer, type TestServer } from "../../harness/server.ts";

let server: TestServer;
let alice: Present;
let channel_id: number;
let server_id: number;

const TEXT = "🌳".repeat(limits.message_length - 5);
const MESSAGES = 30;

beforeAll(async () => {
  server = await startServer();
  alice = await server.join();
  server_id = await foundServer(alice);
  const { categories } = await done(alice, "get_server_channels", { server_id });
  channel_id = categories[0].channels[0].id;
  const sends = Array.from({ length: MESSAGES }, (_, index) =>
    done(alice, "add_message", { channel_id, content: `${index} ${TEXT}` }),
  );
  await Promise.all(sends);
});
afterAll(() => server.stop());

test("a page of long messages is shorter than asked for, and leads on to the others", async () => {
  for (const direction of [true, false]) {
    const ids: number[] = [];
    let anchor = 0;
    let has_more = true;
    // From the newest down, or from the oldest up: the way on is the other direction.
    for (let first = true; has_more; first = false) {
      const asked = { channel_id, amount: 100, anchor, direction: first ? direction : !direction };
      const page = await done(alice, "get_message_chunk", asked);
      const page_ids: number[] = page.messages.map(({ id }: { id: number }) => id);
      expect(page_ids.length).toBeGreaterThan(0);
      expect(JSON.stringify(page).length).toBeLessThan(limits.socket_backpressure_bytes / 2);
      ids.push(...page_ids);
      anchor = direction ? Math.min(...page_ids) : Math.max(...page_ids);
      has_more = page.has_more;
    }
    expect(new Set(ids).size).toBe(MESSAGES);
    expect(ids).toHaveLength(MESSAGES);
  }
});

test("pages of found messages are bounded as well", async () => {
  const found: number[] = [];
  for (let anchor: number | null = 0; anchor !== null; ) {
    const page: { messages: { id: number }[]; next_anchor: number | null } = await done(alice, "search_messages", {
      ...{ server_id, query: "🌳", amount: 100, anchor },
    });
    found.push(...page.messages.map(({ id }) => id));
    anchor = page.next_anchor;
  }
  expect(found).toEqual([...new Set(found)].sort((one, other) => other - one));
  expect(found).toHaveLength(MESSAGES);
});

test("whoever asks for much at once is answered at the pace at which they read, and not closed", async () => {
  const asked = Array.from({ length: 200 }, () =>
    alice.client.ask({
      type: "get_message_chunk",
      data: { channel_id, amount: 100, anchor: 0, direction: true },
    }),
  );
  const replies = await Promise.all(asked);
  expect(replies.every(({ type }) => type === "get_message_chunk")).toBe(true);
});
