// Password hashes: argon2id, computed off the event loop, a few at a time, each in the turn of whoever asks for it.

import type { FairShare, Party } from "../domain/fair-share.ts";

export interface Passwords {
  /** How the hashes begin that are computed now. */
  readonly parameters: string;
  /** The hash, or null when too many wait already. */
  hash(password: string, who: Party): Promise<string | null>;
  /** Whether the password fits the hash. Null when too many wait already. */
  verify(password: string, hash: string, who: Party): Promise<boolean | null>;
}

const PASSES = 2;
const nothing = () => null;

/** `memory_kib` is argon2id's memory for one hash. */
export function createPasswords(memory_kib: number, places: Pick<FairShare, "run">): Passwords {
  const parameters = { algorithm: "argon2id", memoryCost: memory_kib, timeCost: PASSES } as const;
  return {
    parameters: `$argon2id$v=19$m=${memory_kib},t=${PASSES},p=1$`,
    hash: (password, who) => places.run<string | null>(who, () => Bun.password.hash(password, parameters), nothing),
    verify: (password, hash, who) =>
      places.run<boolean | null>(who, () => Bun.password.verify(password, hash), nothing),
  };
}
