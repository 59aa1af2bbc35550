// A day with the console, told by its own client as it really behaves: a page of another origin that probes, signs up,
// keeps its friend list from pushes, matches replies by id alone, and never looks at an HTTP status.

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Frame, Json } from "../harness/client.ts";
import { startServer, type TestServer, uniqueName } from "../harness/server.ts";

const ORIGIN = "https://console.example";
const PASSWORD = "correct horse battery";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** The console's client. */
class Console {
  token = "";
  profile: Json = null;
  /** By id, each entry replaced whole. */
  readonly friends = new Map<number, Json>();
  readonly playing = new Map<number, string>();
  readonly toasts: Json[] = [];
  readonly came_online: string[] = [];
  readonly invitations: Json[] = [];
  readonly replies_to_play: Frame[] = [];
  pongs = 0;
  #socket: WebSocket | null = null;
  #calls = new Map<string, (frame: Frame) => void>();
  #watchers = new Set<() => void>();

  async api(method: string, path: string, body?: Json): Promise<Json> {
    const headers: Record<string, string> = { origin: ORIGIN, "content-type": "application/json" };
    if (this.token) headers["authorization"] = `Bearer ${this.token}`;
    await this.#preflight(method, path);
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    const response = await fetch(`${server.url}${path}`, init);
    expect(["*", ORIGIN]).toContain(response.headers.get("access-control-allow-origin") ?? "none");
    return response.json();
  }

