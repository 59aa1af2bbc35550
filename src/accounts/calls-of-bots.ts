// What people do with bots of theirs. Bots have no password: their owner's log-in is what speaks for them here, and a
// token that only they know is what they log in with.

import { DECISIONS, nobodys } from "../actors/commit/commit.ts";
import type { BotRow } from "../db/queries/bots.ts";
import { type MaybeMaking, noteOf } from "../db/queries/made.ts";
import { isSuspended } from "../db/queries/standing.ts";
import { limits } from "../domain/limits.ts";
import { nameFault, nameKey } from "../domain/names.ts";
import { isReserved } from "../domain/reserved-names.ts";
import type { Bot, bot_calls } from "../protocol/bots.ts";
import type { CallBody, CallReply } from "../protocol/http.ts";
import { busy, type Failure, failure, notFound, type Outcome, success } from "../protocol/outcome.ts";
import { type Accounts, type AccountsDependencies, type SignedIn, signedOut, tooOften } from "./accounts.ts";
import { answered } from "./answered.ts";
import { newBotToken } from "./bot-tokens.ts";
import { onceHeard } from "./once-heard.ts";
import { removeUser } from "./removal.ts";
import { suspended } from "./suspended.ts";

export type BotCall = keyof typeof bot_calls;

export function callsOfBots(on: AccountsDependencies): Pick<Accounts, BotCall> {
  return {
    add_bot: (body, by) => make(on, body, by),
    async bots(_, { claims }) {
      const bots = await on.store.bots.ofOwner(claims.user_id);
      return success({ success: true, bots: bots.map(botView) });
    },
    change_bot: (body, by) => change(on, body, by),

    change_bot_token: ({ id }, by) => changeToken(on, id, by),

    async delete_bot({ id }, { claims }) {
      for (let left = DECISIONS; left > 0; left -= 1) {
        const person = (await on.store.bots.find(id, claims.user_id)) && (await on.store.users.byId(id));
        if (!person) return notFound();
        const removed = await removeUser(on, { person, checked_hash: null, messages: false, by: "operator" });
        if (!removed.ok || removed.value) return removed as Outcome<CallReply<"delete_bot">>;
      }
      return busy();
    },
  };
}

function botView({ id, name, profile_pic, created_at }: BotRow): Bot {
  return { id, name, profile_pic, created_date: new Date(created_at).toISOString() };
}

const nameTaken = () => failure("conflict", "This name is taken.", { path: "name" });
const full = () => failure("limit_reached", "You have too many bots.", { limit: "bots_per_owner" });

async function make(
  on: AccountsDependencies,
  { name, nonce }: CallBody<"add_bot">,
  by: SignedIn,
): Promise<Outcome<CallReply<"add_bot">>> {
  const { claims, address } = by;
  const { bots } = on.store;
  const making = { user_id: claims.user_id, kind: "bot" as const, server_id: 0, nonce };
  const again = () => madeBefore(on, making, by);
  const earlier = await again();
  if (earlier) return earlier;
  const fault = nameFault(name) ?? (isReserved(name) ? "This name is nobody's to take." : null);
  if (fault) return failure("bad_request", fault, { path: "name" });
  const at_most = limits.bots_per_owner;
  const isFull = async () => (await bots.ofOwner(claims.user_id)).length >= at_most;
  if (await isFull()) return full();
  // It is an account as well.
  const retry_after_ms = on.throttles.register_address.take(address);
  if (retry_after_ms > 0) return tooOften(retry_after_ms);
  const [id, now] = [on.ids.next(), on.clock()];
  const { token, kept } = newBotToken(on.ids.next());
  const named = { owner_id: claims.user_id, name, name_key: nameKey(name) };
  const bot = { id, ...named, token: kept, note: noteOf(making, id, now), at_most, now };
  return answered<"created" | "name_taken", CallReply<"add_bot">>(
    on.commit,
    nobodys,
    {
      write: () => bots.create(bot, { login: claims.login, now }),
      answer: (created) => (created === "name_taken" ? nameTaken() : success({ success: true, id, token })),
    },
    async () => (await again()) ?? ((await isFull()) ? full() : signedOut()),
  );
}

/** The answer to who asks again, since the first was lost: another token, as nobody has seen the one that was made. */
async function madeBefore(
  on: AccountsDependencies,
  making: MaybeMaking,
  by: SignedIn,
): Promise<Outcome<CallReply<"add_bot">> | null> {
  const made = await on.store.made.find(making);
  if (made === null) return null;
  const changed = await changeToken(on, Number(made), by);
  const is_gone = !changed.ok && changed.error.code === "not_found";
  return is_gone ? failure("conflict", "This was made before, and has been deleted since.") : changed;
}

/** The old token ends alone: the new one may be in use before that is told. */
async function changeToken(
  on: AccountsDependencies,
  id: number,
  { claims }: SignedIn,
): Promise<Outcome<CallReply<"change_bot_token">>> {
  const { user_id: owner_id, login } = claims;
  for (let left = DECISIONS; left > 0; left -= 1) {
    const found = await on.store.bots.loginOf(id, owner_id);
    if (!found) return notFound();
    const now = on.clock();
    if (isSuspended(found, now)) return suspended(found);
    const was = found.login;
    const { token, kept } = newBotToken(on.ids.next());
    const changed = await answered<true, CallReply<"change_bot_token"> | null>(
      on.commit,
      { end: () => void on.actors.tell("presence", "come_again", { user_id: id }) },
      {
        write: () => on.store.bots.replaceToken({ bot_id: id, owner_id, was, token: kept, now }, { login, now }),
        answer: () => success({ success: true, id, token }),
        tell: () => void on.actors.tell("presence", "revoke", { user_id: id, logins: [was] }),
      },
      async () => ((await on.authenticator.account(claims)) ? success(null) : signedOut()),
    );
    if (!changed.ok || changed.value !== null) {
      return onceHeard(on, changed as Outcome<CallReply<"change_bot_token">>);
    }
  }
  return busy();
}

/** A bot's looks are changed where everybody's are, with what its owner uploaded. */
async function change(
  on: AccountsDependencies,
  { id, name, profile_pic }: CallBody<"change_bot">,
  { claims }: SignedIn,
): Promise<Outcome<CallReply<"change_bot">>> {
  const { bots } = on.store;
  if (!(await bots.find(id, claims.user_id))) return notFound();
  const changes = { ...(name !== undefined && { name }), ...(profile_pic !== undefined && { profile_pic }) };
  const changed = await on.actors.request(`profile:${id}`, "update", { changes, uploader_id: claims.user_id });
  if (!changed.ok) return { ok: false, error: asOfCall(changed.error) };
  const bot = await bots.find(id, claims.user_id);
  return bot ? success({ success: true, bot: botView(bot) }) : notFound();
}

/** The profile's owner names fields as a message has them. */
function asOfCall({ details, ...error }: Failure): Failure {
  if (details?.path === undefined) return { ...error, ...(details && { details }) };
  return { ...error, details: { ...details, path: details.path.replace(/^data\.changes\./, "") } };
}
