// Simulations by name: one fault each, at its worst moment, under a sky that is clear otherwise. What must hold is what
// must hold after any simulation. A seed that was bad is told again here, as a story.

import type { Json } from "../harness/client.ts";
import { seededRandom } from "../harness/random.ts";
import { endAccount, join, perform } from "./deeds.ts";
import type { Device } from "./device.ts";
import type { Person } from "./person.ts";
import { type Grounds, simulate } from "./simulation.ts";
import { clear_sky, Weather } from "./weather.ts";
import type { World } from "./world.ts";

export interface Scenario {
  name: string;
  /** Each of them is tried: how many milliseconds one thing comes after another. */
  delays_ms?: readonly number[];
  script(cast: Cast): Promise<unknown>;
}

/** Alice and bob own a server each; carol owns nothing. All share them, on a device each. */
interface Cast {
  world: World;
  alice: Person;
  bob: Person;
  carol: Person;
  delay_ms: number;
  /** The next group of writes that has these words is done, and its answer lost. */
  loseAnswer(words?: RegExp): void;
  /** Asks again until it is known what became of it, with the person's first device. */
  ask(person: Person, type: string, data: Json): Promise<Json>;
}

const SEED = 7;
const MANY_SERVERS = 25;
const AN_HOUR_MS = 60 * 60 * 1000;
const CLOSE_TOGETHER = [0, 1, 2, 3, 5, 8, 13, 21, 34];

/** Somebody who is told, somebody who asks; and the answer to the write is lost. */
const lost_answers: Scenario[] = [
  {
    name: "a new name, its answer lost, is told to whoever loaded the person",
    async script({ alice, bob, ask, loseAnswer }) {
      await ask(bob, "get_users", { user_ids: [alice.id] });
      loseAnswer();
      await ask(alice, "update_user", { changes: { name: "alice" } });
      alice.login_names = ["alice"];
    },
  },
  {
    name: "a friend request, its answer lost, is told to both sides",
    async script({ alice, bob, ask, loseAnswer }) {
      await ask(alice, "get_friends", {});
      await ask(bob, "get_friends", {});
      loseAnswer();
      await ask(alice, "add_friend", { user_id: bob.id });
    },
  },
  {
    name: "a read mark, its answer lost, is told to one's other sessions",
    async script({ alice, ask, loseAnswer }) {
      const [device, other] = await withTwoDevices(alice);
      await other.ask("get_read_state");
      const [channel_id] = ownChannels(alice, device);
      const { message } = await ask(alice, "add_message", {
        channel_id,
        content: `secret of ${channel_id}, number 1000`,
      });
      loseAnswer();
      await ask(alice, "mark_read", { channel_id, message_id: message.id });
    },
  },
  {
    name: "a joining, its answer lost, is told to one's other sessions",
    async script({ world, carol, loseAnswer, ask }) {
      await withTwoDevices(carol);
      const [place] = world.places;
      await ask(carol, "leave_server", { server_id: place?.id });
      loseAnswer();
      await ask(carol, "join_server", { invite_code: place?.invite_code });
    },
  },
  {
    name: "a log-out, its answer lost, ends the sockets of its token",
    async script({ world, carol, loseAnswer }) {
      const [, device] = await withTwoDevices(carol);
      loseAnswer();
      await world.house.call("logout", null, device.token);
      await world.house.call("logout", null, device.token);
    },
  },
  {
    name: "a new password, its answer lost, ends the sockets of the old tokens",
    async script({ world, carol, loseAnswer }) {
      const body = { password: carol.passwords[0], new_password: "another password" };
      const [device] = carol.devices;
      loseAnswer();
      await world.house.call("change_password", body, device?.token ?? null);
      carol.passwords = ["another password"];
    },
  },
];

/** What is made with a nonce, and asked for again with the same, as the reply never came. */
const nonces: Scenario[] = [
  ...(["server", "category", "channel", "role"] as const).map((kind) => ({
    name: `a ${kind}, asked for again with its nonce, is made once`,
    async script({ world, alice }: Cast) {
      const server_id = kind === "server" ? undefined : ownServer(world, alice);
      const by = { world, person: alice, device: first(alice) };
      const data = { server_id, name: `the ${kind}` };
      await withoutReply(by.device, world, () => perform(by, { type: `add_${kind}`, data }));
    },
  })),
  {
    name: "an invite, asked for again with its nonce, is made once",
    async script({ world, alice, ask }) {
      const made = world.ledger.make("invite", "77");
      const data = { server_id: ownServer(world, alice), max_uses: 77, nonce: "the invite" };
      await withoutReply(first(alice), world, async () => {
        made.ids.add((await ask(alice, "add_invite", data)).invite.code);
      });
    },
  },
];

const ended_accounts: Scenario[] = [
  {
    name: "an account that is deleted, its answer lost, has no socket and makes no server",
    async script({ world, carol, loseAnswer }) {
      const device = first(carol);
      loseAnswer(/update "users.*delete from "logins/);
      await endAccount({ world, person: carol, device });
      await device.ask("add_server", { name: "a ghost's" });
    },
  },
  {
    name: "an account that is deleted while it makes a server leaves none behind",
    delays_ms: CLOSE_TOGETHER,
    async script({ world, carol, delay_ms }) {
      const device = first(carol);
      const ended = endAccount({ world, person: carol, device });
      await world.time.sleep(delay_ms);
      await Promise.all([ended, device.ask("add_server", { name: "a ghost's" })]);
    },
  },
  {
    name: "an account that is refused its end, as it has been given a server, keeps its memberships",
    delays_ms: [10, 20, 40, 80, 120],
    async script({ world, alice, carol, ask, delay_ms }) {
      const device = first(carol);
      const places = [];
      for (let number = 0; number < MANY_SERVERS; number += 1) places.push(await openServer(world, alice, ask));
      for (const place of places) await join({ world, person: carol, device }, place);
      const last = places.at(-1);
      const ended = endAccount({ world, person: carol, device });
      await world.time.sleep(delay_ms);
      await Promise.all([ended, first(alice).ask("transfer_server", { server_id: last?.id, user_id: carol.id })]);
    },
  },
];

