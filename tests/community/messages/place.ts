// Where the tests of messages happen: alice's server with its one channel, where bob is a member and mallory nobody.

import { expect } from "bun:test";
import type { Rule } from "../../../src/domain/permissions.ts";
import type { Frame, Json } from "../../harness/client.ts";
import { done, foundServer, inviteInto } from "../../harness/community.ts";
import type { Present, RunningServer } from "../../harness/server.ts";

export interface Place {
  alice: Present;
  bob: Present;
  mallory: Present;
  server_id: number;
  channel_id: number;
}

/** Nobody listens to the channel yet, and nobody has anything unread. */
export async function aPlace(server: RunningServer): Promise<Place> {
  const [alice, bob, mallory] = await Promise.all([server.join(), server.join(), server.join()]);
  const server_id = await foundServer(alice);
  await inviteInto(server_id, alice, bob);
  const { categories } = await done(alice, "get_server_channels", { server_id });
  const [{ id: channel_id }] = categories.flatMap(({ channels }: Json) => channels);
  await done(alice, "unsubscribe", { topics: [`server:${server_id}`] });
  await Promise.all([alice, bob].map(({ client }) => client.rest()));
  return { alice, bob, mallory, server_id, channel_id };
}

/** Subscribes to the channel. */
export async function listen(channel_id: number, ...listeners: Pick<Present, "client">[]): Promise<void> {
  for (const listener of listeners) await done(listener, "subscribe", { topics: [`channel:${channel_id}`] });
}

/** The message as the author's reply has it. */
export async function post(
  author: Pick<Present, "client">,
  channel_id: number,
  content: string,
  more: Json = {},
): Promise<Json> {
  return (await done(author, "add_message", { channel_id, content, ...more })).message;
}

/** As many as a session may well have outstanding. */
const AT_ONCE = 100;

/** Posts so many, in the order of their ids: `number 0`, `number 1`, … with what is added to each. */
export async function postMany(
  author: Pick<Present, "client">,
  channel_id: number,
  count: number,
  addition = "",
): Promise<Json[]> {
  const posted: Json[] = [];
  while (posted.length < count) {
    const numbers = Array.from(
      { length: Math.min(AT_ONCE, count - posted.length) },
      (_, index) => posted.length + index,
    );
    posted.push(...(await Promise.all(numbers.map((at) => post(author, channel_id, `number ${at}${addition}`)))));
  }
  return posted;
}

/** The refusal, without the request's id. */
export async function refusal({ client }: Pick<Present, "client">, type: string, data: Json): Promise<Frame> {
  const { id: _, ...refused } = await client.ask({ type, data });
  if (refused["type"] !== "error") throw new Error(`${type} was not refused: ${JSON.stringify(refused)}`);
  return refused;
}

/** The request is answered `bad_request` for that field of its `data`, and the socket lives. */
export async function malformed(asker: Pick<Present, "client">, type: string, data: Json, path: string): Promise<void> {
  const refused = await refusal(asker, type, data);
  expect({ data, refused }).toMatchObject({
    data,
    refused: { code: "bad_request", details: { path: `data.${path}` } },
  });
  await asker.client.ask({ type: "ping" });
}

/** Denies rules in the channel to everybody but the owner. */
export async function deny({ alice, server_id, channel_id }: Place, ...deny: Rule[]): Promise<void> {
  const { roles } = await done(alice, "get_server_roles", { server_id });
  const overwrites = [{ role_id: roles.at(-1).id, allow: [], deny }];
  await done(alice, "update_channel", { channel_id, changes: { overwrites } });
  await done(alice, "unsubscribe", { topics: [`server:${server_id}`] });
  await alice.client.rest();
}

/** A second channel of the server, for all members or, `hidden`, for the owner alone. */
export async function anotherChannel({ alice, server_id }: Place, hidden = false): Promise<number> {
  const { channel } = await done(alice, "add_channel", { server_id, name: "other", ...(hidden && { roles: [] }) });
  return channel.id;
}

/** Gives the member a role with these rules. */
export async function promote({ alice, server_id }: Place, member: Present, ...rules: Rule[]): Promise<void> {
  const { role } = await done(alice, "add_role", { server_id, name: "helper", rules });
  await done(alice, "update_member", { server_id, user_id: member.id, changes: { roles: [role.id] } });
}

export async function chunk(
  reader: Pick<Present, "client">,
  channel_id: number,
  { amount = 100, anchor = 0, direction = true } = {},
): Promise<Json> {
  return done(reader, "get_message_chunk", { channel_id, amount, anchor, direction });
}

/** The events of a topic among what came so far. */
export async function eventsOn({ client }: Pick<Present, "client">, topic: string): Promise<Frame[]> {
  return (await client.rest()).filter((frame) => frame["topic"] === topic);
}
