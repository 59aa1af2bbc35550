// What becomes of a push: taken, put off, refused or lost on the way, it is sent once at most; and what it rests on is
// looked at once more before. Between what waits and what is checked the server starts anew, so that all is done by then.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { limits } from "../../src/domain/limits.ts";
import { say as sayIn, talking } from "../community/conversations/talkers.ts";
import { done } from "../harness/community.ts";
import { readRows, writeRows } from "../harness/database.ts";
import { openPushService, type PushService } from "../harness/push-service.ts";
import type { TestServer } from "../harness/server.ts";
import {
  aTown,
  leaves,
  letTimePass,
  newChannel,
  noticesOf,
  PROMPTLY,
  startPushing,
  subscribe,
  type Town,
} from "./away.ts";

let server: TestServer;
let service: PushService;
beforeAll(async () => {
  service = openPushService();
  server = await startPushing(PROMPTLY);
});
afterAll(async () => {
  await server.stop();
  service.stop();
});

const taken = () => new Response(null, { status: 201 });
const restart = async (meanwhile?: () => void) => {
  server = await server.restart({}, meanwhile);
};
/** As if all that waits had waited long enough, when the server starts anew. */
const restartLater = () => restart(() => letTimePass(server));

/** How the subscription of a user stands; undefined where there is none. */
const subscriptionOf = (user_id: number) =>
  readRows(server.folder, "select failures, held_until from push_subscriptions where user_id = ?", [user_id])[0];

/** Bob was told of one message, and another one waits. */
async function withOneWaiting(): Promise<{ town: Town; waiting_id: number }> {
  const town = await aTown(server, service);
  await town.say(`<@${town.bob.id}>`);
  await service.take(town.browser);
  const waiting_id = await town.say(`again, <@${town.bob.id}>`);
  await town.settled();
  expect(noticesOf(server, town.bob.id)).toMatchObject([{ message_id: waiting_id, waits: 1 }]);
  return { town, waiting_id };
}

test("what waits outlives a restart, and is sent once", async () => {
  const { town, waiting_id } = await withOneWaiting();
  await restart();
  expect(noticesOf(server, town.bob.id)).toMatchObject([{ message_id: waiting_id, waits: 1 }]);
  await restartLater();
  expect((await service.take(town.browser)).notice).toMatchObject({ message_id: waiting_id, count: 1, badge: 2 });
  await restart();
  await restart();
  expect(town.sent()).toHaveLength(2);
});

/** The service answers bob's browser only when it is let. */
function holding(town: Town): () => void {
  const held = Promise.withResolvers<Response>();
  service.answer = ({ browser }) => (browser === town.browser ? held.promise : taken());
  return () => {
    service.answer = taken;
    held.resolve(taken());
  };
}

test("what waits for somebody whose push service is slow holds up nobody else", async () => {
  const town = await aTown(server, service);
  const release = holding(town);
  await town.say(`<@${town.bob.id}>`);
  await service.take(town.browser);
  const [login] = readRows(server.folder, "select login_id as id from push_subscriptions where user_id = ?", [
    town.bob.id,
  ]);
  writeRows(
    server.folder,
    `insert into push_notices (login_id, channel_id, place_id, from_id, message_id, due_at) values (?, ?, 1, 1, 1, 0)`,
    Array.from({ length: 2 * limits.push_jobs_looked_at }, (_, at) => [Number(login?.["id"]), at + 1]),
  );
  await town.settled();
  release();
});

test.each(["logs out", "wants no previews"])(
  "who %s while a push is under way is sent no other as before",
  async (does) => {
    const town = await aTown(server, service);
    await town.say(`<@${town.bob.id}>`);
    await service.take(town.browser);
    const channels = await Promise.all(["a", "b"].map((name) => newChannel(town.alice, town.server_id, name)));
    service.answer = ({ browser }) => (browser === town.browser ? new Response(null, { status: 503 }) : taken());
    await town.say(`<@${town.bob.id}> a`, channels[0]);
    await service.take(town.browser);
    await town.say(`<@${town.bob.id}> b`, channels[1]);
    await town.settled();
    const release = holding(town);
    await restartLater();
    await service.take(town.browser);
    const before = town.sent().length;
    if (does === "logs out") await server.call("POST", "/user/logout", undefined, town.bob.token);
    else await subscribe(server, town.bob.token, town.browser, { previews: false });
    release();
    if (does === "wants no previews") expect((await service.take(town.browser)).notice.preview).toBeNull();
    await restart();
    expect(town.sent().length).toBe(before + (does === "logs out" ? 0 : 1));
  },
);

/** What happens to somebody, or to what was said, while it waits. */
const meanwhile: Record<string, (town: Town, waiting_id: number) => Promise<unknown>> = {
  "it was deleted": (town, id) => done(town.alice, "delete_message", { channel_id: town.channel_id, message_id: id }),
  "they read it elsewhere": (town, id) => done(town.bob, "mark_read", { channel_id: town.channel_id, message_id: id }),
  "they don't want to be disturbed": (town) => done(town.bob, "update_user", { changes: { status: "dnd" } }),
  "they want nothing of the server": (town) =>
    done(town.bob, "update_notification_settings", { server_id: town.server_id, level: "none" }),
  "they blocked who wrote it": (town) => done(town.bob, "update_friend", { user_id: town.alice.id, action: "block" }),
  "they left": (town) => done(town.bob, "leave_server", { server_id: town.server_id }),
  "they were banned": (town) => done(town.alice, "ban_member", { server_id: town.server_id, user_id: town.bob.id }),
  "the channel is hidden from them": async (town) => {
    const [row] = readRows(server.folder, "select default_role_id from servers where id = ?", [town.server_id]);
    const overwrites = [{ role_id: row?.["default_role_id"], allow: [], deny: ["view_channel"] }];
    await done(town.alice, "update_channel", { channel_id: town.channel_id, changes: { overwrites } });
  },
  "the channel was deleted": (town) => done(town.alice, "delete_channel", { channel_id: town.channel_id }),
  "they logged out": (town) => server.call("POST", "/user/logout", undefined, town.bob.token),
};

