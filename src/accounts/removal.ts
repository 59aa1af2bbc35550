// The end of an account. One transaction, with conditions of its own, ends its log-ins, friendships and memberships, or
// nothing is done. Only then is it told: by the registry to those who have the user in a list or have loaded them, by
// the rooms to those who listen there. What the user wrote stays.

import type { Actors } from "../actors/calls.ts";
import type { EndedAccount } from "../db/queries/users.ts";
import { deleted_user_name } from "../domain/names.ts";
import type { Person } from "../domain/presence.ts";
import type { Profile } from "../domain/profile.ts";
import type { CallReply } from "../protocol/http.ts";
import { failure, type Outcome, success } from "../protocol/outcome.ts";
import type { AccountsDependencies } from "./accounts.ts";
import { answered } from "./answered.ts";
import { heardByAll } from "./once-heard.ts";

export type RemovalDependencies = Pick<AccountsDependencies, "store" | "actors" | "commit" | "passwords" | "clock"> & {
  /** Something is left to do of an account that has ended. */
  goOn(): void;
};

export interface Removal {
  person: Person;
  /** Of the password that the user proved to know. */
  checked_hash: string | null;
  /** What they wrote goes as well. */
  messages: boolean;
  /** By which log-in the user asks for it, or that somebody does who needn't be asked for a password. */
  by: { login: number } | "operator";
}

/**
 * `conflict` while the user owns servers, or is the last who runs the installation; null where the password, or the login
 * that asks, no longer stands.
 */
export async function removeUser(
  on: RemovalDependencies,
  removal: Removal,
): Promise<Outcome<CallReply<"delete_user"> | null>> {
  const { person, checked_hash, messages, by } = removal;
  const { store, actors, commit, clock } = on;
  const user_id = person.id;
  // Those who may have to be told, should it not be known what was done.
  const [peers, servers, partners] = await Promise.all([
    store.friendships.listFor(user_id),
    store.rooms.listOf(user_id),
    store.conversations.partnersOf(user_id),
  ]);
  const reserved = await actors.request("presence", "change_profile", { user_id });
  if (!reserved.ok) return reserved;
  const { seq } = reserved.value;
  let ended: EndedAccount | null = null;
  // Nothing was done, or nobody knows: the registry and the rooms look at what is stored.
  const unsure = () => {
    if (ended) return;
    actors.tell("presence", "profile_unsure", { user_id, seq });
    for (const { id } of servers) void actors.requestIfThere(`room:${id}`, "departed", null);
  };
  const peer_ids = [...new Set([...peers.map(({ id }) => id), ...partners])];
  const answer = await answered<EndedAccount, CallReply<"delete_user"> | null>(
    commit,
    { end: () => void actors.tell("presence", "come_again", { user_id }) },
    {
      write() {
        const now = clock();
        const account = { id: user_id, checked_hash, seq, now, messages };
        return store.users.end(account, by === "operator" ? by : { ...by, now });
      },
      unsure: () => void actors.tell("presence", "catch_up", { user_ids: peer_ids }),
      answer(stored) {
        ended = stored;
        on.passwords.replaced(checked_hash);
        return success({ success: true });
      },
    },
    () => whyNot(on, removal),
  ).finally(unsure);
  if (ended) {
    await tellEnd(actors, person, seq, ended);
    // Its bots are still to end, and what it wrote where that goes as well.
    on.goOn();
  }
  return answer;
}

/** Null where it may be otherwise the next time. */
async function whyNot({ store, clock }: RemovalDependencies, { person, by }: Removal): Promise<Outcome<null>> {
  if ((await store.rooms.ownedBy(person.id)).length > 0) return owns_servers;
  return by !== "operator" && (await store.standing.isLastAdmin(person.id, clock())) ? lastAdmin() : success(null);
}

/** Settles when all who are concerned have been told. */
async function tellEnd(actors: Actors, person: Person, seq: number, ended: EndedAccount) {
  const { peers, server_ids, partners, conversation_ids } = ended;
  const profile: Profile = {
    id: person.id,
    ...remains,
    status: "online",
    created_at: 0,
    seq,
    bot: false,
    deleted: true,
  };
  actors.tell("presence", "revoke", { user_id: person.id, logins: null });
  const parted = actors.request("presence", "part", { user: person, profile, peers });
  actors.tell("presence", "conversation_written", { self: partners });
  const rooms = [...server_ids, ...conversation_ids];
  const departed = rooms.map((id) => actors.requestIfThere(`room:${id}`, "departed", null));
  await Promise.all([parted, ...departed, heardByAll(actors)]);
}

/** Of what would leave nobody who runs the server. */
export const lastAdmin = () => failure("conflict", "This is the last administrator: make somebody else one first.");

const owns_servers = failure("conflict", "Servers that you own must be transferred or deleted first.");

/** What others see of a user who is gone. */
const remains = { name: deleted_user_name, profile_pic: null, bio: null, custom_status: null };
