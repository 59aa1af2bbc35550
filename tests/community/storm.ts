// A dozen people doing everything at once: who begins what, and when, and what became of it.

import { limits } from "../../src/domain/limits.ts";
import { botOf } from "../bots/programs.ts";
import type { Frame } from "../harness/client.ts";
import type { Random } from "../harness/random.ts";
import { type RunningServer, type TestUser, uniqueName } from "../harness/server.ts";
import { type CachedServer, secretOf } from "./client-cache.ts";
import { Session } from "./session.ts";
import { anybodys_habits, managers_habits, type Place, pickStep } from "./storm-steps.ts";
import { pickTalk } from "./talk-steps.ts";

const PEOPLE = 12;
/** The last ones: they get no roles, and there are channels that they never may view. */
const GUESTS = 3;
/** The first ones. */
const FRIENDS = 6;
/** Whose bots there are, by place: of founders, of whoever may be given a server, and of a guest. */
const BOT_OWNERS = [0, 0, 1, 4, PEOPLE - 1];
const PLACES = 3;
const LEAST_AT_ONCE = 6;
const MOST_AT_ONCE = 40;
const MOST_SESSIONS = 3;
const MOST_PICKS = 5;
/** Of those who come back, so many stay away for longer. */
const USUALLY_AWAY = 8;
const HISTORY = limits.recent_messages * 2 + 20;

/** Refusals that are no fault: people try what they may not, or what somebody else has just deleted. */
const expected_errors = ["not_found", "forbidden", "conflict", "limit_reached"];

/** What a request names may be gone by then. */
function isExpected({ code, details }: Frame): boolean {
  const is_slow = code === "rate_limited" && details.limit === "slow_mode_s";
  return (
    is_slow ||
    expected_errors.includes(code) ||
    (code === "bad_request" && /overwrites|roles|reply_to|message_id/.test(details.path))
  );
}

/** A storm; `random` decides on everything but how answers cross. With `returns`, who goes may come back. */
export class Storm {
  server: RunningServer;
  readonly #returns: boolean;
  readonly random: Random;
  readonly people: readonly TestUser[];
  /** With whose they are. */
  readonly bots: readonly (TestUser & { owner_id: number })[];
  readonly guests: readonly number[];
  /** Each of them is a friend of all others. */
  readonly friends: readonly number[];
  readonly places: Place[] = [];
  /** Every session that ever was. */
  readonly sessions: Session[] = [];
  /** How often each request ended how. */
  readonly outcomes = new Map<string, number>();
  readonly unexpected: Frame[] = [];
  /** Those whose connection ended and who may come back with what they have kept. */
  readonly away: Session[] = [];
  /** Those who have not gone by themselves. */
  readonly #present = new Set<Session>();
  /** The server has ended, or is about to. */
  #is_down = false;
  /** Called with each request that is over. */
  #onDone: (() => void) | null = null;
  readonly #pools = { messages: [] as number[], channels: [] as number[] };
  /** The addresses of webhooks, and where they speak. */
  readonly #hooks: { url: string; channel_id: number }[] = [];
  #numbers = 0;

  constructor(
    server: RunningServer,
    random: Random,
    { people, bots }: Pick<Storm, "people" | "bots">,
    returns: boolean,
  ) {
    this.server = server;
    this.bots = bots;
    this.#returns = returns;
    this.random = random;
    this.people = people;
    this.guests = people.slice(-GUESTS).map(({ id }) => id);
    this.friends = people.slice(0, FRIENDS).map(({ id }) => id);
  }

  openSessions(): Session[] {
    return this.sessions.filter((session) => session.isOpen);
  }

