// How the people of a simulation ask for what is to be stored: what it makes or writes, and what became of it, goes to
// the ledger. And the few deeds that take several requests.

import type { Place } from "../community/storm-steps.ts";
import type { Frame, Json } from "../harness/client.ts";
import type { Device } from "./device.ts";
import type { Made } from "./ledger.ts";
import type { Person, Told } from "./person.ts";
import type { World } from "./world.ts";

export interface Doer {
  world: World;
  person: Person;
  device: Device;
}

const GIVES_UP = 0.15;
const MOST_PLACES = 5;
const MOST_TIMES = 5;

export const request = (type: string, data: Json): Frame => ({ type, data });

/** Asks, as somebody who may give up. */
export function ask({ world, person, device }: Doer, asked: Frame): Promise<Told> {
  return person.ask(device, asked, world.random.next() < GIVES_UP);
}

/** What each type of request makes, and what names it. */
const makers: Readonly<Record<string, { kind: string; label: string; nonce?: true }>> = {
  add_server: { kind: "server", label: "name", nonce: true },
  add_category: { kind: "category", label: "name", nonce: true },
  add_channel: { kind: "channel", label: "name", nonce: true },
  add_role: { kind: "role", label: "name", nonce: true },
  add_message: { kind: "message", label: "content" },
};

/** What each type of request writes: the kind and field of the id, and the fields of `changes`. */
const writers: Readonly<Record<string, { kind: string; id: string }>> = {
  update_server: { kind: "server", id: "server_id" },
  update_channel: { kind: "channel", id: "channel_id" },
  update_category: { kind: "category", id: "category_id" },
  update_role: { kind: "role", id: "role_id" },
};
const removers = ["server", "channel", "category", "role", "message"];

/** Asks for anything at all, and has the ledger know. */
export async function perform(doer: Doer, asked: Frame): Promise<Told> {
  const maker = makers[asked["type"]];
  if (maker) return make(doer, asked, maker);
  const { ledger, time } = doer.world;
  const ends = written(doer, asked).map(([key, value]) => ledger.write(key, value, time.now_ms));
  const told = await ask(doer, asked);
  for (const end of ends) end(told.fate, told.once ? time.now_ms : Number.POSITIVE_INFINITY);
  return told;
}

/** The registers that a request writes, and what it writes there. */
function written(doer: Doer, { type, data }: Frame): [string, string][] {
  const writer = writers[type];
  if (writer && data.changes.name !== undefined) return [[`${writer.kind}:${data[writer.id]}.name`, data.changes.name]];
  if (type === "update_message") return [[`message:${data.message_id}.content`, data.content]];
  if (type === "update_user") {
    const unique = ["name", "bio", "custom_status"].filter((field) => data.changes[field] !== undefined);
    return unique.map((field) => [`user:${doer.person.id}.${field}`, data.changes[field]]);
  }
  const membership = membershipOf(doer, type, data);
  if (membership) return [membership];
  const removed = removers.find((kind) => type === `delete_${kind}`);
  return removed ? [[`${removed}:${data[`${removed}_id`]}.deleted`, "yes"]] : [];
}

function membershipOf({ world, person }: Doer, type: string, data: Json): [string, string] | null {
  if (type === "join_server") {
    const place = world.places.find(({ invite_code }) => invite_code === data.invite_code);
    return place ? [`member:${place.id}:${person.id}`, "in"] : null;
  }
  if (type === "leave_server") return [`member:${data.server_id}:${person.id}`, "out"];
  const isRemoval = type === "remove_member" || type === "ban_member";
  return isRemoval ? [`member:${data.server_id}:${data.user_id}`, "out"] : null;
}

