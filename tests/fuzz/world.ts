// Who sends the frames, and what there is for them to be about: four people and a bot of alice's, the servers that she
// founds, in which bob, carol and the bot are members and mallory is nobody, and whatever their requests have made.

import { botOf, joinBot } from "../bots/programs.ts";
import type { Json } from "../harness/client.ts";
import { done, foundServer, inviteInto } from "../harness/community.ts";
import type { Present, RunningServer } from "../harness/server.ts";
import { pngOf } from "../uploads/samples.ts";
import type { Reference, ReferenceKind } from "./schema-values.ts";

/** Of each kind: so few that most of what frames refer to is still there, and much of it in one server. */
const NEWEST = 5;
const BOBS_RULES = ["manage_channels", "manage_members", "create_invites", "kick_members", "manage_messages"];

export class World {
  readonly people: Present[];
  readonly #known: Record<ReferenceKind, (number | string)[]> = {
    ...{ user: [], server: [], channel: [], category: [], role: [], message: [], invite: [], name: [], upload: [] },
    conversation: [],
    webhook: [],
    bot: [],
  };

  private constructor(people: Present[]) {
    this.people = people;
    this.#known.user.push(...people.map(({ id }) => id));
    this.#known.name.push(...people.map(({ name }) => name));
  }

  static async open(server: RunningServer): Promise<World> {
    const people: Present[] = [];
    for (const name of ["alice", "bob", "carol", "mallory"]) people.push(await server.join(name));
    const [alice] = people as [Present];
    people.push(await joinBot(server, alice));
    const world = new World(people);
    const headers = { authorization: `Bearer ${alice.token}` };
    const upload = await fetch(`${server.url}/api/v1/uploads`, { method: "POST", headers, body: await pngOf(1, 1) });
    world.#known.bot.push((await botOf(server, alice)).id, people.at(-1)?.id ?? 1);
    world.#known.upload.push(((await upload.json()) as Json).id);
    return world;
  }

  /** Sees to it that there is a server with something of everything in it, whatever was deleted before. */
  async renew(): Promise<void> {
    const [alice, bob, carol, , bot] = this.people as [Present, Present, Present, Present, Present];
    await befriend(alice, bob);
    const server_id = await foundServer(alice);
    await inviteInto(server_id, alice, bob, carol);
    await done(alice, "add_bot", { server_id, bot_id: bot.id });
    const { role } = await done(alice, "add_role", { server_id, name: "helpers", rules: BOBS_RULES, position: 5 });
    await done(alice, "update_member", { server_id, user_id: bob.id, changes: { roles: [role.id] } });
    const { category } = await done(alice, "add_category", { server_id, name: "Garden" });
    const added = await done(alice, "add_channel", { server_id, name: "trees", category_id: category.id });
    const { message } = await done(carol, "add_message", { channel_id: added.channel.id, content: "apples" });
    const { invite } = await done(bob, "add_invite", { server_id });
    const hooked = await done(alice, "add_webhook", { channel_id: added.channel.id, name: "Gardener" });
    const { conversation } = await done(alice, "open_conversation", { user_ids: [bob.id] });
    await done(bob, "open_conversation", { user_ids: [alice.id] });
    this.learn({ conversation });
    for (const data of [
      { server: { id: server_id } },
      { role },
      { category },
      added,
      { message },
      { invite },
      hooked,
    ]) {
      this.learn(data);
    }
  }

  /** Keeps the ids of what a reply's data tells of. */
  learn(data: Json): void {
    for (const kind of ["server", "channel", "category", "role", "message", "webhook"] as const) {
      if (data?.[kind]?.id !== undefined) this.#keep(kind, data[kind].id);
    }
    if (data?.conversation?.id !== undefined) {
      this.#keep("conversation", data.conversation.id);
      this.#keep("channel", data.conversation.channel_id);
    }
    if (data?.invite?.code !== undefined) this.#keep("invite", data.invite.code);
  }

  resolve({ kind, at, form }: Reference): unknown {
    const known = this.#known[kind];
    const value = known[at % known.length] ?? 1;
    if (form === "topic") return `${kind}:${value}`;
    return form === "text" ? String(value) : value;
  }

  #keep(kind: ReferenceKind, value: number | string): void {
    const known = this.#known[kind];
    if (!known.includes(value)) known.push(value);
    if (known.length > NEWEST) known.shift();
  }
}

/** Friends, whatever they were to each other. */
async function befriend(one: Present, other: Present): Promise<void> {
  for (const [{ client }, { id: user_id }] of [[one, other] as const, [other, one] as const]) {
    await client.ask({ type: "update_friend", data: { user_id, action: "unblock" } });
  }
  for (const [{ client }, { id: user_id }] of [[one, other] as const, [other, one] as const]) {
    await client.ask({ type: "add_friend", data: { user_id } });
  }
}
