// Mentions in texts: how they are written, sent, completed and shown, against what the server makes of them.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { outsideCode } from "../../src/client/code-parts.ts";
import {
  type Client,
  type CompletionOptions,
  completed,
  completionAt,
  completionWithMembers,
  Mentions,
} from "../../src/client/index.ts";
import { mentionsIn } from "../../src/domain/mentions.ts";
import { seededRandom } from "../harness/random.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { clientOf, foundServer, inviteInto, loadServer, present } from "./programs.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** Alice's server with bob and a role of two words in it, all loaded, and who else was invited. */
async function aPlace() {
  const [alice, bob] = [await present(server), await present(server)];
  const { server_id, channel_id } = await foundServer(alice.client);
  await inviteInto(server_id, alice.client, bob.client);
  const { role } = await alice.client.ask("add_role", { server_id, name: "Night pickers", color: "#00ff00" });
  await loadServer(alice.client, server_id);
  const mentions = new Mentions(alice.client);
  return { alice, bob, role, mentions, place: { server_id, channel_id } };
}

function closeAll(...clients: Client[]): void {
  for (const client of clients) client.close();
}

describe("what is written", () => {
  test("is sent with the ids of whom and what it names, and read back as it was written", async () => {
    const { alice, bob, role, mentions, place } = await aPlace();
    const texts: [string, string][] = [
      [`hey @${bob.user.name}, come`, `hey <@${bob.user.id}>, come`],
      [`@${bob.user.name.toUpperCase()}.`, `<@${bob.user.id}>.`],
      ["@night pickers! Now", `<@&${role.id}>! Now`],
      ["@Night pickersss", "@Night pickersss"],
      [`mail me@${bob.user.name}`, `mail me@${bob.user.name}`],
      [
        `\`@${bob.user.name}\` and @nobody-of-that-name @everyone`,
        `\`@${bob.user.name}\` and @nobody-of-that-name @everyone`,
      ],
      ["@", "@"],
    ];
    for (const [written, sent] of texts) expect(mentions.sent(written, place)).toBe(sent);
    const message = await alice.client.send(place.channel_id, mentions.sent(`@${bob.user.name} @Night pickers`, place));
    expect(message).toMatchObject({ mentions: [bob.user.id], mention_roles: [role.id] });
    expect(mentions.written(message.content, place)).toBe(`@${bob.user.name} @Night pickers`);
    expect(mentions.written("<@999999999> `<@1>` <@&5>", place)).toBe("<@999999999> `<@1>` <@&5>");
    closeAll(alice.client, bob.client);
  });

  test("names whom was chosen, though they are not loaded, or others are called the same", async () => {
    const { alice, bob, mentions, place } = await aPlace();
    mentions.choose("Far.Away", { kind: "user", id: 77 });
    expect(mentions.sent("@far.away. @far.away", place)).toBe("<@77>. <@77>");
    const name = `${bob.user.name}`;
    const { role } = await alice.client.ask("add_role", { server_id: place.server_id, name });
    await alice.client.settled();
    expect(mentions.sent(`@${name}`, place)).toBe(`<@${bob.user.id}>`);
    mentions.choose(name, { kind: "role", id: role.id });
    expect(mentions.sent(`@${name}`, place)).toBe(`<@&${role.id}>`);
    closeAll(alice.client, bob.client);
  });

  test("in a conversation names who is in it", async () => {
    const [alice, bob] = await server.friends();
    const client = clientOf(server, alice);
    await client.connect();
    await client.ask("get_conversations", { amount: 10, anchor: 0 });
    const { conversation } = await client.ask("open_conversation", { user_ids: [bob.id] });
    await client.settled();
    const place = { server_id: null, channel_id: conversation.channel_id };
    const mentions = new Mentions(client);
    expect(mentions.sent(`@${bob.name}?`, place)).toBe(`<@${bob.id}>?`);
    expect(mentions.parts(`<@${bob.id}>`, place)).toMatchObject([{ kind: "user", name: bob.name }]);
    const completion = completionAt(client, `@${bob.name.slice(0, 3)}`, 4, place);
    expect(completion?.entries.map(({ id }) => id)).toContain(bob.id);
    client.close();
  });
});

