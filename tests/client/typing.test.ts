// Who is writing, as a program sees it: heard from the server, and over by itself.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { Typing } from "../../src/client/index.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { FakeClock } from "./fake-server.ts";
import { foundServer, inviteInto, loadChannel, present } from "./programs.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** Two who write, and one who watches; `told` are the channels of which the watcher was told. */
async function watched() {
  const [alice, bob, guest] = [await present(server), await present(server), await present(server)];
  const { server_id, channel_id } = await foundServer(alice.client);
  await inviteInto(server_id, alice.client, bob.client, guest.client);
  await loadChannel(guest.client, channel_id);
  const clock = new FakeClock();
  const typing = new Typing(guest.client, clock);
  const told: number[] = [];
  typing.on((channel) => told.push(channel));
  const close = () => {
    typing.close();
    for (const { client } of [alice, bob, guest]) client.close();
  };
  return { alice, bob, guest, channel_id, clock, typing, told, close };
}

/** Settles when these are writing in the channel. */
function reaches(typing: Typing, channel_id: number, wanted: number[]): Promise<void> {
  const is = () => typing.in(channel_id).join() === wanted.join();
  return new Promise((resolve) => {
    if (is()) return resolve();
    const off = typing.on(() => {
      if (!is()) return;
      off();
      resolve();
    });
  });
}

test("others are there from when they are heard until they have been silent for a while, or have said it", async () => {
  const { alice, bob, channel_id, clock, typing, told, close } = await watched();
  const [one, other] = [new Typing(alice.client), new Typing(bob.client)];
  one.say(channel_id);
  await reaches(typing, channel_id, [alice.user.id]);
  other.say(channel_id);
  await reaches(typing, channel_id, [alice.user.id, bob.user.id]);
  await alice.client.send(channel_id, "hello");
  await reaches(typing, channel_id, [bob.user.id]);
  await clock.pass(4_499);
  expect(typing.in(channel_id)).toEqual([bob.user.id]);
  await clock.pass(1);
  expect(typing.in(channel_id)).toEqual([]);
  expect(told).toEqual([channel_id, channel_id, channel_id, channel_id]);
  for (const mine of [one, other]) mine.close();
  close();
});

test("oneself is not among them, and nobody is once the connection is lost", async () => {
  const { alice, guest, channel_id, typing, close } = await watched();
  const mine = new Typing(guest.client);
  mine.say(channel_id);
  await guest.client.settled();
  new Typing(alice.client).say(channel_id);
  await reaches(typing, channel_id, [alice.user.id]);
  await reaches(mine, channel_id, [alice.user.id]);
  guest.client.close();
  expect([typing.in(channel_id), mine.in(channel_id)]).toEqual([[], []]);
  close();
});

test("one says so as often as others are told, and anew after what was sent", async () => {
  const { alice, channel_id, close } = await watched();
  const clock = new FakeClock();
  const asked: string[] = [];
  const { client } = alice;
  const counting = new Proxy(client, {
    get(target, name) {
      if (name !== "ask") {
        const value = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      }
      return (type: "typing", parameters: { channel_id: number }) => {
        asked.push(type);
        return target.ask(type, parameters);
      };
    },
  });
  const typing = new Typing(counting, clock);
  for (let key = 0; key < 10; key += 1) typing.say(channel_id);
  expect(asked).toHaveLength(1);
  await clock.pass(3_000);
  typing.say(channel_id);
  expect(asked).toHaveLength(2);
  await client.ask("subscribe", { topics: [`channel:${channel_id}`] });
  await client.send(channel_id, "sent");
  await client.settled();
  typing.say(channel_id);
  expect(asked).toHaveLength(3);
  typing.close();
  close();
});
