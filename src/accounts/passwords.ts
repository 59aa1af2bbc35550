// Password hashes: argon2id, computed off the event loop, a few at a time. Checking a password of nobody costs what
// checking a wrong one costs.

import pLimit from "p-limit";
import { limits } from "../domain/limits.ts";

export interface Passwords {
  /** The hash, or null when too many wait already. */
  hash(password: string): Promise<string | null>;
  /** Whether the password fits; `hash` null stands for a user who doesn't exist. Null when too many wait already. */
  verify(password: string, hash: string | null): Promise<boolean | null>;
}

/** `memory_kib` is argon2id's memory for one hash. */
export function createPasswords(memory_kib: number): Passwords {
  const parameters = { algorithm: "argon2id", memoryCost: memory_kib, timeCost: 2 } as const;
  const limit = pLimit(limits.password_jobs);
  const full = () => limit.pendingCount >= limits.password_queue;
  let nobodys: Promise<string> | undefined;
  const nobodysHash = () => {
    nobodys ??= Bun.password.hash(crypto.randomUUID(), parameters);
    return nobodys;
  };

  return {
    async hash(password) {
      return full() ? null : limit(() => Bun.password.hash(password, parameters));
    },
    async verify(password, hash) {
      if (full()) return null;
      const standing = hash ?? (await nobodysHash());
      const fits = await limit(() => Bun.password.verify(password, standing));
      return fits && hash !== null;
    },
  };
}