describe("what is shown", () => {
  test("has the names of users, roles and channels, and code as it is", async () => {
    const { alice, bob, role, mentions, place } = await aPlace();
    const user_id = bob.user.id;
    await alice.client.ask("update_member", { server_id: place.server_id, user_id, changes: { nickname: "Bobby" } });
    await alice.client.settled();
    const text = `a <@${user_id}> <@&${role.id}> in #general, #nowhere or not@everyone, @here \`a\`a <@8> <@&9>`;
    expect(mentions.parts(text, place)).toEqual([
      { kind: "text", text: "a " },
      { kind: "user", text: `<@${user_id}>`, id: user_id, name: "Bobby" },
      { kind: "text", text: " " },
      { kind: "role", text: `<@&${role.id}>`, id: role.id, name: "Night pickers", color: "#00ff00" },
      { kind: "text", text: " in " },
      { kind: "channel", text: "#general", id: place.channel_id, name: "general" },
      { kind: "text", text: ", #nowhere or not@everyone, " },
      { kind: "all", text: "@here" },
      { kind: "text", text: " " },
      { kind: "code", text: "`a`" },
      { kind: "text", text: "a " },
      { kind: "user", text: "<@8>", id: 8, name: null },
      { kind: "text", text: " " },
      { kind: "role", text: "<@&9>", id: 9, name: null, color: null },
    ]);
    // Put together again it is the text, whatever that is.
    for (const any of [text, "", "`<@1>`", "``` <@1>", "#", "\\`<@1>`"]) {
      expect(
        mentions
          .parts(any, place)
          .map((part) => part.text)
          .join(""),
      ).toBe(any);
    }
    closeAll(alice.client, bob.client);
  });

  test.each([1, 2, 3])("code is what the server takes for it, seed %i", (seed) => {
    const random = seededRandom(seed);
    const bits = ["`", "``", "```", "\n", "~~~", "~~~~", "\\", " ", "a", "    "];
    for (let count = 0; count < 5_000; count += 1) {
      const pieces = Array.from({ length: random.whole(1, 12) }, (_, at) =>
        random.next() < 0.3 ? `<@${at + 1}>` : random.pick(bits),
      );
      const text = pieces.join("");
      const seen: number[] = [];
      const same = outsideCode(text, (part) => {
        for (const [, id] of part.matchAll(/<@([1-9]\d*)>/g)) seen.push(Number(id));
        return part;
      });
      expect({ text: same, seen }).toEqual({ text, seen: mentionsIn(text).user_ids });
    }
  });
});

describe("what is being written is completed", () => {
  const at = (client: Client, text: string, options: CompletionOptions) =>
    completionAt(client, text, text.length, options)?.entries.map(({ text: put }) => put);

  test("with people by name and nickname, roles and all by who may mention them, and channels", async () => {
    const { alice, bob, place } = await aPlace();
    const { client } = alice;
    const user_id = bob.user.id;
    await client.ask("update_member", { server_id: place.server_id, user_id, changes: { nickname: "Zoë" } });
    await client.settled();
    expect(at(client, "hey @zo", place)).toEqual([`@${bob.user.name}`]);
    expect(at(client, `(@${bob.user.name}`, place)).toEqual([`@${bob.user.name}`]);
    expect(at(client, "@nigh", place)).toEqual([]);
    expect(at(client, "@nigh", { ...place, may_mention_all: true })).toEqual(["@Night pickers"]);
    expect(at(client, "@here", { ...place, may_mention_all: true })).toEqual(["@here"]);
    expect(at(client, "@", { ...place, may_mention_all: true, most: 4 })).toHaveLength(4);
    expect(at(client, "see #gen", place)).toEqual(["#general"]);
    for (const text of ["hey", "me@zo", "@zo ", "#gen,"]) expect(at(client, text, place)).toBeUndefined();
    closeAll(client, bob.client);
  });

  test("with members who are not loaded, whom the server is asked for", async () => {
    const { alice, bob, place } = await aPlace();
    const other = await present(server);
    await inviteInto(place.server_id, alice.client, other.client);
    const { client } = bob;
    const text = `@${other.user.name}`;
    const known = completionAt(client, text, text.length, place);
    expect(known).toMatchObject({ word: other.user.name, entries: [] });
    const whole = known && (await completionWithMembers(client, known, place));
    expect(whole?.entries).toMatchObject([{ kind: "user", id: other.user.id, text }]);
    const [entry] = whole?.entries ?? [];
    expect(whole && entry && completed(`${text}!`, whole, entry)).toEqual({
      text: `${text} !`,
      caret: text.length + 1,
    });
    closeAll(alice.client, client, other.client);
  });
});
