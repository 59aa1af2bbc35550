// What can be called with a token. What changes the account asks for the password once more, and is done only while the
// password that was checked and the login that asks still hold, whatever ended them meanwhile.

import { DECISIONS, type Owner } from "../actors/commit/commit.ts";
import { partyOf } from "../actors/parties.ts";
import type { Authenticator } from "../actors/session/authenticator.ts";
import { nameKey } from "../domain/names.ts";
import type { CallReply } from "../protocol/http.ts";
import { crowded, failure, type Outcome, success } from "../protocol/outcome.ts";
import {
  type Accounts,
  type AccountsDependencies,
  newLogin,
  passwordFault,
  type SignedIn,
  signedOut,
  tooOften,
} from "./accounts.ts";
import { answered } from "./answered.ts";
import { removeUser } from "./removal.ts";

export function callsOfUsers(on: AccountsDependencies): Omit<Accounts, keyof Authenticator | "register" | "login"> {
  const { store, actors } = on;
  return {
    async logout(_, { claims }) {
      const { user_id, login } = claims;
      return answered(on.commit, sessionsOf(on, user_id), {
        write: () => store.logins.remove(login),
        answer: () => success({ success: true }),
        tell: () => void actors.tell("presence", "revoke", { user_id, logins: [login] }),
      });
    },

    async change_password({ password, new_password }, by) {
      const fault = passwordFault(new_password);
      if (fault) return failure("bad_request", fault, { path: "new_password" });
      return withPassword(on, password, by, (checked_hash) => changePassword(on, by, checked_hash, new_password));
    },

    delete_user: ({ password }, by) =>
      withPassword(on, password, by, (checked_hash) => removeUser(on, by, checked_hash)),

    async profile(_, { account }) {
      const { id, name, email, profile_pic, created_date } = account.user;
      return success({ success: true, id, name, email, profile_pic, created_date });
    },

    validate_jwt: async () => success({ success: true }),
  };
}

/** Of an end that can't be found out: the user's sessions come again, and are let in or not. */
const sessionsOf = ({ actors }: AccountsDependencies, user_id: number): Owner => ({
  end: () => void actors.tell("presence", "come_again", { user_id }),
});

/**
 * Has a change made by whoever knows the password. `change` comes to null where the hash that was checked, or the login,
 * no longer stands: then both are looked at anew.
 */
async function withPassword<Value>(
  on: AccountsDependencies,
  password: string,
  { account, claims, address }: SignedIn,
  change: (checked_hash: string | null) => Promise<Outcome<Value | null>>,
): Promise<Outcome<Value>> {
  const retry_after_ms = on.guesses.withLogin(claims.login, nameKey(account.user.name));
  if (retry_after_ms > 0) return tooOften(retry_after_ms);
  for (let tried = 0; tried < DECISIONS; tried += 1) {
    const hash = (await on.store.users.credentials(claims.user_id))?.password_hash ?? null;
    const checked = await on.passwords.check(password, hash, partyOf(claims.user_id, address));
    if (checked === null) return crowded();
    // It has had its turns: whoever was logged out meanwhile learns nothing of the password.
    if (!(await on.authenticator.account(claims))) return signedOut();
    if (!checked.fits) return wrongPassword();
    const changed = await change(hash);
    if (!changed.ok || changed.value !== null) return changed as Outcome<Value>;
  }
  return crowded();
}

async function changePassword(
  on: AccountsDependencies,
  { claims, address }: SignedIn,
  checked_hash: string | null,
  new_password: string,
): Promise<Outcome<CallReply<"change_password"> | null>> {
  const password_hash = await on.passwords.hash(new_password, partyOf(claims.user_id, address));
  if (password_hash === null) return crowded();
  const { user_id } = claims;
  const { login, token } = await newLogin(on, user_id);
  const replacement = { user_id, checked_hash, password_hash, login, place: on.placeOf(user_id, address) };
  return answered<true, CallReply<"change_password"> | null>(
    on.commit,
    sessionsOf(on, user_id),
    {
      write: () => on.store.logins.replaceAll(replacement, { login: claims.login, now: on.clock() }),
      answer() {
        on.passwords.replaced(checked_hash);
        return success({ success: true, token });
      },
      tell: () => void on.actors.tell("presence", "revoke", { user_id, logins: null }),
    },
    () => success(null),
  );
}

const wrongPassword = () => failure("unauthorized", "The password is wrong.", { path: "password" });
