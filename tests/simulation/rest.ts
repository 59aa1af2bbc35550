// How a simulation comes to rest, and what must hold then: the sky is clear, everybody is back and has been told; each
// kept copy is what a fresh load brings; nothing waits anywhere.

import type { Connection } from "../../src/db/engine/embedded-connection.ts";
import type { CachedServer } from "../community/client-cache.ts";
import type { Frame, Json } from "../harness/client.ts";
import { ledgerFaults, tableFaults } from "./checks.ts";
import { type Doer, perform } from "./deeds.ts";
import type { Device } from "./device.ts";
import type { Process } from "./house.ts";
import type { Person } from "./person.ts";
import type { World } from "./world.ts";

/** Longer than any deadline, and than the grace time. */
const LULL_MS = 25_000;
const SHORT_LULL_MS = 8_000;

export async function comeToRest(world: World, connection: Connection): Promise<void> {
  const { people, time, trace } = world;
  trace.note("simulation", "everybody comes back");
  for (const person of people) for (const device of person.devices) device.isLaidAside = false;
  await Promise.all(people.flatMap((person) => person.devices.map((device) => comeBack(person, device))));
  await time.sleep(LULL_MS);
  const fresh = await compareAll(world);
  trace.note("simulation", "everything is tried once more");
  const told = (await Promise.all(people.map((person) => probe(world, person)))).flat();
  await time.sleep(SHORT_LULL_MS);
  for (const { words, by } of told) {
    const deaf = fresh.find((device) => device?.isCurrent && by(device) === false);
    if (deaf) world.onFault(`at rest, ${deaf.name} is not told ${words}`);
  }
  for (const words of [...tableFaults(connection), ...ledgerFaults(connection, world.ledger)]) world.onFault(words);
  await expectAllCounted(world);
  expectNothingWaits(world, connection);
}

/** Something that everybody who has loaded it must have been told. */
interface Told {
  words: string;
  /** Whether the device was; undefined where it need not be. */
  by(device: Device): boolean | undefined;
}

async function comeBack(person: Person, device: Device): Promise<void> {
  if (!device.isOpen && !device.isLoggedOut) await person.reopen(device);
}

/** One change on each kind of topic: what is stuck shows. */
async function probe(world: World, person: Person): Promise<Told[]> {
  const [device] = person.current;
  if (!device) return [];
  const text = `probe ${world.nextNumber()}`;
  const by = { world, person, device };
  const { fate } = await perform(by, { type: "update_user", data: { changes: { bio: text } } });
  if (fate !== "acknowledged") {
    if (!device.isLoggedOut) world.onFault(`at rest, update_user of ${device.name} fails`);
    return [];
  }
  const isHeard = ({ copy }: Device) => copy.users.has(person.id) && copy.users.get(person.id)?.bio === text;
  const told: Told[] = [
    {
      words: `the profile of ${person.name}`,
      by: (other) => (other.copy.users.has(person.id) ? isHeard(other) : undefined),
    },
  ];
  const own = [...device.copy.servers.servers.values()].filter(({ details }) => details?.owner_id === person.id);
  for (const server of own) told.push(...(await probeServer(by, server, text)));
  return told;
}

async function probeServer({ world, person, device }: Doer, server: CachedServer, text: string): Promise<Told[]> {
  const server_id = server.id;
  await expectAnswer(world, device, "update_server", { server_id, changes: { description: text } });
  const isHeard = ({ copy }: Device) => {
    const details = copy.servers.servers.get(server_id)?.details;
    return details ? details.description === text : undefined;
  };
  const [channel_id] = server.channels?.keys() ?? [];
  if (channel_id === undefined) return [{ words: `of the server ${server_id}`, by: isHeard }];
  const content = `secret of ${channel_id}, number ${world.nextNumber()}`;
  const reply = await device.ask("add_message", { channel_id, content });
  const message_id = reply["data"]?.message?.id;
  if (!message_id) return [{ words: `of the server ${server_id}`, by: isHeard }];
  await expectAnswer(world, device, "mark_read", { channel_id, message_id });
  const isRead = ({ user_id, copy }: Device) =>
    user_id === person.id && copy.last_read ? copy.last_read.get(channel_id) === message_id : undefined;
  return [
    { words: `of the server ${server_id}`, by: isHeard },
    {
      words: `of the channel ${channel_id}`,
      by: ({ copy }) => copy.servers.channel(channel_id)?.messages?.has(message_id),
    },
    { words: `how far ${person.name} has read`, by: isRead },
  ];
}

/** With a clear sky nothing is unavailable. */
async function expectAnswer(world: World, device: Device, type: string, data: Json): Promise<Frame> {
  const reply = await device.ask(type, data);
  const isFault = reply["type"] === "closed" || reply["code"] === "unavailable";
  if (isFault && !device.isLoggedOut) {
    world.onFault(`at rest, ${type} of ${device.name} is ${reply["code"] ?? reply["type"]}: ${JSON.stringify(data)}`);
  }
  return reply;
}