  async connect(user: TestUser): Promise<void> {
    const session = await Session.open(this.server, user);
    this.#add(session);
    if (this.#returns) await this.#ask(session, "subscribe", { topics: ["self"] });
    await this.#ask(session, "get_servers");
    await this.#ask(session, "get_conversations", { amount: limits.page_length, anchor: 0 });
    const { servers } = session.catchUp();
    await Promise.all([...servers.keys()].map((server_id) => this.#ask(session, "get_server_channels", { server_id })));
  }

  /** Somebody comes back; what the connection brings first is what has changed. */
  async resume(before: Session): Promise<void> {
    const session = await Session.resume(this.server, before);
    this.#add(session);
    this.#note("sync", session.isOpen ? "ok" : "closed");
    // Of servers it knows no seq of, it heard only their names.
    await this.#ask(session, "get_servers");
    await this.#ask(session, "subscribe", { topics: ["self"] });
  }

  /** The connection ends; with what it has kept, all that there was, the client may come back. */
  async part(session: Session): Promise<void> {
    // Somebody else may be closing it already.
    if (!this.#present.delete(session)) return;
    await session.loadAll();
    await this.#leave(session);
    this.away.push(session);
  }

  /** Settles after so many more requests. */
  requests(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let left = count;
    this.#onDone = () => {
      left -= 1;
      if (left === 0) resolve();
    };
    return promise;
  }

  /** The server ends now: nobody begins anything, and whoever was there is away. */
  interrupted(): void {
    this.#is_down = true;
    this.away.push(...this.#present);
    this.#present.clear();
  }

  /** Another server goes on with the same data. */
  restarted(server: RunningServer): void {
    this.server = server;
    this.#is_down = false;
  }

  /** A server with an invite, a channel that guests never see, and somebody's secret in it. */
  async found(owner: Session, with_vault: boolean): Promise<void> {
    const made = await this.#ask(owner, "add_server", { name: `server ${this.#next()}` });
    const id = made["data"]?.server.id;
    const invited = await this.#ask(owner, "add_invite", { server_id: id });
    if (invited["type"] !== "add_invite") return;
    await this.#ask(owner, "get_server_channels", { server_id: id });
    const place = { id, invite_code: invited["data"].invite.code, owner_id: owner.user.id };
    if (with_vault) await this.#addHistory(owner, id);
    this.places.push({ ...place, vault_id: with_vault ? await this.#addVault(owner, id) : null });
  }

  /** More messages than a room keeps in memory. */
  async #addHistory(owner: Session, server_id: number): Promise<void> {
    const [channel_id] = owner.catchUp().servers.get(server_id)?.channels?.keys() ?? [];
    const contents = Array.from({ length: HISTORY }, () => secretOf(channel_id ?? 0, this.#next()));
    await Promise.all(contents.map((content) => this.#ask(owner, "add_message", { channel_id, content })));
  }

  async #addVault(owner: Session, server_id: number): Promise<number> {
    const { data: loaded } = await this.#ask(owner, "get_server_roles", { server_id });
    const overwrites = [{ role_id: loaded.roles.at(-1).id, allow: [], deny: ["view_channel"] }];
    const { data } = await this.#ask(owner, "add_channel", { server_id, name: "vault", overwrites });
    const channel_id: number = data.channel.id;
    await this.#ask(owner, "add_message", { channel_id, content: secretOf(channel_id, this.#next()) });
    return channel_id;
  }

  async befriend(one: Session, other: Session): Promise<void> {
    await this.#ask(one, "add_friend", { user_id: other.user.id });
    await this.#ask(other, "add_friend", { user_id: one.user.id });
  }

  async join(session: Session, place: Place): Promise<void> {
    await this.#ask(session, "join_server", { invite_code: place.invite_code });
    await this.#ask(session, "get_server_channels", { server_id: place.id });
  }

  /** So many random actions, several at once. */
  async rage(actions: number): Promise<void> {
    const under_way = new Set<Promise<void>>();
    for (let begun = 0; begun < actions && !this.#is_down; begun += 1) {
      const action = this.#attempt().finally(() => under_way.delete(action));
      under_way.add(action);
      const at_once = this.random.whole(LEAST_AT_ONCE, MOST_AT_ONCE);
      while (under_way.size >= at_once) await Promise.race(under_way);
    }
    await Promise.all(under_way);
  }

  /** What the server's end breaks off is no fault. */
  async #attempt(): Promise<void> {
    try {
      await this.#act();
    } catch (error) {
      if (!this.#is_down) throw error;
    }
  }

  #add(session: Session): void {
    this.sessions.push(session);
    if (this.#is_down) this.away.push(session);
    else this.#present.add(session);
  }

  async #leave(session: Session): Promise<void> {
    this.#present.delete(session);
    await session.client.close();
  }

  /** Begins one random action; settles when it is over. */
  async #act(): Promise<void> {
    const chance = this.random.next();
    const user = this.random.pick([...this.people, ...this.bots]);
    const own = this.openSessions().filter((session) => session.user.id === user.id);
    const session = own.length > 0 ? this.random.pick(own) : null;
    if (!session || (chance < 0.02 && own.length < MOST_SESSIONS)) return this.connect(user);
    if (this.#returns && chance < 0.06 && this.away.length > USUALLY_AWAY) {
      return this.resume(this.away.splice(this.random.whole(0, this.away.length - 1), 1)[0] as Session);
    }
    if (this.#returns && chance < 0.08) return this.part(session);
    if (chance < 0.03) return this.#leave(session);
    if (this.bots.includes(user as Storm["bots"][number])) {
      return chance > 0.85 ? this.#talk(session) : this.#step(session);
    }
    const { servers } = session.catchUp();
    const outside = this.places.filter(({ id }) => !servers.has(id));
    if (chance < 0.035) return this.#foundOrDelete(session);
    if (outside.length > 0 && chance < 0.12) return this.join(session, this.random.pick(outside));
    if (chance > 0.85) return this.#talk(session);
    if (chance > 0.82 && this.#hooks.length > 0) return this.#post(this.random.pick(this.#hooks));
    return this.#step(chance < 0.4 ? this.#ownerOr(session) : session);
  }

  /** The session of some place's owner, where there is one. */
  #ownerOr(session: Session): Session {
    const { owner_id } = this.random.pick(this.places);
    return this.openSessions().find(({ user }) => user.id === owner_id) ?? session;
  }

  async #foundOrDelete(session: Session): Promise<void> {
    const own = this.places.find(({ owner_id, vault_id }) => vault_id === null && owner_id === session.user.id);
    if (!own) return this.places.length < PLACES + 2 ? this.found(session, false) : undefined;
    const deleted = await this.#ask(session, "delete_server", { server_id: own.id });
    if (deleted["type"] === "delete_server") this.places.splice(this.places.indexOf(own), 1);
  }

  async #talk(session: Session): Promise<void> {
    const { talks } = session.catchUp();
    const known = {
      random: this.random,
      user_id: session.user.id,
      people: this.#ids(),
      friends: this.friends,
      talks,
    };
    const of_talks = { ...known, nextNumber: () => this.#next() };
    const asked = pickTalk(of_talks) ?? pickTalk(of_talks);
    if (asked) await this.#ask(session, asked["type"], asked["data"]);
  }

  /** What a program says may come to nothing: its webhook ended, it said too much of late, or its maker is timed out. */
  async #post({ url, channel_id }: { url: string; channel_id: number }): Promise<void> {
    const body = JSON.stringify({ content: secretOf(channel_id, this.#next()) });
    const headers = { "content-type": "application/json" };
    const { status } = await fetch(this.server.url + url, { method: "POST", headers, body });
    this.#note("webhook", status);
    if (![200, 403, 404, 429].includes(status)) this.unexpected.push({ type: "webhook", status });
  }

  async #step(session: Session): Promise<void> {
    const { servers } = session.catchUp();
    const known = this.places.filter(({ id }) => servers.has(id));
    const owned = known.filter(({ owner_id }) => owner_id === session.user.id);
    if (known.length === 0) return void (await this.#ask(session, "get_servers"));
    const place = this.random.pick(owned.length > 0 && this.random.next() < 0.7 ? owned : known);
    const loaded = servers.get(place.id);
    if (!loaded?.channels) return void (await this.#ask(session, "get_server_channels", { server_id: place.id }));
    const asked = this.#pickRequest(session, place, loaded);
    if (asked) await this.#ask(session, asked["type"], asked["data"], place);
  }

  /** Not every step can be taken with what the session knows. */
  #pickRequest(session: Session, place: Place, loaded: CachedServer): Frame | null {
    const { random, guests } = this;
    const bots = this.bots.flatMap(({ id, owner_id }) => (owner_id === session.user.id ? id : []));
    const known = { random, session, place, server: loaded, people: this.#ids(), guests, bots };
    const manages = random.next() < (place.owner_id === session.user.id ? 0.6 : 0.15);
    const habits = manages ? managers_habits : anybodys_habits;
    for (let picks = 0; picks < MOST_PICKS; picks += 1) {
      const asked = pickStep(random, habits)({ ...known, ...this.#pools, nextNumber: () => this.#next() });
      if (asked) return asked;
    }
    return null;
  }

  async #ask(session: Session, type: string, data: Frame = {}, place?: Place): Promise<Frame> {
    const reply = await session.ask(type, data);
    this.#note(type, reply["type"] === type ? "ok" : (reply["code"] as string | number));
    if (reply["type"] === "error" && !isExpected(reply)) this.unexpected.push({ type, data, reply });
    if (reply["type"] === "add_message" && reply["data"].message.server_id !== null)
      this.#pools.messages.push(reply["data"].message.id);
    if (reply["type"] === "add_webhook") {
      const { url, channel_id } = reply["data"].webhook;
      this.#hooks.push({ url, channel_id });
    }
    if (reply["type"] === "add_channel") this.#pools.channels.push(reply["data"].channel.id);
    if (reply["type"] === "transfer_server" && place) place.owner_id = reply["data"].server.owner_id;
    return reply;
  }

  /** Of all people and bots. */
  #ids(): number[] {
    return [...this.people, ...this.bots].map(({ id }) => id);
  }

  async addBot(owner: Session, place: Place, bot_id: number): Promise<void> {
    await this.#ask(owner, "add_bot", { server_id: place.id, bot_id });
  }

  #note(type: string, how: string | number): void {
    this.#onDone?.();
    this.outcomes.set(`${type} ${how}`, (this.outcomes.get(`${type} ${how}`) ?? 0) + 1);
  }

  #next(): number {
    this.#numbers += 1;
    return this.#numbers;
  }
}

/** Founds the servers and has everybody join them. */
export async function gatherStorm(server: RunningServer, random: Random, returns = false): Promise<Storm> {
  const users = await Promise.all(Array.from({ length: PEOPLE }, () => server.user(uniqueName("person"))));
  const owners = BOT_OWNERS.map((at) => users[at] as TestUser);
  const bots = await Promise.all(owners.map(async (one) => ({ ...(await botOf(server, one)), owner_id: one.id })));
  const storm = new Storm(server, random, { people: users, bots }, returns);
  await Promise.all([...users, ...bots].map((user) => storm.connect(user)));
  const friends = storm.sessions.filter(({ user }) => storm.friends.includes(user.id));
  const pairs = friends.flatMap((one, at) => friends.slice(at + 1).map((other) => [one, other] as const));
  await Promise.all(pairs.map(([one, other]) => storm.befriend(one, other)));
  const founders = users.slice(0, PLACES).map(({ id }) => storm.sessions.find(({ user }) => user.id === id) as Session);
  await Promise.all(founders.map((founder) => storm.found(founder, true)));
  const people = storm.sessions.filter(({ user }) => users.some(({ id }) => id === user.id));
  await Promise.all(people.flatMap((session) => storm.places.map((place) => storm.join(session, place))));
  const founded = storm.places.flatMap((place) => {
    const owner = people.find(({ user }) => user.id === place.owner_id);
    return bots.flatMap(({ id, owner_id }) => (owner && owner_id === place.owner_id ? { owner, place, id } : []));
  });
  await Promise.all(founded.map(({ owner, place, id }) => storm.addBot(owner, place, id)));
  return storm;
}