const rooms: Scenario[] = [
  {
    name: "a room that ends while a copy is caught up does not say that the server is gone",
    delays_ms: [0, 2, 4, 6, 8, 10, 12, 14, 16],
    async script({ world, alice, bob, carol, delay_ms, ask }) {
      const server_id = ownServer(world, alice);
      const device = first(carol);
      device.isLaidAside = true;
      device.cut(0);
      await ask(bob, "update_user", { changes: { bio: "something to catch up" } });
      await ask(alice, "update_server", { server_id, changes: { description: "changed" } });
      device.isLaidAside = false;
      const back = carol.reopen(device);
      await world.time.sleep(delay_ms);
      world.house.process.core.actors.stop(`room:${server_id}`);
      await back;
    },
  },
];

/** What a room remembers beside what is stored. */
const memories: Scenario[] = [
  {
    name: "a room that ends in the middle of a change is followed by one that knows of it",
    delays_ms: [5, 10, 20, 40],
    async script({ world, alice, delay_ms }) {
      const server_id = ownServer(world, alice);
      world.weather.ordered = { fate: "late", words: /insert into "roles/ };
      const changed = first(alice).ask("add_role", { server_id, name: "a role in the middle" });
      await world.time.sleep(delay_ms);
      world.house.process.core.actors.stop(`room:${server_id}`);
      await changed;
    },
  },
  {
    name: "reactions keep their order, though the clock was set back between them",
    async script({ world, alice, bob, carol, ask }) {
      const [channel_id] = ownChannels(alice, first(alice));
      for (const person of [alice, bob, carol]) {
        await ask(person, "get_message_chunk", { channel_id, amount: 10, anchor: 0, direction: true });
      }
      const content = `secret of ${channel_id}, number 1000`;
      const { message } = await ask(alice, "add_message", { channel_id, content });
      await ask(bob, "add_reaction", { message_id: message.id, emoji: "🎉" });
      world.time.setClock(-AN_HOUR_MS);
      await ask(carol, "add_reaction", { message_id: message.id, emoji: "👍" });
      world.house.process.core.actors.stop(`room:${ownServer(world, alice)}`);
    },
  },
];

export const scenarios: readonly Scenario[] = [...lost_answers, ...nonces, ...ended_accounts, ...rooms, ...memories];

/** What went wrong in it, over all its delays. */
export function play(scenario: Scenario, grounds: Grounds, print = (_line: string) => {}): string[] {
  return (scenario.delays_ms ?? [0]).flatMap((delay_ms) => {
    const weather = new Weather(seededRandom(SEED), clear_sky);
    const script = (world: World) => Promise.resolve(scenario.script(castOf(world, delay_ms))).then(() => {});
    return simulate(SEED, grounds, { weather, script, print }).faults;
  });
}

function castOf(world: World, delay_ms: number): Cast {
  const [alice, bob, carol] = world.people;
  if (!alice || !bob || !carol) throw new Error("there are too few people");
  return {
    ...{ world, alice, bob, carol, delay_ms },
    loseAnswer(words = /./) {
      world.weather.ordered = { fate: "answer lost", words };
    },
    ask: async (person, type, data) => (await person.ask(first(person), { type, data })).reply["data"],
  };
}

function first(person: Person): Device {
  const [device] = person.devices;
  if (!device) throw new Error(`${person.name} has no device`);
  return device;
}

async function withTwoDevices(person: Person): Promise<[Device, Device]> {
  const other = person.devices[1] ?? (await person.logIn());
  if (!other) throw new Error(`${person.name} has no second device`);
  return [first(person), other];
}

function ownServer({ places }: World, owner: Person): number {
  const own = places.find(({ owner_id }) => owner_id === owner.id);
  if (!own) throw new Error(`${owner.name} owns nothing`);
  return own.id;
}

const ownChannels = (owner: Person, { copy }: Device): number[] =>
  [...copy.servers.servers.values()]
    .filter(({ details }) => details?.owner_id === owner.id)
    .flatMap(({ channels }) => [...(channels?.keys() ?? [])]);

async function openServer(world: World, owner: Person, ask: Cast["ask"]) {
  const { server } = await ask(owner, "add_server", { name: `server ${world.nextNumber()}` });
  const made = await ask(owner, "add_invite", { server_id: server.id });
  const place = { id: server.id, invite_code: made.invite.code, owner_id: owner.id, vault_id: null };
  world.places.push(place);
  return place;
}

/** What is asked for is done, and the connection breaks before the reply; nobody gives up. */
async function withoutReply(device: Device, { time, random }: World, ask: () => Promise<unknown>): Promise<void> {
  const { next } = random;
  random.next = () => 0.999;
  device.line?.stall(1_000);
  const asked = ask();
  await time.sleep(500);
  device.cut(0);
  await asked;
  random.next = next;
}
