// One seed: a few people and a server, an hour or a day of theirs in which things go wrong, and then the reckoning.

import type { Metrics } from "../../src/telemetry/metrics.ts";
import { seededRandom } from "../harness/random.ts";
import { useChance } from "./chance.ts";
import { ClusterHouse } from "./cluster/cluster-house.ts";
import { trouble, troublesBy } from "./cluster/troubles.ts";
import type { DatabaseFolder } from "./database.ts";
import { found, join, loadServer } from "./deeds.ts";
import { act, setClock } from "./habits.ts";
import { House } from "./house.ts";
import { Person } from "./person.ts";
import { comeToRest } from "./rest.ts";
import { useTime, VirtualTime } from "./time.ts";
import { Trace } from "./trace.ts";
import { Weather } from "./weather.ts";
import { createWorld, type World } from "./world.ts";

export interface Grounds {
  folder: DatabaseFolder;
  metrics: Metrics;
}

export interface Result {
  seed: number;
  /** What must not have happened, in sentences; none in a good run. */
  faults: string[];
  /** The same for the same seed. */
  hash: string;
  steps: number;
  tail: string[];
}

const MOST_MS = 40 * 60 * 1000;
const TAIL_LINES = 60;
/** A room rests after five minutes. */
const PAUSE_MS = 6 * 60 * 1000;
const UNDER_WAY = 3;

/** What people do in a world that has been set up; it ends with all at rest. */
export type Script = (world: World) => Promise<void>;

export interface SimulationOptions {
  /** Told of each line of the trace. */
  print?: (line: string) => void;
  weather?: Weather;
  /** So many nodes, where it isn't one process. */
  nodes?: number;
  /** Kinds of faults that are left out: a fate of a write, a part of the climate, `asking again`. */
  without?: readonly string[];
  script?: Script;
}

/** Runs it in virtual time, and returns when it is over. */
export function simulate(seed: number, { folder, metrics }: Grounds, options: SimulationOptions = {}): Result {
  const random = seededRandom(seed);
  const time = new VirtualTime();
  useTime(time);
  useChance(seededRandom(seed + 1));
  const trace = new Trace(time, options.print ?? (() => {}));
  const faults: string[] = [];
  const onFault = (words: string) => {
    faults.push(words);
    trace.note("FAULT", words);
  };
  const connection = folder.next();
  const { without = [] } = options;
  const weather = options.weather ?? new Weather(seededRandom(seed + 2), undefined, without);
  const onError = (line: string) => {
    const words = errorIn(line);
    if (words) onFault(`the server logs an error: ${words}`);
  };
  const house_parts = { connection, time, weather, trace, random: seededRandom(seed + 3), metrics, onError };
  const { nodes = 1 } = options;
  const house = nodes > 1 ? new ClusterHouse(house_parts, nodes) : new House(house_parts);
  const world = createWorld({ seed, random, time, trace, weather, house, without, faults, onFault });
  let isOver = false;
  const script = options.script ?? live;
  const whole = begin(world)
    .then(() => script(world))
    .then(() => comeToRest(world, connection))
    .catch((error) => onFault(`the simulation broke off: ${error instanceof Error ? error.stack : error}`))
    .finally(() => {
      isOver = true;
    });
  try {
    time.runUntil(() => isOver, MOST_MS);
  } catch (error) {
    onFault(`it doesn't come to rest: ${error instanceof Error ? error.message : error}`);
  }
  void whole;
  if (house.isUp) house.kill();
  connection.close();
  return { seed, faults, hash: trace.hash, steps: trace.count, tail: trace.tail(TAIL_LINES) };
}

/** What the server says; null for what is the database's fault. */
function errorIn(line: string): string | null {
  const { msg, err, address, call } = JSON.parse(line);
  if (err?.fault?.kind === "unavailable") return null;
  return [msg, address, call, err?.message, err?.stack?.split("\n").slice(1, 4).join(" <")].filter(Boolean).join(", ");
}

/** With a clear sky: a server, some people, and two places that most of them are in. */
async function begin(world: World): Promise<void> {
  const { house, random, weather, people } = world;
  weather.isClear = true;
  await house.begin();
  const count = random.whole(4, 6);
  for (let number = 1; number <= count; number += 1) people.push(await register(world, number));
  await Promise.all(people.map((person) => person.logIn()));
  await Promise.all(people.filter(() => random.next() < 0.6).map((person) => person.logIn()));
  for (const founder of people.slice(0, 2)) {
    const [device] = founder.devices;
    const place = device && (await found({ world, person: founder, device }));
    if (!place) continue;
    await Promise.all(
      people.flatMap((person) => {
        const [first] = person.devices;
        if (!first || person === founder) return [];
        return random.next() < 0.85 ? [join({ world, person, device: first }, place)] : [];
      }),
    );
  }
  if (random.next() < 0.4) people.push(await bringBot(world));
  await Promise.all(people.map((person) => settleIn(world, person)));
  weather.isClear = false;
}

async function register({ house, random, ...world }: World, number: number): Promise<Person> {
  const [username, password] = [`person.${number}`, `password of ${number}`];
  const outcome = await house.call("register", { username, password }, null);
  if (outcome === "lost" || !outcome.ok) throw new Error("nobody can register");
  const { id } = outcome.value as { id: number };
  return new Person(id, username, password, random, { ...world, house });
}

