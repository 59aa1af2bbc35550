// What people do in a simulation beside what they do in the community's storm: servers founded and given away, invites,
// friends, profiles, accounts; and how often.

import { anybodys_habits, managers_habits, pickStep, type Situation } from "../community/storm-steps.ts";
import { pickTalk } from "../community/talk-steps.ts";
import { addInvite, ask, type Doer, describe, endAccount, found, join, loadServer, perform, request } from "./deeds.ts";
import type { Person } from "./person.ts";
import type { World } from "./world.ts";

type Deed = (doer: Doer) => Promise<unknown>;

const MOST_PICKS = 4;
const MOST_DEVICES = 3;
/** A day before and after. */
const CLOCK_STEP_MS = 26 * 60 * 60 * 1000;

const someName = ({ world }: Doer, stem: string) => `${stem}.${world.nextNumber()}`;
const somebody = ({ world, person }: Doer): Person =>
  world.random.pick(world.people.filter((other) => other !== person));

const people: Record<string, Deed> = {
  rename: async (doer) => {
    const name = someName(doer, "name");
    const { fate } = await perform(doer, request("update_user", { changes: { name } }));
    const { person } = doer;
    if (fate === "acknowledged") person.login_names = [name, ...person.login_names.slice(0, 2)];
    if (fate === "unknown") person.login_names.push(name);
  },
  bio: (doer) => perform(doer, request("update_user", { changes: { bio: someName(doer, "bio") } })),
  status: (doer) => {
    const status = doer.world.random.pick(["online", "idle", "dnd", "invisible"]);
    return perform(doer, request("update_user", { changes: { status, custom_status: someName(doer, "mood") } }));
  },
  look: (doer) => {
    const user_ids = doer.world.people.filter(() => doer.world.random.next() < 0.5).map(({ id }) => id);
    return ask(doer, request("get_users", { user_ids }));
  },
  listFriends: (doer) => ask(doer, request("get_friends", {})),
  listRead: (doer) => ask(doer, request("get_read_state", {})),
  read: async (doer) => {
    const channels = [...doer.device.copy.servers.servers.values()].flatMap(({ channels }) => [
      ...(channels?.values() ?? []),
    ]);
    const loaded = channels.filter(({ messages }) => messages && messages.size > 0);
    if (loaded.length === 0) return;
    const { id, messages } = doer.world.random.pick(loaded);
    await ask(doer, request("mark_read", { channel_id: id, message_id: Math.max(...(messages?.keys() ?? [])) }));
  },
  befriend: (doer) => perform(doer, request("add_friend", { user_id: somebody(doer).id })),
  answer: (doer) => {
    const action = doer.world.random.pick(["accept", "accept", "accept", "decline", "block", "unblock"]);
    return perform(doer, request("update_friend", { user_id: somebody(doer).id, action }));
  },
  unfriend: (doer) => perform(doer, request("delete_friend", { user_id: somebody(doer).id })),
  sit: (doer) => ask(doer, request("set_active", { active: doer.world.random.next() < 0.5 })),
  listTalks: (doer) => ask(doer, request("get_conversations", { amount: 100, anchor: 0 })),
  talk: async (doer) => {
    const { world, person, device } = doer;
    const everybody = world.people.map(({ id }) => id);
    const known = { random: world.random, user_id: person.id, people: everybody, friends: everybody };
    const asked = pickTalk({ ...known, talks: device.copy.servers.talks, nextNumber: world.nextNumber });
    if (asked) await perform(doer, asked);
  },
  play: async ({ world, device }) => {
    device.tell({ type: "now-playing", message: world.random.pick(["", "chess", "tetris"]) });
  },
  console: (doer) => {
    const other = somebody(doer);
    const type = doer.world.random.pick(["accept-friend-request", "reject-friend-request", "remove-friend"]);
    if (doer.world.random.next() < 0.5) return ask(doer, { type: "send-friend-request", message: other.name });
    return ask(doer, { type, message: String(other.id) });
  },
  invitation: (doer) => ask(doer, { type: "watchParty", userId: somebody(doer).id, message: "come" }),
  consoleLists: ({ world, person, device }) =>
    person.ask(device, { type: world.random.pick(["get", "get-friends", "get-friend-requests", "ping"]) }, true),
};

const servers: Record<string, Deed> = {
  found: async (doer) => {
    const place = await found(doer);
    if (place) await loadServer(doer, place.id);
  },
  invite: (doer) => addInvite(doer, doer.world.random.pick(doer.world.places).id),
  uninvite: async (doer) => {
    if (doer.world.invites.length < 4) return;
    const code = doer.world.random.pick(doer.world.invites);
    await ask(doer, request("delete_invite", { server_id: doer.world.random.pick(doer.world.places).id, code }));
  },
  end: async (doer) => {
    const own = doer.world.places.find(({ owner_id }) => owner_id === doer.person.id);
    if (own) await perform(doer, request("delete_server", { server_id: own.id }));
  },
  list: async (doer) => {
    const { random, places } = doer.world;
    const type = random.pick(["get_invites", "get_bans", "get_audit_log"]);
    const page = type === "get_audit_log" && { amount: 20, anchor: 0 };
    await ask(doer, request(type, { server_id: random.pick(places).id, ...page }));
  },
};

