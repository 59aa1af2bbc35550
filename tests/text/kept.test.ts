// Free text, field by field: it is stored and answered as it was sent, or the refusal names the field.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { addRole, anOrchard, type Orchard } from "../community/structure/orchard.ts";
import type { Frame, Json } from "../harness/client.ts";
import { done } from "../harness/community.ts";
import { readRows } from "../harness/database.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { faulty, invisible, keepable, lines, unruly } from "./texts.ts";

let server: TestServer;
let orchard: Orchard;
let role_id: number;
let message_id: number;
beforeAll(async () => {
  server = await startServer();
  orchard = await anOrchard(server);
  role_id = await addRole(orchard);
  const { message } = await done(orchard.alice, "add_message", { channel_id: orchard.general_id, content: "first" });
  message_id = message.id;
});
afterAll(() => server.stop());

interface Field {
  type: string;
  /** The request's data, with the text in it. */
  data(text: string): Json;
  /** Where in the data the text stands. */
  path: string;
  /** The text in the reply's data, where it is there. */
  answered?(data: Json): string;
  /** Where it is then found. */
  stored: [table: string, column: string];
  /** It is a line beside others: what breaks or turns lines is refused. */
  is_line: boolean;
  /** Whether it may hold nothing but this, of which nothing is seen. */
  may_be(blank: string): boolean;
}

const changed = (type: string, thing: string, field: string, ids: () => Json, table: string): Field => ({
  type,
  data: (text) => ({ ...ids(), changes: { [field]: text } }),
  path: `changes.${field}`,
  answered: (data) => data[thing][field],
  stored: [table, field],
  is_line: ["name", "nickname", "custom_status"].includes(field),
  may_be: () => ["description", "bio"].includes(field),
});

const added = (thing: string, table: string): Field => ({
  type: `add_${thing}`,
  data: (name) => ({ server_id: orchard.server_id, name }),
  path: "name",
  answered: (data) => data[thing].name,
  stored: [table, "name"],
  is_line: true,
  may_be: () => false,
});

const server_ids = () => ({ server_id: orchard.server_id });
const channel_ids = () => ({ channel_id: orchard.general_id });
const member_ids = () => ({ ...server_ids(), user_id: orchard.alice.id });

const fields: Field[] = [
  added("server", "servers"),
  added("category", "categories"),
  added("channel", "channels"),
  added("role", "roles"),
  changed("update_server", "server", "name", server_ids, "servers"),
  changed("update_server", "server", "description", server_ids, "servers"),
  changed("update_channel", "channel", "name", channel_ids, "channels"),
  changed("update_channel", "channel", "description", channel_ids, "channels"),
  changed("update_category", "category", "name", () => ({ category_id: orchard.category_id }), "categories"),
  changed("update_role", "role", "name", () => ({ role_id }), "roles"),
  changed("update_member", "member", "nickname", member_ids, "members"),
  changed("update_user", "user", "bio", () => ({}), "users"),
  changed("update_user", "user", "custom_status", () => ({}), "users"),
  {
    type: "ban_member",
    data: (reason) => ({ ...server_ids(), user_id: orchard.mallory.id, reason }),
    path: "reason",
    stored: ["bans", "reason"],
    is_line: false,
    may_be: () => true,
  },
  {
    type: "add_message",
    data: (nonce) => ({ ...channel_ids(), content: "once", nonce }),
    path: "nonce",
    answered: ({ message }) => message.nonce,
    stored: ["messages", "nonce"],
    is_line: false,
    may_be: () => false,
  },
  {
    type: "add_message",
    data: (content) => ({ ...channel_ids(), content }),
    path: "content",
    answered: ({ message }) => message.content,
    stored: ["messages", "content"],
    is_line: false,
    may_be: () => false,
  },
  {
    type: "update_message",
    data: (content) => ({ message_id, content }),
    path: "content",
    answered: ({ message }) => message.content,
    stored: ["messages", "content"],
    is_line: false,
    may_be: () => false,
  },
];

const LONGEST: Record<string, number> = { "changes.nickname": 32, nonce: 64 };
const lengthOf = (text: string) => [...text].length;

/** The texts, as many as fit in one request together: what changes one thing waits for a commit each. */
function textsFor({ path, is_line }: Field): string[] {
  const longest = LONGEST[path] ?? 100;
  const packed: string[] = [];
  for (const text of (is_line ? lines : keepable).filter((one) => lengthOf(one) <= longest)) {
    const joined = `${packed.at(-1) ?? ""}|${text}`;
    if (packed.length > 0 && lengthOf(joined) <= longest) packed[packed.length - 1] = joined;
    else packed.push(text);
  }
  return packed;
}

const isStored = ({ stored: [table, column] }: Field, text: string) =>
  readRows(server.folder, `select 1 from ${table} where ${column} = ?`, [text]).length > 0;

const ask = ({ alice }: Orchard, { type, data }: Field, text: string): Promise<Frame> =>
  alice.client.ask({ type, data: data(text) });

async function expectRefused(field: Field, text: string, reason: RegExp): Promise<void> {
  const reply = await ask(orchard, field, text);
  expect([text, reply]).toMatchObject([
    text,
    {
      type: "error",
      code: "bad_request",
      message: expect.stringMatching(reason),
      details: { path: `data.${field.path}` },
    },
  ]);
}

describe.each(fields.map((field) => [`${field.type}'s ${field.path}`, field] as const))("%s", (_, field) => {
  test("is stored and answered as it was sent", async () => {
    for (const text of textsFor(field)) {
      const reply = await ask(orchard, field, text);
      expect([text, reply["type"]]).toEqual([text, field.type]);
      if (field.answered) expect(field.answered(reply["data"])).toBe(text);
      expect(isStored(field, text)).toBe(true);
    }
  });

  test("is refused with NUL or half a surrogate pair in it", async () => {
    for (const text of faulty) await expectRefused(field, text, /NUL/);
  });

  test("is refused where it breaks a line or turns it, if it is a name or the like", async () => {
    if (field.is_line) for (const text of unruly) await expectRefused(field, text, /line break/);
  });

  test("is refused where there must be something to see in it", async () => {
    for (const blank of invisible) {
      if (!field.may_be(blank)) await expectRefused(field, blank, /shows nothing|has text/);
      else expect([blank, (await ask(orchard, field, blank))["type"]]).toEqual([blank, field.type]);
    }
  });
});