/** A bot of the first founder's, in their server. */
async function bringBot(world: World): Promise<Person> {
  const { house, random, people, places } = world;
  const [[owner], [place]] = [people, places];
  const [device] = owner?.devices ?? [];
  if (!owner || !device || !place) throw new Error("nobody is there to have a bot");
  const name = "a.bot";
  const outcome = await house.call("add_bot", { name }, device.token);
  if (outcome === "lost" || !outcome.ok) throw new Error("nobody can have a bot");
  const { id, token } = outcome.value as { id: number; token: string };
  const bot = new Person(id, name, "", random, world, { owner_id: owner.id, token });
  await owner.ask(device, { type: "add_bot", data: { server_id: place.id, bot_id: id } });
  await bot.logIn();
  return bot;
}

/** Each device loads what it shows. */
async function settleIn(world: World, person: Person): Promise<void> {
  for (const device of person.devices) {
    await Promise.all([device.ask("get_friends"), device.ask("get_read_state")]);
    for (const id of [...device.copy.servers.servers.keys()]) await loadServer({ world, person, device }, id);
  }
}

async function live(world: World): Promise<void> {
  const { random, time, weather } = world;
  time.look_ms = random.pick([0, 0, 0.02, 0.5]);
  const rounds = random.next() < 0.2 ? 2 : 1;
  const { house } = world;
  const troubles = house instanceof ClusterHouse ? troublesBy(random, world.without) : null;
  for (let round = 0; round < rounds; round += 1) {
    const until_ms = time.now_ms + random.whole(1_500, 5_500);
    disturb(world, until_ms - time.now_ms);
    if (troubles) trouble(world, house as ClusterHouse, troubles, random, until_ms - time.now_ms);
    await Promise.all(world.people.map((person) => liveOn(world, person, until_ms)));
    // Whoever has been away has rooms and lists made anew.
    if (round + 1 < rounds) await time.sleep(PAUSE_MS);
  }
  weather.isClear = true;
  weather.isOut = false;
  while (!world.house.isUp) await time.sleep(100);
  time.look_ms = 0;
}

/** Does one thing after the other, a few at once, until then. */
async function liveOn(world: World, person: Person, until_ms: number): Promise<void> {
  const { time, random } = world;
  const under_way = new Set<Promise<void>>();
  while (time.now_ms < until_ms && person.account === "living") {
    await time.sleep(random.next() * 250);
    const { current } = person;
    if (current.length === 0) continue;
    const deed: Promise<void> = act({ world, person, device: random.pick(current) }).finally(() =>
      under_way.delete(deed),
    );
    under_way.add(deed);
    if (under_way.size >= UNDER_WAY) await Promise.race(under_way);
  }
  await Promise.all(under_way);
}

/** What goes wrong from now on, each at its moment. */
function disturb(world: World, for_ms: number): void {
  const { random, time, weather } = world;
  const { climate } = weather;
  const sometimes = (count: number, what: () => void) => {
    for (let times = 0; times < count; times += 1) {
      time.after(random.next() * for_ms, () => {
        if (!weather.isClear) what();
      });
    }
  };
  sometimes(climate.cuts, () => cutSomebody(world));
  sometimes(climate.restarts, () => void restart(world));
  sometimes(climate.room_deaths, () => endRooms(world));
  sometimes(climate.clocks_set, () => setClock(world));
  sometimes(climate.outages, () => breakDown(world));
}

function cutSomebody({ people, random }: World): void {
  const open = people.flatMap(({ devices }) => devices.filter(({ isOpen }) => isOpen));
  if (open.length === 0) return;
  const device = random.pick(open);
  if (random.next() < 0.2) return device.line?.stall(random.next() * 3_000);
  device.isLaidAside = random.next() < 0.25;
  device.cut(random.next() < 0.5 ? 0 : random.next() * 4_000);
}

/** Now all that are idle, as if they had been for long; now one in the middle of whatever it does, as after a fault. */
function endRooms({ house, time, trace, random, places }: World): void {
  if (!house.isUp) return;
  const processes = house.processes.map(({ core }) => core.actors);
  if (random.next() < 0.5 || places.length === 0) {
    trace.note("server", "actors that are idle rest");
    for (const actors of processes) actors.sweep(time.now_ms + PAUSE_MS);
    return;
  }
  const { id } = random.pick(places);
  trace.note("server", `the room ${id} dies`);
  for (const actors of processes) actors.stop(`room:${id}`);
}

async function restart({ house, time, random, trace }: World): Promise<void> {
  if (!house.isUp) return;
  trace.note("server", "is killed");
  house.kill();
  for (;;) {
    await time.sleep(random.next() * 500);
    try {
      await house.start();
      trace.note("server", "has been started");
      return;
    } catch {
      trace.note("server", "can't start");
      house.kill();
    }
  }
}

function breakDown({ weather, time, random, trace }: World): void {
  trace.note("database", "is out");
  weather.isOut = true;
  time.after(random.next() * 3_000, () => {
    trace.note("database", "is back");
    weather.isOut = false;
  });
}