async function make(doer: Doer, asked: Frame, { kind, label, nonce }: (typeof makers)[string] & object): Promise<Told> {
  const { world } = doer;
  const made = world.ledger.make(kind, asked["data"][label]);
  const given = nonce ? { ...asked, data: { ...asked["data"], nonce: `nonce ${world.nextNumber()}` } } : asked;
  const begun_ms = world.time.now_ms;
  const end = (id: number) => world.ledger.write(`${kind}:${id}.${label}`, made.label, begun_ms);
  // Without a nonce asking again would add it again: nobody does.
  const hasNonce = given["data"].nonce !== undefined && given["data"].nonce !== null;
  const isRepeatable = hasNonce && (kind === "message" || !world.without.includes("asking again"));
  const told = isRepeatable ? await ask(doer, given) : await doer.person.ask(doer.device, given, true);
  made.fate = told.fate;
  if (told.fate !== "acknowledged") return told;
  const id: number = told.reply["data"][kind].id;
  made.ids.add(id);
  end(id)("acknowledged", world.time.now_ms);
  if (kind === "message") world.messages.push(id);
  if (kind === "channel") world.channels.push(id);
  return told;
}

/** A server with an invite; `made` is told of it in any case. */
export async function found(doer: Doer): Promise<Place | null> {
  const { world, person } = doer;
  if (world.places.length >= MOST_PLACES) return null;
  const told = await perform(doer, request("add_server", { name: `server ${world.nextNumber()}` }));
  if (told.reply["type"] !== "add_server") return null;
  const server_id: number = told.reply["data"].server.id;
  const place: Place = { id: server_id, invite_code: "", owner_id: person.id, vault_id: null };
  const invited = await addInvite(doer, server_id);
  if (invited) world.places.push(Object.assign(place, { invite_code: invited }));
  return place;
}

export async function addInvite(doer: Doer, server_id: number): Promise<string | null> {
  const { world } = doer;
  const nonce = `nonce ${world.nextNumber()}`;
  const max_uses = 1_000 + world.nextNumber();
  const made: Made = world.ledger.make("invite", String(max_uses));
  const asked = request("add_invite", { server_id, max_uses, nonce });
  const isRepeatable = !world.without.includes("asking again");
  const told = isRepeatable ? await ask(doer, asked) : await doer.person.ask(doer.device, asked, true);
  made.fate = told.fate;
  if (told.reply["type"] !== "add_invite") return null;
  const { code } = told.reply["data"].invite;
  made.ids.add(code);
  world.invites.push(code);
  return code;
}

export async function join(doer: Doer, place: Place): Promise<void> {
  await perform(doer, request("join_server", { invite_code: place.invite_code }));
  await loadServer(doer, place.id);
}

/** What a client loads of a server that it shows. */
export async function loadServer({ person, device }: Doer, server_id: number): Promise<void> {
  const types = ["get_server", "get_server_channels", "get_server_roles"];
  await Promise.all(types.map((type) => person.ask(device, request(type, { server_id }), true)));
  await person.ask(device, request("get_server_members", { server_id, amount: 100, anchor: 0 }), true);
}

/** Asks until there is an answer; memberships end with the account, and only with it. */
export async function endAccount({ world, person, device }: Doer): Promise<void> {
  const { house, ledger, time, trace } = world;
  person.account = "ending";
  const memberships = world.places.map(({ id }) => ledger.write(`member:${id}:${person.id}`, "out", time.now_ms));
  for (let times = 0; times < MOST_TIMES; times += 1) {
    const outcome = await house.call("delete_user", { password: person.passwords[0] }, device.token);
    trace.note(device.name, `deletes the account: ${describe(outcome)}`);
    const code = outcome === "lost" ? "lost" : outcome.ok ? "success" : outcome.error.code;
    if (code === "lost" || code === "unavailable") {
      await time.sleep(300);
      continue;
    }
    if (code === "success") person.account = "ended";
    if (code === "conflict") person.account = "living";
    const fate = code === "success" ? "acknowledged" : code === "conflict" ? "refused" : "unknown";
    for (const end of memberships) end(fate, time.now_ms);
    return;
  }
}

export const describe = (outcome: Json): string =>
  outcome === "lost" ? "no answer" : outcome.ok ? "success" : outcome.error.code;