  /** A browser sends the call only when this allows it. */
  async #preflight(method: string, path: string): Promise<void> {
    const { headers } = await fetch(`${server.url}${path}`, {
      method: "OPTIONS",
      headers: {
        origin: ORIGIN,
        "access-control-request-method": method,
        "access-control-request-headers": "authorization,content-type",
      },
    });
    const allowed = headers.get("access-control-allow-headers")?.toLowerCase() ?? "";
    for (const header of ["authorization", "content-type"]) expect(allowed).toContain(header);
  }

  async signUp(username: string): Promise<void> {
    expect(await this.api("POST", "/api/v1/user/register", { username, password: PASSWORD })).toMatchObject({
      success: true,
    });
    await this.logIn(username);
  }

  async logIn(username: string): Promise<void> {
    const answer = await this.api("POST", "/api/v1/user/login", { username, password: PASSWORD });
    expect(answer.success).toBe(true);
    this.token = answer.token;
  }

  /** What it does each time it starts; false shows the login page. */
  async boot(): Promise<boolean> {
    expect((await fetch(server.url, { headers: { origin: ORIGIN } })).ok).toBe(true);
    this.profile = await this.api("GET", "/api/v1/user/profile");
    const { success } = await this.api("GET", "/api/v1/validate_jwt");
    if (success === true) await this.subscribe();
    return success === true;
  }

  subscribe(): Promise<void> {
    const url = `${server.url.replace("http", "ws")}/subscribe?auth=${encodeURIComponent(this.token)}`;
    const socket = new WebSocket(url, { headers: { origin: ORIGIN } } as unknown as string[]);
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#take(JSON.parse(String(data))));
    return new Promise((resolve) => socket.addEventListener("open", () => resolve()));
  }

  ping(): void {
    this.#socket?.send(JSON.stringify({ type: "ping" }));
  }

  /** Sends a request and waits for a frame of its id, for ever. */
  call(request: Frame): Promise<Frame> {
    const id = `${performance.now()}-${Math.random()}`;
    const reply = new Promise<Frame>((resolve) => this.#calls.set(id, resolve));
    this.#socket?.send(JSON.stringify({ ...request, id }));
    return reply;
  }

  /** Says what is on top now, and awaits no reply. */
  play(app: string): void {
    void this.call({ type: "now-playing", message: app }).then((reply) => this.replies_to_play.push(reply));
  }

  /** What its lists show. */
  names(type: string): string[] {
    return [...this.friends.values()].filter((entry) => entry.type === type).map((entry) => entry.data.name);
  }

  /** Settles when it is true, looked at after each frame. */
  until(isTrue: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!isTrue()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** The network is gone: no close handshake. */
  loseNetwork(): void {
    (this.#socket as unknown as { terminate(): void }).terminate();
  }

  whenClosed(): Promise<number> {
    return new Promise((resolve) => this.#socket?.addEventListener("close", ({ code }) => resolve(code)));
  }

  #take(frame: Frame): void {
    if (frame["type"] && frame["id"] !== undefined) {
      this.#calls.get(frame["id"])?.(frame);
      this.#calls.delete(frame["id"]);
    } else if (frame["type"]) this.#hear(frame);
    for (const look of [...this.#watchers]) look();
  }

  #hear({ type, data, text, from }: Frame): void {
    if (type === "pong") this.pongs += 1;
    if (type === "friend-list-update") this.friends.set(data.id, data);
    if (type === "now-playing" && data.who !== this.profile.id) this.playing.set(data.who, data.app);
    if (type === "message") this.toasts.push(data);
    if (type === "now-online") this.came_online.push(data.name);
    if (type === "watchParty") this.invitations.push({ ...JSON.parse(text), from });
  }
}

test("two people spend a day with the console", async () => {
  const [alice, bob] = [new Console(), new Console()];
  const [alices_name, bobs_name] = [uniqueName("Alice"), uniqueName("Bob")];

  // Nobody is logged in: the login page, with the reason as text when it goes wrong.
  expect(await alice.boot()).toBe(false);
  const wrong = await alice.api("POST", "/api/v1/user/login", { username: alices_name, password: "wrong" });
  expect(wrong).toMatchObject({ success: false, message: expect.any(String) });

  await Promise.all([alice.signUp(alices_name), bob.signUp(bobs_name)]);
  const taken = await bob.api("POST", "/api/v1/user/register", { username: alices_name, password: PASSWORD });
  expect(taken).toMatchObject({ success: false, message: expect.any(String) });
  expect(await Promise.all([alice.boot(), bob.boot()])).toEqual([true, true]);
  expect(alice.profile).toMatchObject({ name: alices_name });
  const [alices_id, bobs_id] = [alice.profile.id as number, bob.profile.id as number];
  expect(alices_id % 10).toBe(Number(String(alices_id).at(-1)));

  alice.ping();
  await alice.until(() => alice.pongs === 1);
  expect((await alice.call({ type: "get-friends" }))["result"]).toEqual([]);
  expect((await alice.call({ type: "get-friend-requests" }))["result"]).toEqual([]);

  // They become friends.
  expect(await alice.call({ type: "send-friend-request", message: "nobody at all" })).toMatchObject({ type: "error" });
  const sent = await alice.call({ type: "send-friend-request", message: bobs_name });
  expect(sent).toMatchObject({ type: "success", message: expect.any(String) });
  await bob.until(() => bob.names("incoming").includes(alices_name));
  await alice.until(() => alice.names("outgoing").includes(bobs_name));
  expect(Number.isNaN(new Date(bob.friends.get(alices_id).lastOnline).getTime())).toBe(false);
  const { result: requests } = await bob.call({ type: "get-friend-requests" });
  expect(requests).toMatchObject([{ id: alices_id, type: "incoming", name: alices_name, data: { name: alices_name } }]);
  const accepted = await bob.call({ type: "accept-friend-request", message: String(requests[0].id) });
  expect(accepted).toMatchObject({ type: "success", result: { id: alices_id, name: alices_name } });
  await alice.until(() => alice.names("friend").includes(bobs_name));
  expect(alice.names("outgoing")).toEqual([]);
  expect(alice.friends.get(bobs_id).data.status).toBe(1);
  const { result: friends } = await alice.call({ type: "get-friends" });
  expect(friends).toMatchObject([{ id: bobs_id, name: bobs_name, status: 1, lastOnline: expect.any(String) }]);

  // Bob plays; Alice sees it, and bob himself is told nothing.
  bob.play("Super Tux Kart");
  await alice.until(() => alice.playing.get(bobs_id) === "Super Tux Kart");
  expect(alice.toasts).toEqual([{ title: "Now playing", description: `${bobs_name} is now playing Super Tux Kart.` }]);
  bob.play("");
  await alice.until(() => alice.playing.get(bobs_id) === "");
  expect(alice.toasts.length).toBe(1);
  expect(bob.playing.size).toBe(0);
  expect(bob.replies_to_play).toEqual([]);

  // Alice invites him to a film.
  const party = { name: "Night of the Living Dead", partyId: 42 };
  const invited = await alice.call({ type: "watchParty", userId: bobs_id, message: JSON.stringify(party) });
  expect(invited["type"]).toBe("success");
  await bob.until(() => bob.invitations.length === 1);
  expect(bob.invitations).toEqual([{ ...party, from: { id: alices_id, name: alices_name } }]);

  // Bob's network goes in the middle of a game, and comes back much later.
  bob.play("Super Tux Kart");
  await alice.until(() => alice.playing.get(bobs_id) === "Super Tux Kart");
  bob.loseNetwork();
  await alice.until(() => alice.friends.get(bobs_id).data.status === 0);
  expect(alice.playing.get(bobs_id)).toBe("");
  expect(await alice.call({ type: "watchParty", userId: bobs_id, message: "{}" })).toMatchObject({ type: "error" });
  bob.friends.clear();
  expect(await bob.boot()).toBe(true);
  await alice.until(() => alice.came_online.includes(bobs_name) && alice.friends.get(bobs_id).data.status === 1);
  await bob.until(() => bob.friends.get(alices_id)?.data.status === 1);
  const watched = await alice.call({ type: "watchParty", userId: bobs_id, message: JSON.stringify(party) });
  expect(watched["type"]).toBe("success");
  await bob.until(() => bob.invitations.length === 2);

  // A blink of the network is nobody's business.
  const came_before = alice.came_online.length;
  bob.loseNetwork();
  await bob.subscribe();
  expect(await bob.call({ type: "get-friends" })).toMatchObject({ result: [{ id: alices_id, status: 1 }] });
  await alice.call({ type: "get-friends" });
  expect(alice.came_online.length).toBe(came_before);

  // Bob logs out: the socket closes, and his next start shows the login page.
  const closed = bob.whenClosed();
  expect(await bob.api("POST", "/api/v1/user/logout")).toEqual({ success: true });
  expect(await closed).toBe(4002);
  await alice.until(() => alice.friends.get(bobs_id).data.status === 0);
  expect(await bob.boot()).toBe(false);
  await bob.logIn(bobs_name);
  expect(await bob.boot()).toBe(true);
  await alice.until(() => alice.friends.get(bobs_id).data.status === 1);
});

test("a page with a token that is no longer good is told in the words it knows", async () => {
  const carol = new Console();
  await carol.signUp(uniqueName("Carol"));
  await carol.api("POST", "/api/v1/user/logout");
  const said = new Promise<Frame>((resolve) => {
    const socket = new WebSocket(
      `${server.url.replace("http", "ws")}/subscribe?auth=${encodeURIComponent(carol.token)}`,
    );
    socket.addEventListener("message", ({ data }) => resolve(JSON.parse(String(data))));
  });
  expect(await said).toMatchObject({ type: "error", reason: "SocketClosedBadJwt" });
});
