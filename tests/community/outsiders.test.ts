// Each request of the catalogue, made from its schema, by who has no business with it: members without the rule that
// its literal names, members of another server with ids that aren't theirs, people who are blocked. None gets
// anywhere, and none learns whether what they named is there.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Rule, rule_names } from "../../src/domain/permissions.ts";
import { messages } from "../../src/protocol/catalogue.ts";
import type { MessageLiteral } from "../../src/protocol/message.ts";
import { botOf } from "../bots/programs.ts";
import type { Frame, Json } from "../harness/client.ts";
import { done, foundServer, inviteInto } from "../harness/community.ts";
import { readRows } from "../harness/database.ts";
import { type Present, startServer, type TestServer, type TestUser } from "../harness/server.ts";
import { fieldsOf, type SampleIds, sampleRequest } from "./request-samples.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const literals: readonly MessageLiteral[] = messages;
const of_rooms = literals.filter(({ room }) => room);

/** How much is stored of everything that belongs to servers, and the last change of it: each change has a greater seq. */
function stored(): Json {
  const seqs = ["servers", "roles", "categories", "channels", "members", "messages"];
  const counts = [
    ...seqs,
    "conversations",
    "conversation_members",
    "member_roles",
    "bans",
    "invites",
    "reactions",
    "mentions",
    "read_states",
    "friendships",
  ];
  const columns = [
    ...counts.map((name) => `(select count(*) from ${name})`),
    ...seqs.map((name) => `(select max(seq) from ${name})`),
  ];
  return readRows(server.folder, `select ${columns.join(", ")}`);
}

/** The answer in words: without the request's id, and with every id the same. */
async function wordsFor({ client }: Present, type: string, parameters: Json): Promise<Json> {
  const { dialect } = literals.find((one) => one.type === type) as MessageLiteral;
  const request = dialect === "console" ? { ...parameters, type } : { type, data: parameters };
  const { id: _, ...reply }: Frame = await client.ask(request);
  return JSON.parse(JSON.stringify(reply).replaceAll(/\b\d{9,}\b/g, "0"));
}

/** One of each member's, by whose they are. */
const bots = new Map<number, TestUser>();

/** A server with something of everything in it. `member` has the rules, and no others, in a role above all others. */
async function furnish(owner: Present, member: Present, other: Present): Promise<{ ids: SampleIds; role_id: number }> {
  const server_id = await foundServer(owner);
  await inviteInto(server_id, owner, member, other);
  const { role: low } = await done(owner, "add_role", { server_id, name: "low", rules: [] });
  const { role: high } = await done(owner, "add_role", { server_id, name: "high", rules: [], position: 9 });
  await done(owner, "update_member", { server_id, user_id: member.id, changes: { roles: [high.id] } });
  const { categories } = await done(owner, "get_server_channels", { server_id });
  const [{ id: category_id, channels }] = categories;
  const channel_id: number = channels[0].id;
  const { message } = await done(owner, "add_message", { channel_id, content: "of the harvest" });
  await done(owner, "add_reaction", { message_id: message.id, emoji: "x" });
  const { invite } = await done(owner, "add_invite", { server_id });
  const { conversation } = await done(owner, "open_conversation", { user_ids: [other.id] });
  const { webhook } = await done(owner, "add_webhook", { channel_id, name: "Gardener" });
  const bot = await (bots.get(member.id) ?? botOf(server, member));
  bots.set(member.id, bot);
  const { roles } = await done(owner, "get_server_roles", { server_id });
  await done(owner, "update_role", { role_id: roles.at(-1).id, changes: { rules: [] } });
  const ids: SampleIds = {
    ...{ server_id, category_id, channel_id, role_id: low.id, message_id: message.id, user_id: other.id },
    ...{ webhook_id: webhook.id, bot_id: bot.id },
    ...{
      conversation_id: conversation.id,
      invite_code: invite.code,
      code: invite.code,
      reply_to: message.id,
      author_id: owner.id,
    },
    ...{ roles: [low.id], overwrites: [{ role_id: low.id, allow: [], deny: [] }] },
    channels: [{ id: channel_id, category_id, position: 0 }],
    topics: [`channel:${channel_id}`, `server:${server_id}`],
    rules: ["view_channel"],
  };
  return { ids, role_id: high.id };
}