test.each(Object.entries(meanwhile))("what waits is not sent where meanwhile %s", async (_, change) => {
  const { town, waiting_id } = await withOneWaiting();
  await change(town, waiting_id);
  await restartLater();
  // Everything that was due was begun at this start, and done before the next.
  const [witness, other] = [await aTown(server, service), service.all.length];
  await witness.settled();
  await restart();
  expect(town.sent()).toHaveLength(1);
  expect(service.all.length).toBe(other + 1);
  expect(noticesOf(server, town.bob.id).filter(({ waits }) => waits)).toEqual([]);
});

test.each([404, 410])("an endpoint of which its service says %d is forgotten", async (status) => {
  const town = await aTown(server, service);
  service.answer = ({ browser }) => (browser === town.browser ? new Response(null, { status }) : taken());
  await town.say(`<@${town.bob.id}>`);
  await service.take(town.browser);
  await restart();
  expect(subscriptionOf(town.bob.id)).toBeUndefined();
  expect(town.sent()).toHaveLength(1);
});

test.each([
  [429, "120", 120_000],
  [503, undefined, limits.push_first_pause_ms],
  [500, "999999999", limits.push_most_pause_ms],
])("after %d with %s it is tried again, not before that", async (status, retry_after, pause_ms) => {
  const town = await aTown(server, service);
  const headers: Record<string, string> = retry_after === undefined ? {} : { "retry-after": retry_after };
  service.answer = ({ browser }) => (browser === town.browser ? new Response(null, { status, headers }) : taken());
  const before = Date.now();
  const message_id = await town.say(`<@${town.bob.id}>`);
  await service.take(town.browser);
  await restart();
  const { failures, held_until } = subscriptionOf(town.bob.id) ?? {};
  expect(failures).toBe(1);
  expect(Number(held_until)).toBeGreaterThanOrEqual(before + pause_ms);
  expect(Number(held_until)).toBeLessThanOrEqual(Date.now() + pause_ms);
  expect(noticesOf(server, town.bob.id)).toEqual([{ channel_id: town.channel_id, message_id, told_id: 0, waits: 1 }]);
  service.answer = taken;
  await restartLater();
  expect((await service.take(town.browser)).notice).toMatchObject({ message_id });
  await restart();
  expect(subscriptionOf(town.bob.id)).toMatchObject({ failures: 0 });
  expect(town.sent()).toHaveLength(2);
});

test.each([301, 307, 400, 413])("an answer of %d is neither followed nor tried again", async (status) => {
  const [town, lure] = [await aTown(server, service), service.subscribe()];
  service.answer = ({ browser }) =>
    browser === town.browser ? new Response(null, { status, headers: { location: lure.endpoint } }) : taken();
  await town.say(`<@${town.bob.id}>`);
  await service.take(town.browser);
  await restart();
  service.answer = taken;
  await restartLater();
  await restart();
  expect(town.sent()).toHaveLength(1);
  expect(service.all.filter(({ browser }) => browser === lure)).toEqual([]);
  expect(subscriptionOf(town.bob.id)).toMatchObject({ failures: 1 });
});

test("a service that can't be reached is tried again", async () => {
  const absent = openPushService();
  const town = await aTown(server, service);
  const browser = absent.subscribe();
  await subscribe(server, town.bob.token, browser);
  absent.stop();
  const message_id = await town.say(`<@${town.bob.id}>`);
  await town.settled();
  await restart();
  expect(noticesOf(server, town.bob.id)).toEqual([{ channel_id: town.channel_id, message_id, told_id: 0, waits: 1 }]);
  await subscribe(server, town.bob.token, town.browser);
  await restartLater();
  expect((await service.take(town.browser)).notice).toMatchObject({ message_id });
});

test("of what a service broke off nobody can tell: it is not sent again", async () => {
  const town = await aTown(server, service);
  let requests = 0;
  const breaking = Bun.listen({
    ...{ hostname: "127.0.0.1", port: 0 },
    socket: {
      data(socket) {
        requests += 1;
        socket.terminate();
      },
    },
  });
  const { keys } = service.subscribe();
  await subscribe(server, town.bob.token, { endpoint: `http://127.0.0.1:${breaking.port}/`, keys });
  await town.say(`<@${town.bob.id}>`);
  await town.settled();
  await restart();
  await restartLater();
  await restart();
  breaking.stop(true);
  expect(requests).toBe(1);
  expect(subscriptionOf(town.bob.id)).toMatchObject({ failures: 1 });
});

test("a service speaks TLS", async () => {
  const folder = join(import.meta.dir, "../routes/certificate");
  const [cert, key] = await Promise.all(["cert.pem", "key.pem"].map((name) => Bun.file(join(folder, name)).text()));
  const secure = openPushService({ cert: cert ?? "", key: key ?? "" });
  // What they said before is told together with it.
  const patient = await startPushing();
  const { alice, bob, conversation } = await talking(patient);
  const browser = secure.subscribe();
  await subscribe(patient, bob.token, browser);
  await leaves(bob);
  await sayIn(alice, conversation, "by TLS");
  expect((await secure.take(browser)).notice.preview?.content).toBe("by TLS");
  await patient.stop();
  secure.stop();
});
