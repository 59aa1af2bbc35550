// What can be called with a token. What changes the account asks for the password once more, and is done only while the
// password that was checked and the login that asks still hold, whatever ended them meanwhile.

import { DECISIONS, type Owner } from "../actors/commit/commit.ts";
import { partyOf } from "../actors/parties.ts";
import type { Authenticator } from "../actors/session/authenticator.ts";
import type { Device } from "../db/queries/devices.ts";
import type { CallReply } from "../protocol/http.ts";
import { crowded, failure, type Outcome, success } from "../protocol/outcome.ts";
import {
  type Accounts,
  type AccountsDependencies,
  newLogin,
  passwordFault,
  type SignedIn,
  signedOut,
} from "./accounts.ts";
import { answered } from "./answered.ts";
import type { BotCall } from "./calls-of-bots.ts";
import { onceHeard } from "./once-heard.ts";
import { mayGuess, proven } from "./proofs.ts";
import { removeUser } from "./removal.ts";

type StrangersCall = "register" | "login" | "reset_password" | "setup";
type PushCall = "push_key" | "add_push_subscription" | "delete_push_subscription";
type MailCall = "forgot" | "set_email" | "confirm_email";

type UsersCall = Exclude<keyof Accounts, keyof Authenticator | StrangersCall | MailCall | BotCall | PushCall>;

export function callsOfUsers(on: AccountsDependencies): Pick<Accounts, UsersCall> {
  const { store, actors } = on;
  return {
    async logout(_, { claims }) {
      const { user_id, login } = claims;
      const ended = answered<true, CallReply<"logout">>(on.commit, sessionsOf(on, user_id), {
        write: () => store.logins.remove(login),
        answer: () => success({ success: true }),
        tell: () => void actors.tell("presence", "revoke", { user_id, logins: [login] }),
      });
      return onceHeard(on, ended);
    },

    async change_password({ password, new_password }, by) {
      const fault = passwordFault(new_password);
      if (fault) return failure("bad_request", fault, { path: "new_password" });
      return withPassword(on, password, by, (checked_hash) => changePassword(on, by, checked_hash, new_password));
    },

    delete_user: ({ password, messages = false }, by) =>
      withPassword(on, password, by, (checked_hash) => {
        const { account, claims } = by;
        return removeUser(on, { person: account.person, checked_hash, messages, by: { login: claims.login } });
      }),

    async profile(_, { account }) {
      const { id, name, email, profile_pic, created_date, bot } = account.user;
      const { is_confirmed: email_confirmed } = await store.users.emailOf(id);
      const profile = { id, name, email, email_confirmed, profile_pic, created_date, ...(bot && { bot }) };
      return success({ success: true, ...profile });
    },

    async logins(_, { claims: { user_id, login } }) {
      const devices = await store.logins.listOf(user_id, on.clock());
      return success({ success: true, logins: devices.map((device) => described(device, device.id === login)) });
    },

    async end_login({ id }, { claims }) {
      const { user_id, login } = claims;
      const ended = answered<boolean, CallReply<"end_login">>(
        on.commit,
        sessionsOf(on, user_id),
        {
          write: () => store.logins.removeOf(user_id, id, { login, now: on.clock() }),
          answer: (removed) =>
            removed ? success({ success: true }) : failure("not_found", "There is no such log-in."),
          tell: () => void actors.tell("presence", "revoke", { user_id, logins: [id] }),
        },
        signedOut,
      );
      return onceHeard(on, ended);
    },

    validate_jwt: async () => success({ success: true }),
  };
}

function described({ id, device, address, created_at, used_at }: Device, current: boolean) {
  const [created_date, used_date] = [created_at, used_at].map((ms) => new Date(ms).toISOString()) as [string, string];
  return { id, device, address, created_date, used_date, current };
}

/** Of an end that can't be found out: the user's sessions come again, and are let in or not. */
const sessionsOf = ({ actors }: AccountsDependencies, user_id: number): Owner => ({
  end: () => void actors.tell("presence", "come_again", { user_id }),
});

/**
 * Has a change made by whoever knows the password. `change` comes to null where the hash that was checked, or the login,
 * no longer stands: then both are looked at anew.
 */
export async function withPassword<Value>(
  on: AccountsDependencies,
  password: string,
  by: SignedIn,
  change: (checked_hash: string | null) => Promise<Outcome<Value | null>>,
): Promise<Outcome<Value>> {
  const may = await mayGuess(on, by);
  if (!may.ok) return may;
  for (let tried = 0; tried < DECISIONS; tried += 1) {
    const proof = await proven(on, password, by);
    if (!proof.ok) return proof;
    const changed = await change(proof.value);
    if (!changed.ok || changed.value !== null) return changed as Outcome<Value>;
  }
  return crowded();
}

async function changePassword(
  on: AccountsDependencies,
  by: SignedIn,
  checked_hash: string | null,
  new_password: string,
): Promise<Outcome<CallReply<"change_password"> | null>> {
  const { claims, address } = by;
  const password_hash = await on.passwords.hash(new_password, partyOf(claims.user_id, address));
  if (password_hash === null) return crowded();
  const { user_id } = claims;
  const { login, token } = await newLogin(on, user_id, by);
  const replacement = { user_id, checked_hash, password_hash, login, place: on.placeOf(user_id, address) };
  const changed = answered<true, CallReply<"change_password"> | null>(
    on.commit,
    sessionsOf(on, user_id),
    {
      write: () => on.store.logins.replaceAll(replacement, { login: claims.login, now: on.clock() }),
      answer() {
        on.passwords.replaced(checked_hash);
        return success({ success: true, token });
      },
      tell: () => void on.actors.tell("presence", "revoke", { user_id, logins: null, spared: login.id }),
    },
    () => success(null),
  );
  return onceHeard(on, changed);
}
