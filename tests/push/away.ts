// What the tests of Web Push share: somebody who is away, whose browser has subscribed, and a witness of the same kind,
// who is sent what comes after: what somebody else was to be sent, was looked at by then.

import { expect } from "bun:test";
import type { Config } from "../../src/config.ts";
import type { Json } from "../harness/client.ts";
import { done, foundServer, inviteInto } from "../harness/community.ts";
import { readRows, writeRows } from "../harness/database.ts";
import type { Browser, PushService } from "../harness/push-service.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";

export interface Away {
  /** Their session says that nobody sits before it. */
  user: Present;
  browser: Browser;
}

export async function subscribe(server: TestServer, token: string, browser: Browser, more: Json = {}): Promise<void> {
  const { status, body } = await server.call("POST", "/push/subscriptions", { ...browser, ...more }, token);
  expect({ status, body }).toEqual({ status: 201, body: { success: true } });
}

export async function leaves(user: Present): Promise<void> {
  expect(await done(user, "set_active", { active: false })).toEqual({});
}

export const startPushing = (more: Partial<Config> = {}, folder?: string) =>
  startServer({ push_allow_private: true, ...more }, folder);

/** Looks at what is said almost at once, for what doesn't rest on things being said together. */
export const PROMPTLY: Partial<Config> = { push_gathering_ms: 20 };

/** A server with a channel: its owner, who sits before it, and members who are away. */
export async function aTown(server: TestServer, service: PushService) {
  const [alice, bob, witness] = await Promise.all([server.join(), server.join(), server.join()]);
  const server_id = await foundServer(alice);
  const elsewhere = await foundServer(alice);
  await inviteInto(server_id, alice, bob);
  await inviteInto(elsewhere, alice, witness);
  const channel_id = await newChannel(alice, server_id);
  const browsers = [service.subscribe(), service.subscribe()] as const;
  await Promise.all([subscribe(server, bob.token, browsers[0]), subscribe(server, witness.token, browsers[1])]);
  await Promise.all([leaves(bob), leaves(witness)]);
  const say = async (content: string, channel = channel_id, more: Json = {}): Promise<number> =>
    (await done(alice, "add_message", { channel_id: channel, content, ...more })).message.id;
  let witnessed = 0;
  return {
    ...{ alice, bob, witness, server_id, channel_id, say },
    browser: browsers[0],
    /** All that was said before was looked at, of whoever it concerns, when this settles. */
    async settled(): Promise<void> {
      const channel = await newChannel(alice, elsewhere, `witness-${++witnessed}`);
      await say(`<@${witness.id}>`, channel);
      await service.take(browsers[1]);
    },
    /** What was sent to bob's browser. */
    sent: () => service.all.filter((one) => one.browser === browsers[0]).map(({ notice }) => notice),
  };
}

export type Town = Awaited<ReturnType<typeof aTown>>;

export async function newChannel(by: Present, server_id: number, name = "talk"): Promise<number> {
  return (await done(by, "add_channel", { server_id, name })).channel.id;
}

/** What waits for a user, or is remembered as sent. */
export function noticesOf(server: TestServer, user_id: number) {
  return readRows(
    server.folder,
    `select channel_id, message_id, told_id, due_at is not null as waits from push_notices
     where login_id in (select login_id from push_subscriptions where user_id = ?)`,
    [user_id],
  );
}

/** As if all that waits had waited long enough. */
export function letTimePass(server: TestServer): void {
  writeRows(server.folder, "update push_notices set due_at = 0 where due_at is not null", [[]]);
  writeRows(server.folder, "update push_subscriptions set held_until = 0", [[]]);
}
