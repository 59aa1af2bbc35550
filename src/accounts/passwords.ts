// Password hashes: argon2id, computed off the event loop, a few at a time.

import pLimit from "p-limit";
import { limits } from "../domain/limits.ts";

export interface Passwords {
  /** How the hashes begin that are computed now. */
  readonly parameters: string;
  /** The hash, or null when too many wait already. */
  hash(password: string): Promise<string | null>;
  /** Whether the password fits the hash. Null when too many wait already. */
  verify(password: string, hash: string): Promise<boolean | null>;
}

const PASSES = 2;

/** `memory_kib` is argon2id's memory for one hash. */
export function createPasswords(memory_kib: number): Passwords {
  const parameters = { algorithm: "argon2id", memoryCost: memory_kib, timeCost: PASSES } as const;
  const limit = pLimit(limits.password_jobs);
  const full = () => limit.pendingCount >= limits.password_queue;

  return {
    parameters: `$argon2id$v=19$m=${memory_kib},t=${PASSES},p=1$`,
    async hash(password) {
      return full() ? null : limit(() => Bun.password.hash(password, parameters));
    },
    async verify(password, hash) {
      return full() ? null : limit(() => Bun.password.verify(password, hash));
    },
  };
}
