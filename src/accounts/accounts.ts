// Accounts: registering, logging in and out, passwords, and who a token belongs to. It writes through the store and,
// once a login is gone for good, has the presence registry close its sockets. It holds no state of its own.

import type { Actors } from "../actors/calls.ts";
import { type Commit, nobodys, type Owner } from "../actors/commit/commit.ts";
import type { Account, Authenticator, Claims } from "../actors/session/authenticator.ts";
import type { Store } from "../db/store.ts";
import type { IdGenerator } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { nameFault, nameKey } from "../domain/names.ts";
import type { CallBody, CallName, CallReply, calls } from "../protocol/http.ts";
import { failure, type Outcome, success } from "../protocol/outcome.ts";
import { answered } from "./answered.ts";
import type { Passwords } from "./passwords.ts";
import { removeUser } from "./removal.ts";
import type { Throttle } from "./throttle.ts";
import type { Tokens } from "./tokens.ts";

export interface AccountsDependencies {
  store: Pick<Store, "users" | "logins" | "rooms" | "friendships">;
  actors: Actors;
  commit: Commit;
  tokens: Tokens;
  passwords: Passwords;
  ids: IdGenerator;
  clock(): number;
  registration: "open" | "closed";
  throttles: { login_name: Throttle; login_address: Throttle; register_address: Throttle };
}

/** Where a call comes from. */
export interface Caller {
  /** The remote address, as text. */
  address: string;
}

/** The handler of each HTTP call; those with a token are told whose it is, the others where the call comes from. */
export type Accounts = Authenticator & {
  [Name in CallName]: (
    body: CallBody<Name>,
    by: (typeof calls)[Name]["bearer"] extends true ? SignedIn : Caller,
  ) => Promise<Outcome<CallReply<Name>>>;
};

export interface SignedIn {
  account: Account;
  claims: Claims;
}

const busy = () => failure("unavailable", "The server is too busy; ask again later.");
const wrong = () => failure("unauthorized", "The name or the password is wrong.");
const tooOften = (retry_after_ms: number) =>
  failure("rate_limited", "Too many attempts; try again later.", { retry_after_ms });

export function createAccounts(on: AccountsDependencies): Accounts {
  return { ...authenticator(on), ...callsOfStrangers(on), ...callsOfUsers(on) };
}

function authenticator({ store, tokens, clock }: AccountsDependencies): Authenticator {
  return {
    claims: (token) => tokens.verify(token),

    async account({ user_id, login }) {
      const found = await store.logins.find(login);
      if (found?.user_id !== user_id || found.expires_at <= clock()) return null;
      const { id, name, email, profile_pic, bio, status, custom_status, created_at, last_online, seq } = found.user;
      const created_date = new Date(created_at).toISOString();
      return {
        user: { id, name, email, profile_pic, bio, status, custom_status, created_date },
        person: { id, name, status, last_online },
        profile_seq: seq,
        self_seq: found.self_seq,
        expires_ms: found.expires_at,
      };
    },
  };
}

function callsOfStrangers(on: AccountsDependencies): Pick<Accounts, "register" | "login"> {
  const { store, passwords, ids, clock, throttles } = on;
  return {
    async register({ username, password, email }, { address }) {
      if (on.registration === "closed") return failure("forbidden", "This server takes no new accounts.");
      const name_fault = nameFault(username);
      if (name_fault) return failure("bad_request", name_fault, { path: "username" });
      const password_fault = passwordFault(password);
      if (password_fault) return failure("bad_request", password_fault, { path: "password" });
      const retry_after_ms = throttles.register_address.take(address);
      if (retry_after_ms > 0) return tooOften(retry_after_ms);
      const name_key = nameKey(username);
      if (await store.users.byNameKey(name_key)) return nameTaken();
      const password_hash = await passwords.hash(password);
      if (password_hash === null) return busy();
      const id = ids.next();
      const user = { id, name: username, name_key, email: email ?? null, password_hash, created_at: clock() };
      return answered(on.commit, nobodys, {
        write: () => store.users.create(user),
        answer: (created) => (created === "name_taken" ? nameTaken() : success({ success: true, id, name: username })),
      });
    },

    async login({ username, password }, { address }) {
      const name_key = nameKey(username);
      // What an address is refused mustn't count against the names that it asked for.
      const retry_after_ms = throttles.login_address.take(address) || throttles.login_name.take(name_key);
      if (retry_after_ms > 0) return tooOften(retry_after_ms);
      const user = await store.users.byNameKey(name_key);
      const fits = await passwords.verify(password, user?.password_hash ?? null);
      if (fits === null) return busy();
      if (!fits || !user) return wrong();
      const { login, token } = await newLogin(on, user.id);
      return answered(on.commit, nobodys, {
        write: () => store.logins.create(login, user.password_hash),
        answer: (created) => (created ? success({ success: true, token, id: user.id, name: user.name }) : wrong()),
      });
    },
  };
}

