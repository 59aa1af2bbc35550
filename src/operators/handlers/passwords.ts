// What the operations do that make accounts and set passwords. At the machine a password is given; over HTTP only a link
// is, by which the account's owner sets one themselves.

import { passwordFault } from "../../accounts/accounts.ts";
import { linkUrl, newLink } from "../../accounts/link-tokens.ts";
import { onceHeard } from "../../accounts/once-heard.ts";
import type { Write } from "../../db/engine/write.ts";
import { nameFault, nameKey } from "../../domain/names.ts";
import { crowded, failure, type Outcome, success } from "../../protocol/outcome.ts";
import { carryOut } from "../audit.ts";
import type { Input, OperationHandlers, Output } from "../catalogue.ts";
import type { Operator } from "../operation.ts";
import { refusedToBots } from "../refusals.ts";
import type { OperatorServices } from "../services.ts";

export function passwordHandlers(on: OperatorServices): OperationHandlers<"user.add" | "user.password"> {
  return {
    "user.add": (input, by) => add(on, input, by),
    async "user.password"({ user_id, link, new_password }, by) {
      const refused = await refusedToBots(on, user_id);
      if (refused) return refused;
      return link ? giveLink(on, user_id, by) : setPassword(on, user_id, new_password, by);
    },
  };
}

async function add(
  on: OperatorServices,
  { name, email, admin = false, link: by_link, new_password }: Input<"user.add">,
  by: Operator,
): Promise<Outcome<Output<"user.add">>> {
  const { store, clock } = on;
  const name_fault = nameFault(name);
  if (name_fault) return failure("bad_request", name_fault, { path: "name" });
  const hashed = by_link ? success(null) : await hashOf(on, new_password);
  if (!hashed.ok) return hashed;
  const [id, now] = [on.ids.next(), clock()];
  const user = { id, name, name_key: nameKey(name), email: email ?? null, created_at: now };
  const { link, token } = newLink({ purpose: "reset", user_id: id }, now);
  const url = by_link ? linkUrl("reset", token, on.public_url) : null;
  const server_ids = on.settings.value("default_servers");
  const made = await carryOut<"created" | "name_taken", Output<"user.add">>(
    on,
    { type: "user.add", by, user_id: id, details: { admin } },
    {
      write: () =>
        together(
          store.users.create({ ...user, password_hash: hashed.value }, { invite: null, server_ids }),
          ...(admin ? [store.standing.setAdmin({ user_id: id, since: now, now, keeps_one: false })] : []),
          ...(by_link ? [store.links.create(link)] : []),
        ),
      answer: (created) =>
        created === "name_taken"
          ? failure("conflict", "This name is taken.", { path: "name" })
          : success({ user: { id, name }, link: url }),
    },
  );
  if (made.ok) await on.accounts.arrivals.welcome(id, server_ids);
  return made;
}

async function giveLink(
  on: OperatorServices,
  user_id: number,
  by: Operator,
): Promise<Outcome<Output<"user.password">>> {
  const { link, token } = newLink({ purpose: "reset", user_id }, on.clock());
  const url = linkUrl("reset", token, on.public_url);
  return carryOut(
    on,
    { type: "user.password", by, user_id, details: { link: true } },
    {
      write: () => on.store.standing.ofLiving(user_id, on.store.links.create(link)),
      answer: () => success({ link: url }),
    },
  );
}

async function setPassword(
  on: OperatorServices,
  user_id: number,
  new_password: string | undefined,
  by: Operator,
): Promise<Outcome<Output<"user.password">>> {
  const hashed = await hashOf(on, new_password);
  if (!hashed.ok) return hashed;
  const set = carryOut<true, Output<"user.password">>(
    on,
    { type: "user.password", by, user_id, details: { link: false } },
    {
      write: () => on.store.logins.overwritePassword({ user_id, password_hash: hashed.value }),
      answer: () => success({ link: null }),
      tell: () => void on.actors.tell("presence", "revoke", { user_id, logins: null }),
    },
  );
  return onceHeard(on, set);
}

const at_machine = { party: "operators", group: "operators" };

async function hashOf(on: OperatorServices, password: string | undefined): Promise<Outcome<string>> {
  if (password === undefined) return failure("bad_request", "'new_password' is missing.", { path: "new_password" });
  const fault = passwordFault(password);
  if (fault) return failure("bad_request", fault, { path: "new_password" });
  const hash = await on.accounts.passwords.hash(password, at_machine);
  return hash === null ? crowded() : success(hash);
}

/** The first write, with what the others do in the same job after it. */
function together<Stored>(first: Write<Stored>, ...others: Write<unknown>[]): Write<Stored> {
  return { ...first, job: [...first.job, ...others.flatMap(({ job }) => job)] };
}
