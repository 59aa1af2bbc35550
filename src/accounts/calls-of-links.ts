// What the bearer of a link may do: set a password, or make the account of the first administrator. A link goes in the
// transaction that does what it is for. Must not tell links that were used from those that never were.

import { nobodys } from "../actors/commit/commit.ts";
import type { Party } from "../domain/fair-share.ts";
import { nameFault, nameKey } from "../domain/names.ts";
import type { CallBody, CallReply } from "../protocol/http.ts";
import { crowded, failure, type Outcome, success } from "../protocol/outcome.ts";
import { type Accounts, type AccountsDependencies, type Caller, passwordFault, tooOften } from "./accounts.ts";
import { answered } from "./answered.ts";
import { logged } from "./attempts.ts";
import { linkHash } from "./link-tokens.ts";
import { onceHeard } from "./once-heard.ts";

type Calls = Pick<Accounts, "reset_password" | "setup">;

const spent = () => failure("forbidden", "This link is good no more: ask for a new one.");

export function callsOfLinks(on: AccountsDependencies): Calls {
  return {
    reset_password: (body, by) => resetPassword(on, body, by),
    setup: (body, by) => logged(on, "registration", body, by, setUp(on, body, by)),
  };
}

const turnAt = (address: string): Party => ({ party: `${address} link`, group: address });

async function resetPassword(
  on: AccountsDependencies,
  { token, password }: CallBody<"reset_password">,
  { address }: Caller,
): Promise<Outcome<CallReply<"reset_password">>> {
  const { store, passwords, actors } = on;
  const token_hash = linkHash(token);
  const may = await mayUse(on, token_hash, "reset", password, address);
  if (!may.ok) return may;
  const { user_id } = may.value;
  if (user_id === null) return spent();
  const password_hash = await passwords.hash(password, turnAt(address));
  if (password_hash === null) return crowded();
  const reset = answered<true, CallReply<"reset_password">>(
    on.commit,
    { end: () => void actors.tell("presence", "come_again", { user_id }) },
    {
      write: () => store.logins.resetPassword({ user_id, token_hash, password_hash, now: on.clock() }),
      answer: () => success({ success: true as const }),
      tell: () => void actors.tell("presence", "revoke", { user_id, logins: null }),
    },
    spent,
  );
  return onceHeard(on, reset);
}

async function setUp(
  on: AccountsDependencies,
  { token, username, password }: CallBody<"setup">,
  { address }: Caller,
): Promise<Outcome<CallReply<"setup">>> {
  const { store, passwords } = on;
  const name_fault = nameFault(username);
  if (name_fault) return failure("bad_request", name_fault, { path: "username" });
  const token_hash = linkHash(token);
  const may = await mayUse(on, token_hash, "setup", password, address);
  if (!may.ok) return may;
  const password_hash = await passwords.hash(password, turnAt(address));
  if (password_hash === null) return crowded();
  const [id, now] = [on.ids.next(), on.clock()];
  const user = { id, name: username, name_key: nameKey(username), email: null, password_hash, created_at: now };
  const server_ids = on.settings.value("default_servers");
  const made = await answered<"created" | "name_taken", CallReply<"setup">>(
    on.commit,
    nobodys,
    {
      write() {
        const made = store.standing.asFirstAdmin(store.users.create(user, { invite: null, server_ids }), {
          ...{ user_id: id, now, token_hash },
        });
        const entry = { id: on.ids.next(), type: "user.admin", door: "http" as const, actor_id: id, user_id: id };
        const noted = store.operations.entry({ ...entry, details: { admin: true }, created_at: now, tells: false });
        return { ...made, job: [...made.job, noted] };
      },
      answer: (created) =>
        created === "name_taken"
          ? failure("conflict", "This name is taken.", { path: "username" })
          : success({ success: true as const, id, name: username }),
    },
    spent,
  );
  if (made.ok) await on.arrivals.welcome(id, server_ids);
  return made;
}

/** The link, where it is good and the password may be one. */
async function mayUse(
  { store, throttles, clock }: AccountsDependencies,
  token_hash: string,
  purpose: "reset" | "setup",
  password: string,
  address: string,
): Promise<Outcome<{ user_id: number | null }>> {
  const password_fault = passwordFault(password);
  if (password_fault) return failure("bad_request", password_fault, { path: "password" });
  const retry_after_ms = throttles.login_address.take(address);
  if (retry_after_ms > 0) return tooOften(retry_after_ms);
  const link = await store.links.find({ token_hash, purpose, now: clock() });
  return link ? success(link) : spent();
}
