// Where the tests of a server's structure happen: alice's server, where bob is a member and mallory nobody. Alice and
// bob listen to it.

import { expect } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import type { Rule } from "../../../src/domain/permissions.ts";
import type { Frame, Json } from "../../harness/client.ts";
import { done, foundServer, inviteInto, refusal } from "../../harness/community.ts";
import { writeRows } from "../../harness/database.ts";
import type { Present, TestServer } from "../../harness/server.ts";

export interface Orchard {
  alice: Present;
  bob: Present;
  mallory: Present;
  server_id: number;
  category_id: number;
  /** In the category. */
  general_id: number;
  default_role_id: number;
}

type Person = Pick<Present, "client">;

/** Nobody has anything unread. */
export async function anOrchard(server: TestServer): Promise<Orchard> {
  const [alice, bob, mallory] = await Promise.all([server.join(), server.join(), server.join()]);
  const server_id = await foundServer(alice);
  await inviteInto(server_id, alice, bob);
  const { categories } = await done(alice, "get_server_channels", { server_id });
  const { roles } = await done(bob, "get_server_roles", { server_id });
  const [{ id: category_id, channels }] = categories;
  await quiet(alice, bob, mallory);
  return { alice, bob, mallory, server_id, category_id, general_id: channels[0].id, default_role_id: roles[0].id };
}

/** Whatever they have been told is read. */
export async function quiet(...people: Person[]): Promise<void> {
  await Promise.all(people.map(({ client }) => client.rest()));
}

/** A further member, who listens. */
export async function another(server: TestServer, { alice, bob, server_id }: Orchard, name?: string): Promise<Present> {
  const carol = await server.join(name);
  await inviteInto(server_id, alice, carol);
  await done(carol, "get_server_channels", { server_id });
  await quiet(alice, bob, carol);
  return carol;
}

/** A new role with these rules; without a position, below all others. */
export async function addRole({ alice, server_id }: Orchard, rules: Rule[] = [], position?: number): Promise<number> {
  const { role } = await done(alice, "add_role", { server_id, name: "helpers", rules, position });
  return role.id;
}

export async function giveRoles({ alice, server_id }: Orchard, member: Present, ...roles: number[]): Promise<void> {
  await done(alice, "update_member", { server_id, user_id: member.id, changes: { roles } });
}

/** Gives the member a new role with these rules, and no others; afterwards nobody has anything unread. */
export async function promote(orchard: Orchard, member: Present, rules: Rule[], position?: number): Promise<number> {
  const role_id = await addRole(orchard, rules, position);
  await giveRoles(orchard, member, role_id);
  await quiet(orchard.alice, orchard.bob, member);
  return role_id;
}

/** A new channel; afterwards alice and bob have nothing unread. */
export async function addChannel({ alice, bob, server_id }: Orchard, more: Json = {}): Promise<number> {
  const { channel } = await done(alice, "add_channel", { server_id, name: "rows", ...more });
  await quiet(alice, bob);
  return channel.id;
}

/** The event on the server's topic. */
export const told = ({ server_id }: Orchard, type: string, data: Json) => ({
  ...{ type, topic: `server:${server_id}`, seq: expect.any(Number) },
  data: { server_id, ...data },
});

/** The event on somebody's own topic. */
export const toldSelf = (type: string, data: Json) => ({ type, topic: "self", seq: expect.any(Number), data });

/** The types of the frames that came and weren't read. */
export async function typesTold({ client }: Person): Promise<string[]> {
  return (await client.rest()).map(({ type }) => type);
}

export async function expectRefused(person: Person, code: string, type: string, data: Json): Promise<Frame> {
  const refused = await refusal(person, type, data);
  expect({ data, refused }).toMatchObject({ data, refused: { code } });
  return refused;
}

/** The request is answered `bad_request` for that field of its `data`, and the socket lives. */
export async function expectMalformed(person: Person, type: string, data: Json, path: string): Promise<void> {
  const refused = await refusal(person, type, data);
  expect({ data, refused }).toMatchObject({
    data,
    refused: { code: "bad_request", details: { path: `data.${path}` } },
  });
  await person.client.ask({ type: "ping" });
}

/** To whom the thing is hidden it is answered in the same words as where there is nothing. */
export async function expectHidden(person: Person, type: string, hidden: Json, absent: Json): Promise<void> {
  const refused = await expectRefused(person, "not_found", type, hidden);
  expect(refused).toEqual(await refusal(person, type, { ...hidden, ...absent }));
}

let server_ids = 1000;
/** Puts the user into as many servers as one may be in. */
export function fillServers({ folder }: TestServer, { id }: Present): void {
  const rows = Array.from({ length: limits.servers_per_user }, () => {
    server_ids += 1;
    return [server_ids];
  });
  const columns = "id, name, owner_id, default_role_id, num_members, created_at, seq";
  writeRows(folder, `insert into servers (${columns}) values (?, 'full', ${id}, 1, 1, 0, 1)`, rows);
  const membership = "insert into members (server_id, user_id, joined_at, seq, self_seq)";
  writeRows(folder, `${membership} values (?, ${id}, 0, 1, 1)`, rows);
}

/** An id that nothing has. */
export const NOTHING = 7;
