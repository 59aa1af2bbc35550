// Who had what done. The entry of an operation is part of the job that changes the database: neither is stored without
// the other. An administrator's right is made sure of in the same job. Whom it concerns is told, on their own topic.
// Must not be given what was said, or is secret: ids, and values of settings.

import { type AnsweredChange, answered } from "../accounts/answered.ts";
import { DECISIONS, nobodys, type Owner } from "../actors/commit/commit.ts";
import type { Write } from "../db/engine/write.ts";
import type { NewEntry } from "../db/queries/operations.ts";
import { crowded, failure, type Outcome, success } from "../protocol/outcome.ts";
import { findOperation, type OperationName } from "./catalogue.ts";
import type { Operator } from "./operation.ts";
import { amongAdmins, isAnotherAdmins, missing } from "./refusals.ts";
import type { OperatorServices } from "./services.ts";

export interface Done {
  type: OperationName;
  by: Operator;
  /** Whom it concerns; absent where it is nobody in particular. */
  user_id?: number | null;
  /** A function where it depends on what the change was decided by. */
  details?: NewEntry["details"] | (() => NewEntry["details"]);
}

type Refusal = ReturnType<typeof failure>;
type Auditing = Pick<OperatorServices, "store" | "ids" | "clock">;
/** What `commit` is given. */
type OperationChange<Stored, Value> = AnsweredChange<Stored, Value>;

/**
 * Makes the change with its entry, and tells whom it concerns. `refusal` says why it was stale, which may be no longer so:
 * then it comes to null and is tried again.
 */
export async function carryOut<Stored, Value>(
  on: Auditing & Pick<OperatorServices, "commit" | "actors">,
  done: Done,
  change: OperationChange<Stored, Value>,
  refusal: () => Promise<Outcome<Value> | null> = async () => null,
): Promise<Outcome<Value>> {
  for (let tried = 0; tried < DECISIONS; tried += 1) {
    const outcome = await answered<Stored, Value | null>(
      on.commit,
      ownerOf(on, done),
      {
        ...change,
        write: (seq) => audited(on, done, change.write(seq)),
        tell(stored, seq) {
          change.tell?.(stored, seq);
          if (tells(done)) on.actors.tell("presence", "catch_up", { user_ids: [done.user_id ?? 0] });
        },
      },
      async () => (await lacking(on, done)) ?? (await refusal()) ?? success(null),
    );
    if (!outcome.ok || outcome.value !== null) return outcome as Outcome<Value>;
  }
  return crowded();
}

/** Where nobody can tell what was done, the sockets of whom it concerns come again, and are let in or not. */
function ownerOf({ actors }: Pick<OperatorServices, "actors">, { user_id = null }: Done): Owner {
  return user_id === null ? nobodys : { end: () => void actors.tell("presence", "come_again", { user_id }) };
}

/**
 * The write, with what makes sure of an administrator's right before its job, and the entry at its end: whether that is
 * there says whether it was done.
 */
export function audited<Stored>(on: Auditing, done: Done, write: Write<Stored>): Write<Stored> {
  const { by, user_id = null } = done;
  const { operations } = on.store;
  const entry = entryOf(on, done);
  const right =
    by.door === "http" ? [operations.mayAct({ actor_id: by.id, login: by.login, now: on.clock(), user_id })] : [];
  return {
    ...write,
    job: [...right, ...write.job, operations.entry(entry)],
    stored: (results) => write.stored(results.slice(right.length)),
    find: async () => ((await operations.has(entry.id)) ? write.find() : null),
  };
}

function entryOf({ ids, clock }: Auditing, done: Done): NewEntry {
  const { type, by, user_id = null } = done;
  const details = typeof done.details === "function" ? done.details() : (done.details ?? {});
  const actor_id = by.door === "http" ? by.id : null;
  const entry = { id: ids.next(), type, door: by.door, actor_id, user_id, details, created_at: clock() };
  return { ...entry, tells: tells(done) };
}

/** Nobody is told what they did themselves. */
function tells({ type, by, user_id = null }: Done): boolean {
  const is_own = by.door === "http" && by.id === user_id;
  return findOperation(type)?.tells === true && user_id !== null && !is_own;
}

/** What every operation is refused with, as things stand now: who acts may not, or whom it concerns isn't there. */
async function lacking({ store }: Auditing, { by, user_id = null }: Done): Promise<Refusal | null> {
  const actor = by.door === "http" ? await store.logins.find(by.login) : null;
  const concerned = user_id === null ? null : await store.people.byId(user_id);
  if (by.door === "http" && actor?.admin_since == null) return failure("unknown_type", "There is no such call.");
  if (user_id !== null && !concerned) return missing("user", user_id);
  if (by.door === "http" && concerned && (await isAnotherAdmins(store, concerned, by.id))) return amongAdmins();
  return null;
}