describe("a member without the rule", () => {
  /** The rules that each literal names where it says who may: without them one is refused, or else is shown less. */
  const refusing = of_rooms.filter(({ may }) => !may.includes("is shown"));
  const by_rule = refusing.flatMap(({ type, may }) =>
    rule_names
      .filter((rule) => may.includes(`\`${rule}\``) && rule !== "attach_files")
      .map((rule): [string, Rule] => [type, rule]),
  );
  const nobody_else = of_rooms
    .filter(({ may }) => /^(the owner|its author)(?!.* or `)/.test(may))
    .map(({ type }) => type);
  const everybody = of_rooms.filter(({ may }) => /^(members|viewers|anyone)/.test(may)).map(({ type }) => type);

  let [alice, carol, dave]: Present[] = [];
  beforeAll(async () => {
    [alice, carol, dave] = await Promise.all([server.join(), server.join(), server.join()]);
  });

  async function furnished(): Promise<{ ids: SampleIds; giveRules(rules: Rule[]): Promise<void>; people: Present[] }> {
    if (!alice || !carol || !dave) throw new Error("nobody is there");
    const { ids, role_id } = await furnish(alice, carol, dave);
    const giveRules = async (rules: Rule[]) => {
      await done(alice as Present, "update_role", { role_id, changes: { rules } });
    };
    return { ids, giveRules, people: [alice, carol] };
  }

  /** Asks with those rules, and sees that it was refused and changed nothing that is stored or told. */
  async function refused(type: string, ids: SampleIds, people: Present[]): Promise<Frame> {
    const [owner, member] = people as [Present, Present];
    const literal = of_rooms.find((one) => one.type === type) as MessageLiteral;
    await Promise.all(people.map(({ client }) => client.rest()));
    const before = stored();
    const reply = await wordsFor(member, type, sampleRequest(literal, ids, true));
    expect([type, reply]).toEqual([type, expect.objectContaining({ type: "error" })]);
    expect(["forbidden", "not_found"]).toContain(reply.code);
    expect(stored()).toEqual(before);
    expect(await owner.client.rest()).toEqual([]);
    return reply;
  }

  test.each(by_rule)("%s wants %s", async (type, rule) => {
    const { ids, giveRules, people } = await furnished();
    const literal = of_rooms.find((one) => one.type === type) as MessageLiteral;
    await giveRules(rule_names.filter((one) => one !== rule && one !== "admin"));
    const refusal = await refused(type, ids, people);
    // It was for want of the rule: with it the answer is another one.
    await giveRules([...rule_names]);
    expect(await wordsFor(people[1] as Present, type, sampleRequest(literal, ids, true))).not.toEqual(refusal);
  });

  test.each(nobody_else)("%s is for the owner or the author, whatever rules one has", async (type) => {
    const { ids, giveRules, people } = await furnished();
    await giveRules([...rule_names]);
    await refused(type, ids, people);
  });

  test("is somebody whom every literal of a room knows of", () => {
    const known = new Set([...by_rule.map(([type]) => type), ...nobody_else, ...everybody]);
    expect(of_rooms.map(({ type }) => type).filter((type) => !known.has(type))).toEqual([]);
  });
});

describe("a member of another server", () => {
  const absent: SampleIds = {
    ...{
      server_id: 1,
      channel_id: 2,
      category_id: 3,
      role_id: 4,
      message_id: 5,
      reply_to: 5,
      conversation_id: 6,
      webhook_id: 7,
    },
    // An invite's code is no id: whoever has one may use it. To delete it is another matter.
    ...{ code: "none", roles: [4], overwrites: [{ role_id: 4, allow: [], deny: [] }] },
    ...{ channels: [{ id: 2, category_id: null, position: 0 }], topics: ["channel:2", "server:1"] },
  };
  /** Each field that names something of a server. */
  const by_field = literals.flatMap((literal) =>
    fieldsOf(literal)
      .filter((field) => Object.hasOwn(absent, field))
      .map((field): [string, string] => [literal.type, field]),
  );

  let mallory: Present;
  let alice: Present;
  let [mine, foreign]: SampleIds[] = [];
  beforeAll(async () => {
    const [bob, carol, dave, erin] = await Promise.all([server.join(), server.join(), server.join(), server.join()]);
    [alice, mallory] = await Promise.all([server.join(), server.join()]);
    foreign = (await furnish(alice, bob as Present, carol as Present)).ids;
    mine = (await furnish(mallory, dave as Present, erin as Present)).ids;
    await Promise.all([alice.client.rest(), mallory.client.rest()]);
  });

  test.each(by_field)("%s with a foreign %s", async (type, field) => {
    const literal = literals.find((one) => one.type === type) as MessageLiteral;
    const before = stored();
    for (const optional of [true, field]) {
      const asWith = (ids: SampleIds | undefined) =>
        wordsFor(mallory, type, sampleRequest(literal, { ...mine, [field]: ids?.[field] }, optional));
      expect([type, await asWith(foreign)]).toEqual([type, await asWith(absent)]);
    }
    expect(stored()).toEqual(before);
    expect(await alice.client.rest()).toEqual([]);
  });
});

describe("who is blocked", () => {
  /** Fields that name another person, and how. */
  const person_fields: Record<string, (person: Present) => Json> = {
    user_id: ({ id }) => id,
    user_ids: ({ id }) => [id],
    userId: ({ id }) => id,
    name: ({ name }) => name,
    topics: ({ id }) => [`user:${id}`],
  };
  /** Their `message` is a name or an id. */
  const console_requests: Record<string, (person: Present) => Json> = {
    "send-friend-request": ({ name }) => ({ message: name }),
    "accept-friend-request": ({ id }) => ({ message: String(id) }),
    "reject-friend-request": ({ id }) => ({ message: String(id) }),
    "remove-friend": ({ id }) => ({ message: String(id) }),
  };
  const of_people = literals.filter(({ room, type }) => !room && type !== "add_server" && type !== "update_user");
  const by_person = of_people.flatMap((literal): [string, (person: Present) => Json][] => {
    const fields = fieldsOf(literal).filter((field) => Object.hasOwn(person_fields, field));
    const made = fields.map((field) => (person: Present) => {
      const ids = { [field]: person_fields[field]?.(person), message: "{}", action: "accept" };
      return sampleRequest(literal, ids, field);
    });
    const of_console = console_requests[literal.type];
    return [...made, ...(of_console ? [of_console] : [])].map((make) => [literal.type, make]);
  });

  let [alice, eve, stranger]: Present[] = [];
  beforeAll(async () => {
    [alice, eve] = await server.friends();
    stranger = await server.join();
    await done(alice, "update_friend", { user_id: eve.id, action: "block" });
    await Promise.all([alice.client.rest(), eve.client.rest()]);
  });

  test.each(by_person)("%s reaches nobody, and shows no more than a stranger sees", async (type, make) => {
    if (!alice || !eve || !stranger) throw new Error("nobody is there");
    const before = stored();
    const reply = await wordsFor(eve, type, make(alice));
    const words = JSON.stringify(reply);
    for (const telling of ["status", "playing", "bio", "lastOnline"]) expect(words).not.toContain(`"${telling}"`);
    if (type.startsWith("get")) expect(reply).toEqual(await wordsFor(stranger, type, make(alice)));
    expect(stored()).toEqual(before);
    expect(await alice.client.rest()).toEqual([]);
  });

  test("is tried with every request that is about a person", () => {
    expect(new Set(by_person.map(([type]) => type)).size).toBeGreaterThanOrEqual(10);
    const named = of_people.filter(
      ({ dialect, request }) => dialect === "console" && JSON.stringify(request).includes('"message"'),
    );
    const others = ["now-playing"];
    const tried = new Set([...by_person.map(([type]) => type), ...others]);
    expect(named.map(({ type }) => type).filter((type) => !tried.has(type))).toEqual([]);
  });
});
