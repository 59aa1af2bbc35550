// Registering and logging in: what can be called without a token. Whoever asks learns nothing of a name but whether the
// password is its own. What came of it is logged, with the name as it was asked for and the address.

import { DECISIONS, nobodys } from "../actors/commit/commit.ts";
import { DatabaseError } from "../db/engine/driver.ts";
import type { Admission } from "../db/queries/admissions.ts";
import { isSuspended } from "../db/queries/standing.ts";
import type { LoginCredentials } from "../db/queries/users.ts";
import type { Party } from "../domain/fair-share.ts";
import { limits } from "../domain/limits.ts";
import { nameFault, nameKey } from "../domain/names.ts";
import { isReserved } from "../domain/reserved-names.ts";
import type { CallBody, CallReply } from "../protocol/http.ts";
import { crowded, failure, type Outcome, success } from "../protocol/outcome.ts";
import {
  type Accounts,
  type AccountsDependencies,
  type Caller,
  newLogin,
  passwordFault,
  tooOften,
} from "./accounts.ts";
import { answered } from "./answered.ts";
import { logged } from "./attempts.ts";
import { welcome } from "./calls-of-mail.ts";
import { suspended } from "./suspended.ts";

type Calls = Pick<Accounts, "register" | "login">;

const wrong = () => failure("unauthorized", "The name or the password is wrong.");
const uninvited = () => failure("forbidden", "This server takes new accounts by invite, and this is no good one.");
const nameTaken = () => failure("conflict", "This name is taken.", { path: "username" });

export function callsOfStrangers(on: AccountsDependencies): Calls {
  return {
    register: (body, by) => logged(on, "registration", body, by, register(on, body, by)),
    login: (body, by) => logged(on, "log-in", body, by, logIn(on, body, by)),
  };
}

/** In whose turn a hash is computed: those of one address wait behind each other, whatever names they bring. */
const turnAtName = (name_key: string, address: string): Party => ({ party: `${address} ${name_key}`, group: address });

async function register(
  on: AccountsDependencies,
  { username, password, email, invite }: CallBody<"register">,
  { address }: Caller,
): Promise<Outcome<CallReply<"register">>> {
  const { store, passwords, throttles } = on;
  const registration = on.settings.value("registration");
  if (registration === "closed") return failure("forbidden", "This server takes no new accounts.");
  const name_fault = nameFault(username);
  if (name_fault) return failure("bad_request", name_fault, { path: "username" });
  if (isReserved(username)) return failure("bad_request", "This name is nobody's to take.", { path: "username" });
  const password_fault = passwordFault(password);
  if (password_fault) return failure("bad_request", password_fault, { path: "password" });
  const retry_after_ms = throttles.register_address.take(address);
  if (retry_after_ms > 0) return tooOften(retry_after_ms);
  // Who isn't invited learns nothing of names, and has no hash computed.
  const admission = registration === "invite" ? await invited(on, invite ?? "") : admissionOf(on, null);
  if (!admission) return uninvited();
  const name_key = nameKey(username);
  if (await store.users.byNameKey(name_key)) return nameTaken();
  const password_hash = await passwords.hash(password, turnAtName(name_key, address));
  if (password_hash === null) return crowded();
  const id = on.ids.next();
  const user = { id, name: username, name_key, email: email ?? null, password_hash, created_at: on.clock() };
  const made = await answered<"created" | "name_taken", CallReply<"register">>(
    on.commit,
    nobodys,
    {
      write: () => store.users.create(user, admission),
      answer: (created) => (created === "name_taken" ? nameTaken() : success({ success: true, id, name: username })),
    },
    uninvited,
  );
  if (!made.ok) return made;
  if (email) welcome(on, { id, name: username, email }, address);
  await on.arrivals.welcome(id, admission.server_ids);
  return made;
}

/** How whoever brings the code gets in; null where it lets nobody in. */
async function invited(on: AccountsDependencies, code: string): Promise<Admission | null> {
  const { registrationInvites, invites } = on.store;
  const use = { code, now: on.clock() };
  if (await registrationInvites.isOpen(use)) return admissionOf(on, { ...use, to: "installation" });
  if (on.settings.value("server_invites_admit") === "off") return null;
  const server_id = await invites.admitsTo(code, use.now);
  return server_id === null ? null : admissionOf(on, { ...use, to: "server" }, server_id);
}

