// Several sessions of one person: what is played belongs to the one that says so, and ends with it.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { TestClient } from "../harness/client.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";
import { graceOver } from "./people.ts";

let server: TestServer;
let alice: Present;
let bob: Present;
let phone: TestClient;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** Bob plays on his console, while his phone is online. */
async function play(): Promise<void> {
  [alice, bob] = await server.friends();
  phone = await server.connect(bob);
  bob.client.send({ type: "now-playing", message: "Chess" });
  await alice.client.take("now-playing");
  await alice.client.rest();
}

const playing = async () => (await alice.client.ask({ type: "get-friends" }))["result"][0].playing;
const ended = { type: "now-playing", data: { who: expect.any(Number), app: "" } };

describe("a game", () => {
  test("ends with the console that played it, though a phone stays", async () => {
    await play();
    bob.client.socket.close();
    expect(await alice.client.take("now-playing")).toEqual(ended);
    expect(await playing()).toBeNull();
    expect((await alice.client.ask({ type: "get-friends" }))["result"][0].status).toBe(1);
    expect(await phone.ask({ type: "ping" })).toMatchObject({ type: "pong" });
  });

  test("goes on when the console comes back within the grace time, and ends with it then", async () => {
    await play();
    bob.client.socket.close();
    await bob.client.closed;
    const back = await server.connect(bob);
    expect(await playing()).toBe("Chess");
    await phone.ask({ type: "ping" });
    back.socket.close();
    expect(await alice.client.take("now-playing")).toEqual(ended);
  });

  test("goes on when the console is back before its old connection is known to have ended", async () => {
    await play();
    const back = await server.connect(bob);
    bob.client.socket.close();
    await bob.client.closed;
    await graceOver(server);
    expect(await alice.client.rest()).toEqual([]);
    expect(await playing()).toBe("Chess");
    back.socket.close();
    expect(await alice.client.take("now-playing")).toEqual(ended);
  });

  test("isn't stopped by a phone that plays nothing, nor by the phone's end", async () => {
    await play();
    phone.send({ type: "now-playing", message: "" });
    await phone.rest();
    phone.socket.close();
    await phone.closed;
    expect(await alice.client.rest()).toEqual([]);
    expect(await playing()).toBe("Chess");
    bob.client.send({ type: "now-playing", message: "" });
    expect(await alice.client.take("now-playing")).toEqual(ended);
  });

  test("belongs to the session that said so last", async () => {
    await play();
    phone.send({ type: "now-playing", message: "Go" });
    await alice.client.take(({ data }) => data?.app === "Go");
    bob.client.socket.close();
    await bob.client.closed;
    phone.socket.close();
    expect(await alice.client.take(({ type }) => type === "now-playing")).toEqual(ended);
  });
});