/** Returns the devices that have loaded all. */
async function compareAll(world: World): Promise<(Device | null)[]> {
  const fresh = await Promise.all(world.people.map((person) => person.logIn()));
  await world.time.sleep(SHORT_LULL_MS);
  await Promise.all(fresh.map((device) => device && loadAll(world, device)));
  await world.time.sleep(SHORT_LULL_MS);
  for (const [index, person] of world.people.entries()) {
    const truth = fresh[index];
    if (!truth) {
      if (person.account === "living") world.onFault(`${person.name}, whose account lives, can't log in`);
      continue;
    }
    for (const device of person.devices) if (device !== truth && device.isCurrent) compare(world, device, truth);
  }
  return fresh;
}

async function loadAll(world: World, device: Device): Promise<void> {
  const ask = (type: string, data: Json) => expectAnswer(world, device, type, data);
  const { servers } = device.copy.servers;
  const types = ["get_server", "get_server_channels", "get_server_roles"];
  for (const server_id of [...servers.keys()]) {
    await Promise.all(types.map((type) => ask(type, { server_id })));
    await ask("get_server_members", { server_id, amount: 100, anchor: 0 });
    for (const channel_id of [...(servers.get(server_id)?.channels?.keys() ?? [])]) {
      await ask("get_server_channel", { channel_id });
      await ask("get_message_chunk", { channel_id, amount: 100, anchor: 0, direction: true });
    }
  }
  await ask("get_conversations", { amount: 100, anchor: 0 });
  for (const { channel_id } of [...(device.copy.servers.talks.list?.values() ?? [])]) {
    await ask("get_message_chunk", { channel_id, amount: 100, anchor: 0, direction: true });
  }
  await Promise.all([ask("get_friends", {}), ask("get_read_state", {})]);
  await ask("get_users", { user_ids: world.people.map(({ id }) => id) });
}

function compare(world: World, device: Device, truth: Device): void {
  const isHearing = ({ line }: Device, user_id: number) =>
    world.house.processes.some(({ gateway }) => line && gateway.isSubscribed(line.session, `user:${user_id}`));
  const isTold = (user_id: number) => [device, truth].every((one) => isHearing(one, user_id));
  const kept = device.copy.sharedWith(truth.copy, isTold);
  const loaded = truth.copy.sharedWith(device.copy, isTold);
  const difference = firstDifference(kept, loaded, "");
  if (difference) world.onFault(`what ${device.name} keeps is not what is there: ${difference}`);
}

function firstDifference(kept: Json, loaded: Json, path: string): string | null {
  if (JSON.stringify(kept) === JSON.stringify(loaded)) return null;
  const isObject = (value: Json) => typeof value === "object" && value !== null;
  if (!isObject(kept) || !isObject(loaded))
    return `${path} is ${JSON.stringify(kept)} and not ${JSON.stringify(loaded)}`;
  for (const key of new Set([...Object.keys(kept), ...Object.keys(loaded)])) {
    const found = firstDifference(kept[key], loaded[key], `${path}/${key}${nameOf(kept[key] ?? loaded[key])}`);
    if (found) return found;
  }
  return null;
}

const nameOf = (value: Json) => {
  const id = Array.isArray(value) ? value[0] : (value?.id ?? value?.user_id);
  return typeof id === "number" ? `(${id})` : "";
};

/** The registry knows just those sessions that there are. */
async function expectAllCounted({ house, onFault }: World): Promise<void> {
  const { core } = house.process;
  const counted = await core.actors.request("presence", "count_all_sessions", null);
  const open = house.processes.reduce((sum, { gateway }) => sum + gateway.lines.length, 0);
  if (!counted.ok) return onFault(`at rest, nobody counts sessions: ${counted.error.code}`);
  if (counted.value.sessions !== open) onFault(`${counted.value.sessions} sessions are counted, and ${open} are open`);
}

function expectNothingWaits(world: World, connection: Connection): void {
  for (const process of world.house.processes) expectNothingWaitsIn(process, world, connection);
}

function expectNothingWaitsIn({ core, store, gateway }: Process, world: World, connection: Connection): void {
  for (const [kind, { waiting }] of Object.entries(core.actors.stats())) {
    if (waiting > 0) world.onFault(`${waiting} messages wait for ${kind}`);
  }
  const { queuedJobs, inFlightJobs } = store.writer.stats();
  if (queuedJobs + inFlightJobs > 0) world.onFault(`${queuedJobs + inFlightJobs} jobs wait for the writer`);
  const logins = new Set(connection.run({ sql: "SELECT id FROM logins", params: [] }).rows.map(([id]) => Number(id)));
  const devices = world.people.flatMap((person) => person.devices);
  for (const { session } of gateway.lines) {
    const device = devices.find(({ line }) => line?.session === session);
    if (device && !logins.has(device.login)) world.onFault(`the socket of ${device.name} lives, and its login doesn't`);
    if (!device) world.onFault(`a socket lives that is nobody's: session ${session}`);
  }
}