const accounts: Record<string, Deed> = {
  anotherDevice: async ({ person }) => {
    if (person.devices.filter(({ isLoggedOut }) => !isLoggedOut).length < MOST_DEVICES) await person.logIn();
  },
  logOut: async ({ world, person, device }) => {
    if (person.current.length < 2) return;
    const outcome = await world.house.call("logout", null, device.token);
    world.trace.note(device.name, `logs out: ${describe(outcome)}`);
  },
  changePassword: async ({ world, person, device }) => {
    if (person.isChangingPassword) return;
    person.isChangingPassword = true;
    const new_password = `password ${world.nextNumber()}`;
    const body = { password: person.passwords[0], new_password };
    const outcome = await world.house.call("change_password", body, device.token);
    world.trace.note(device.name, `changes the password: ${describe(outcome)}`);
    const isKnown = outcome !== "lost" && outcome.ok;
    person.passwords = isKnown ? [new_password] : [...person.passwords, new_password];
    person.isChangingPassword = false;
    await person.logIn();
  },
  deleteAccount: async ({ world, person, device }) => {
    // With the account of its owner a bot's ends: who has one keeps theirs.
    if (person.account !== "living" || world.people.some(({ owned }) => owned?.owner_id === person.id)) return;
    if (world.people.filter(({ account }) => account === "living").length < 4) return;
    const meanwhile = world.random.next() < 0.6 ? crossAccountsEnd({ world, person, device }) : null;
    await Promise.all([endAccount({ world, person, device }), meanwhile]);
  },
};

/** Somebody whose account is about to end makes a server, or is given one. */
async function crossAccountsEnd(doer: Doer): Promise<void> {
  const { world, person } = doer;
  await world.time.sleep(world.random.next() * 60);
  const place = world.random.pick(world.places);
  const owner = world.people.find(({ id }) => id === place.owner_id);
  const [device] = owner?.current ?? [];
  if (world.random.next() < 0.5 || !owner || !device) return void (await found(doer));
  const given = request("transfer_server", { server_id: place.id, user_id: person.id });
  const { reply } = await owner.ask(device, given, true);
  if (reply["type"] === "transfer_server") place.owner_id = person.id;
}

/** How often each comes, of a thousand; the rest are steps as in the community's storm. */
const shares: Readonly<Record<string, number>> = {
  ...{
    rename: 20,
    bio: 20,
    status: 30,
    look: 30,
    listFriends: 20,
    listRead: 50,
    read: 40,
    befriend: 40,
    answer: 40,
    unfriend: 12,
    listTalks: 15,
    sit: 5,
    talk: 80,
  },
  ...{ play: 15, console: 15, consoleLists: 6, invitation: 4, found: 8, invite: 8, uninvite: 5, end: 2, list: 4 },
  ...{ anotherDevice: 8, logOut: 5, changePassword: 3, deleteAccount: 4 },
};
const deeds: Readonly<Record<string, Deed>> = { ...people, ...servers, ...accounts };

/** One deed, whatever the person and the device can do now. */
export async function act(doer: Doer): Promise<void> {
  const { world, device } = doer;
  let chance = world.random.next() * 1_000;
  for (const [name, share] of Object.entries(shares)) {
    chance -= share;
    if (chance >= 0) continue;
    // A bot has no account of its own to do something with.
    if (doer.person.owned && Object.hasOwn(accounts, name)) break;
    return void (await deeds[name]?.(doer));
  }
  const { servers: known } = device.copy.servers;
  const outside = world.places.filter(({ id }) => !known.has(id));
  if (outside.length > 0 && world.random.next() < 0.2) return join(doer, world.random.pick(outside));
  await takeStep(doer);
}

async function takeStep(doer: Doer): Promise<void> {
  const { world, person, device } = doer;
  const { servers: known } = device.copy.servers;
  const inside = world.places.filter(({ id }) => known.has(id));
  if (inside.length === 0) return void (await ask(doer, request("get_servers", {})));
  const place = world.random.pick(inside);
  const server = known.get(place.id);
  if (!server?.channels) return loadServer(doer, place.id);
  const situation: Situation = {
    ...{ random: world.random, session: { user: person }, place, server, guests: [] },
    ...{ people: world.people.map(({ id }) => id), messages: world.messages, channels: world.channels },
    nextNumber: world.nextNumber,
  };
  const manages = world.random.next() < (place.owner_id === person.id ? 0.6 : 0.15);
  for (let picks = 0; picks < MOST_PICKS; picks += 1) {
    const asked = pickStep(world.random, manages ? managers_habits : anybodys_habits)(situation);
    if (!asked) continue;
    const told = await perform(doer, asked);
    if (told.reply["type"] === "transfer_server") place.owner_id = told.reply["data"].server.owner_id;
    return;
  }
}

/** Somebody sets the clock on the wall. */
export function setClock({ time, random, trace }: World): void {
  const by_ms = Math.round((random.next() * 2 - 1) * CLOCK_STEP_MS);
  trace.note("clock", `is set by ${by_ms} ms`);
  time.setClock(by_ms);
}
