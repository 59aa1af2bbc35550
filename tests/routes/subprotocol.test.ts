// A token in `Sec-WebSocket-Protocol`, where a page can put it without writing it into an address.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rawClient } from "../../scripts/reliability/raw-client.ts";
import { readOffer } from "../../src/routes/subprotocol.ts";
import { TestClient } from "../harness/client.ts";
import { startServer, type TestServer, type TestUser } from "../harness/server.ts";

let server: TestServer;
let alice: TestUser;
let bob: TestUser;
beforeAll(async () => {
  server = await startServer();
  [alice, bob] = [await server.user(), await server.user()];
});
afterAll(() => server.stop());

interface Opened {
  /** What the server chose of what was offered; null for nothing. */
  chosen: string | null;
  first: string;
}

/** The answer to an upgrade with these header lines, and the first frame after it. */
async function upgrade(headers: string[], query = ""): Promise<Opened> {
  const client = await rawClient(server.url);
  const head = [
    ...[`GET /subscribe${query} HTTP/1.1`, "Host: localhost", "Connection: Upgrade", "Upgrade: websocket"],
    ...["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", ...headers],
  ];
  client.write(`${head.join("\r\n")}\r\n\r\n`);
  const answer = await client.until('{"type"');
  client.socket.destroy();
  expect(answer).toStartWith("HTTP/1.1 101");
  const [, chosen = null] = /^sec-websocket-protocol: *(.*)\r$/im.exec(answer) ?? [];
  return { chosen, first: answer.slice(answer.indexOf('{"type"')) };
}

const offering = (...offers: string[]) => `Sec-WebSocket-Protocol: ${offers.join(", ")}`;
const refused = expect.stringContaining("SocketClosedBadJwt");
const greeted = ({ id }: TestUser) => expect.stringMatching(new RegExp(`"ready".*"id":${id},`));

describe("a token as a subprotocol", () => {
  test("lets its user in, in whatever order it is offered, and isn't answered with", async () => {
    const token = `auth.${alice.token}`;
    for (const offers of [
      ["orchard", token],
      [token, "orchard"],
      ["other", token, "orchard"],
    ]) {
      expect(await upgrade([offering(...offers)])).toEqual({ chosen: "orchard", first: greeted(alice) });
    }
    const lines = [offering("orchard"), offering(token)];
    expect(await upgrade(lines)).toEqual({ chosen: "orchard", first: greeted(alice) });
  });

  test("works as a page's WebSocket brings it", async () => {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/v1/subscribe`, [
      "orchard",
      `auth.${alice.token}`,
    ]);
    const frame = await new Promise((resolve) => socket.addEventListener("message", ({ data }) => resolve(data)));
    expect(JSON.parse(String(frame))).toMatchObject({ type: "ready", data: { user: { id: alice.id } } });
    expect(socket.protocol).toBe("orchard");
    socket.close();
  });

  test.each([
    ["that is bad", () => ["orchard", "auth.garbage"]],
    ["that is empty", () => ["orchard", "auth."]],
    ["twice, of two users", () => ["orchard", `auth.${alice.token}`, `auth.${bob.token}`]],
    ["without ours beside it", () => [`auth.${alice.token}`]],
    ["in other letters", () => ["orchard", `AUTH.${alice.token}`]],
  ])("%s is refused after the upgrade", async (_, offers) => {
    const { chosen, first } = await upgrade([offering(...offers())]);
    expect(first).toEqual(refused);
    expect(chosen ?? "orchard").toBe("orchard");
  });

  test("that is bad closes with 4001", async () => {
    const headers = { "sec-websocket-protocol": "orchard, auth.garbage" };
    const client = await TestClient.open(server.url, null, headers);
    expect((await client.closed).code).toBe(4001);
    expect(client.seen).toEqual([
      { type: "error", reason: "SocketClosedBadJwt", code: "unauthorized", message: expect.any(String) },
    ]);
  });
});

describe("of several tokens", () => {
  const header = ({ token }: TestUser) => `Authorization: Bearer ${token}`;
  const query = ({ token }: { token: string }) => `?auth=${token}`;

  test("that of the header counts before the subprotocol's, and that before the address's", async () => {
    const offer = (token: string) => offering("orchard", `auth.${token}`);
    expect((await upgrade([header(alice), offer(bob.token)], query(bob))).first).toEqual(greeted(alice));
    expect((await upgrade([offer(alice.token)], query(bob))).first).toEqual(greeted(alice));
    expect((await upgrade([offer("garbage")], query(bob))).first).toEqual(refused);
    expect((await upgrade([header({ ...alice, token: "garbage" }), offer(bob.token)])).first).toEqual(refused);
  });

  test("the others count where `orchard` is offered alone", async () => {
    expect(await upgrade([offering("orchard")], query(alice))).toEqual({ chosen: "orchard", first: greeted(alice) });
    expect((await upgrade([offering("orchard"), header(alice)])).first).toEqual(greeted(alice));
  });

  test("of two in the address the last counts", async () => {
    expect((await upgrade([], `?auth=${alice.token}&auth=${bob.token}`)).first).toEqual(greeted(bob));
    expect((await upgrade([], `?auth=${alice.token}&auth=garbage`)).first).toEqual(refused);
  });
});

test("who offers another subprotocol is answered as ever", async () => {
  const query = `?auth=${alice.token}`;
  expect(await upgrade([offering("chat", "other")], query)).toEqual({ chosen: "chat", first: greeted(alice) });
  expect((await upgrade([], query)).chosen).toBeNull();
});

test("an offer is read as it stands", () => {
  expect(readOffer(null)).toEqual({ answer: null, token: null });
  expect(readOffer("")).toEqual({ answer: null, token: null });
  expect(readOffer(" orchard ,auth.a.b_c-d ")).toEqual({ answer: "orchard", token: "a.b_c-d" });
  expect(readOffer("auth.a, auth.b")).toEqual({ answer: "", token: null });
  expect(readOffer("Orchard, auth.a")).toEqual({ answer: null, token: null });
});
