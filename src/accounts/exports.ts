// A person's own words as a zip that is made while it is sent: what is cut off lacks the list at its end, and is no zip.
// One at a time for each person, and few at once; who sits at the machine waits for none of them.

import type { Party } from "../domain/fair-share.ts";
import { limits } from "../domain/limits.ts";
import type { Pools } from "../domain/pools.ts";
import { crowded, failure, type Outcome, success } from "../protocol/outcome.ts";
import { type OwnWordsDependencies, ownFiles } from "./own-words.ts";

export type ExportsDependencies = OwnWordsDependencies & { pools: Pick<Pools, "exports">; monotonic(): number };

export interface Exported {
  /** The file's name. */
  name: string;
  zip: ReadableStream<Uint8Array>;
}

/** Who it is for, who waits for a place to have it, and whether they may still. */
export interface ExportOf {
  user_id: number;
  /** Null: nobody is waited for. */
  who: Party | null;
  isAllowed(): Promise<boolean>;
}

export type Exports = ReturnType<typeof createExports>;

export function createExports(on: ExportsDependencies) {
  return {
    /** `not_found` where there is no such account; `unavailable` where too many are under way. */
    async open({ user_id, who, isAllowed }: ExportOf): Promise<Outcome<Exported>> {
      // Loaded when it is wanted: it makes a table first, in a loop that would have all that starts with it compiled.
      const { makeZip } = await import("client-zip");
      if (!(await on.store.users.byId(user_id))) return failure("not_found", "There is no such account.");
      const leave = who === null ? () => {} : await placeFor(on, who);
      if (!leave) return crowded();
      const until_ms = on.monotonic() + limits.export_deadline_ms;
      const goOn = async () => {
        if (on.monotonic() > until_ms) throw new Error("an export took too long");
        if (!(await isAllowed())) throw new Error("who asked for an export may have it no more");
      };
      const zip = makeZip(ownFiles(on, user_id, goOn));
      return success({ name: `orchard-${user_id}.zip`, zip: leaving(zip, leave) });
    },
  };
}

/** The same stream; calls `leave` when it has ended, however it did. */
function leaving(zip: ReadableStream<Uint8Array>, leave: () => void): ReadableStream<Uint8Array> {
  const reader = zip.getReader();
  return new ReadableStream(
    {
      async pull(controller) {
        const next = await reader.read().catch((error) => {
          leave();
          throw error;
        });
        if (!next.done) return controller.enqueue(next.value);
        leave();
        controller.close();
      },
      async cancel(reason) {
        leave();
        // It is ended by the reason, which is thrown into it and comes out of it again.
        await reader.cancel(reason).catch(() => {});
      },
    },
    // Nothing is made before it is wanted.
    { highWaterMark: 0 },
  );
}

/** What gives the place back, which is given back in any case after a while; null where there is none to be had. */
function placeFor({ pools }: ExportsDependencies, who: Party): Promise<(() => void) | null> {
  return new Promise((resolve) => {
    const { promise, resolve: leave } = Promise.withResolvers<void>();
    const hold = () => {
      const late = setTimeout(leave, limits.export_deadline_ms);
      resolve(leave);
      return promise.finally(() => clearTimeout(late));
    };
    void pools.exports.run(who, hold, () => resolve(null));
  });
}