function callsOfUsers(on: AccountsDependencies): Omit<Accounts, keyof Authenticator | "register" | "login"> {
  const { store, actors, passwords, throttles } = on;

  /** The hash that the password fits. */
  async function checkPassword(password: string, { account, claims }: SignedIn): Promise<Outcome<string | null>> {
    const retry_after_ms = throttles.login_name.take(nameKey(account.user.name));
    if (retry_after_ms > 0) return tooOften(retry_after_ms);
    const credentials = await store.users.credentials(claims.user_id);
    const fits = await passwords.verify(password, credentials?.password_hash ?? null);
    if (fits === null) return busy();
    return fits ? success(credentials?.password_hash ?? null) : wrongPassword();
  }

  /** Of an end that can't be found out: the user's sessions come again, and are let in or not. */
  const sessionsOf = (user_id: number): Owner => ({
    end: () => void actors.tell("presence", "come_again", { user_id }),
  });

  return {
    async logout(_, { claims }) {
      const { user_id, login } = claims;
      return answered(on.commit, sessionsOf(user_id), {
        write: () => store.logins.remove(login),
        answer: () => success({ success: true }),
        tell: () => void actors.tell("presence", "revoke", { user_id, logins: [login] }),
      });
    },

    async change_password({ password, new_password }, by) {
      const fault = passwordFault(new_password);
      if (fault) return failure("bad_request", fault, { path: "new_password" });
      const allowed = await checkPassword(password, by);
      if (!allowed.ok) return allowed;
      const password_hash = await passwords.hash(new_password);
      if (password_hash === null) return busy();
      const { user_id } = by.claims;
      const { login, token } = await newLogin(on, user_id);
      const checked_hash = allowed.value;
      // Where somebody was quicker, this is no longer the user's password.
      return answered(
        on.commit,
        sessionsOf(user_id),
        {
          write: () => store.logins.replaceAll({ user_id, checked_hash, password_hash, login }),
          answer: () => success({ success: true, token }),
          tell: () => void actors.tell("presence", "revoke", { user_id, logins: null }),
        },
        wrongPassword,
      );
    },

    async delete_user({ password }, by) {
      const allowed = await checkPassword(password, by);
      if (!allowed.ok) return allowed;
      const removed = await removeUser(on, by.account.person, allowed.value);
      return removed.ok ? success({ success: true }) : removed;
    },

    async profile(_, { account }) {
      const { id, name, email, profile_pic, created_date } = account.user;
      return success({ success: true, id, name, email, profile_pic, created_date });
    },

    validate_jwt: async () => success({ success: true }),
  };
}

async function newLogin({ tokens, ids, clock }: AccountsDependencies, user_id: number) {
  const now_ms = clock();
  const login = { id: ids.next(), user_id, created_at: now_ms, expires_at: now_ms + limits.token_age_ms };
  return { login, token: await tokens.sign({ user_id, login: login.id }, login.expires_at) };
}

const wrongPassword = () => failure("unauthorized", "The password is wrong.", { path: "password" });
const nameTaken = () => failure("conflict", "This name is taken.", { path: "username" });

function passwordFault(password: string): string | null {
  // Half a surrogate pair is no character: all of them would be hashed as the same one.
  if (!password.isWellFormed()) return "A password is made of whole characters.";
  const length = [...password].length;
  if (length >= limits.password_min_length && length <= limits.password_max_length) return null;
  return `A password has ${limits.password_min_length} to ${limits.password_max_length} characters.`;
}