/** With this server, new accounts come into those that all come into. */
function admissionOf(on: AccountsDependencies, invite: Admission["invite"], ...server_ids: number[]): Admission {
  return { invite, server_ids: [...new Set([...server_ids, ...on.settings.value("default_servers")])] };
}

async function logIn(
  on: AccountsDependencies,
  { username, password }: CallBody<"login">,
  by: Caller,
): Promise<Outcome<CallReply<"login">>> {
  const { address, token } = by;
  const { passwords, guesses, throttles } = on;
  const name_key = nameKey(username);
  const login = await loginOf(on, token, name_key);
  // What an address is refused mustn't count against the names that it asked for.
  const address_ms = login === null ? throttles.login_address.take(address) : 0;
  if (address_ms > 0) return tooOften(address_ms);
  const find = () => on.store.users.toLogIn(name_key, on.clock() - limits.login_place_age_ms);
  let user = await find();
  const is_known_place = isKnownPlace(on, user, address);
  const guess = await (login === null
    ? guesses.atName(name_key, address, is_known_place)
    : guesses.withLogin(login, name_key));
  if (!guess.ok) return guess;
  const who = turnAtName(name_key, address);
  for (let tried = 0; tried < DECISIONS; tried += 1) {
    const checked = await passwords.check(password, user?.password_hash ?? null, who);
    if (checked === null) return crowded();
    if (!checked.fits || !user) return wrong();
    if (isSuspended(user, on.clock())) return suspended(user);
    const rehashed = checked.is_outdated ? await passwords.hash(password, who) : null;
    const reply = await storeLogin(on, user, rehashed, by);
    if (reply.ok && reply.value) await endOldest(on, user.id);
    if (!reply.ok || reply.value) return reply as Outcome<CallReply<"login">>;
    // The hash that was checked stands no more: of another password, or made anew by another log-in.
    user = await find();
  }
  return crowded();
}

/** The login of a good token of the name's owner: whoever has it isn't held up by those who have none. */
async function loginOf(
  { authenticator }: AccountsDependencies,
  token: string | null | undefined,
  name_key: string,
): Promise<number | null> {
  const claims = token ? await authenticator.claims(token) : null;
  const account = claims && (await authenticator.account(claims));
  return account && nameKey(account.user.name) === name_key ? claims.login : null;
}

function isKnownPlace({ placeOf }: AccountsDependencies, user: LoginCredentials | null, address: string): boolean {
  // A place is worked out for nobody as well.
  const place = placeOf(user?.id ?? 0, address);
  return place !== null && user?.places.includes(place) === true;
}

/** Null where the hash that was checked is no longer the user's. */
async function storeLogin(
  on: AccountsDependencies,
  { id, name, password_hash }: LoginCredentials,
  rehashed: string | null,
  by: Caller,
): Promise<Outcome<CallReply<"login"> | null>> {
  const { login, token } = await newLogin(on, id, by);
  return answered<boolean, CallReply<"login"> | null>(on.commit, nobodys, {
    write: () => on.store.logins.create(login, password_hash, { rehashed, place: on.placeOf(id, by.address) }),
    answer(created) {
      if (created && rehashed !== null) on.passwords.replaced(password_hash);
      return success(created ? { success: true, token, id, name } : null);
    },
  });
}

/** So that nobody's log-ins are endlessly many. What can't be done now, the next one does. */
async function endOldest({ store, commit, actors }: AccountsDependencies, user_id: number): Promise<void> {
  const most = limits.logins_per_user;
  const unsure = () => void actors.tell("presence", "come_again", { user_id });
  try {
    if (!(await store.logins.hasMoreThan(user_id, most))) return;
    await commit(nobodys, {
      unsure,
      write: () => store.logins.endBeyond({ user_id, most, limit: limits.purge_slice }),
      answer: (ended) => actors.tell("presence", "revoke", { user_id, logins: ended }),
    });
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
  }
}
