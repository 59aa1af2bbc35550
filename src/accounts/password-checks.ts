// Whether a password is a user's, at a cost that doesn't tell whether there is such a user: each wrong one, of whatever
// name, is tried once with each of a few sets of parameters, those of the stored hashes that take about as much as the
// present one. A password is the same in all normal forms. Must not compute hashes itself, nor keep any.

import type { Party } from "../domain/fair-share.ts";
import { limits } from "../domain/limits.ts";
import { normalized } from "../domain/normal-form.ts";
import type { Passwords } from "./passwords.ts";

export interface PasswordChecks {
  /** Whether it fits the hash; null stands for a user who doesn't exist. Null when too many wait already. */
  check(password: string, hash: string | null, who: Party): Promise<Checked | null>;
  /** The hash to be stored, or null when too many wait already. */
  hash(password: string, who: Party): Promise<string | null>;
  /** A hash that was stored is no more. */
  replaced(hash: string | null): void;
}

export interface Checked {
  fits: boolean;
  /** It fits, but the hash has parameters of former days, or is of the password in another form. */
  is_outdated: boolean;
}

const wrong: Checked = { fits: false, is_outdated: false };

/** What a hash of ours begins with. */
const PARAMETERS = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$$/;

/** `storedParameters` looks up what the stored hashes begin with; it is asked now, and as hashes of former days go. */
export async function createPasswordChecks(
  passwords: Passwords,
  storedParameters: () => Promise<string[]>,
): Promise<PasswordChecks> {
  const present = passwords.parameters;
  let decoys = new Map<string, string>();
  const look = async (): Promise<void> => {
    const stored = (await storedParameters()).filter((parameters) => PARAMETERS.test(parameters));
    const tried = [...new Set([present, ...stored])].sort(byDistanceFrom(present)).slice(0, limits.password_parameters);
    decoys = new Map(tried.map((parameters) => [parameters, decoyOf(parameters)]));
  };
  let looked = look();
  await looked;

  /** The hashes that a password is tried with: the user's, and a decoy of each other set of parameters. */
  function hashesToTry(hash: string | null): string[] {
    if (hash === null) return [...decoys.values()];
    // A hash whose parameters aren't tried for others stands in for the one that takes most nearly as much.
    const [instead] = [...decoys.keys()].sort(byDistanceFrom(parametersOf(hash)));
    return [hash, ...[...decoys].filter(([parameters]) => parameters !== instead).map(([, decoy]) => decoy)];
  }

  return {
    async check(password, hash, who) {
      await looked;
      const tried = hashesToTry(hash);
      const kept = keptForm(password);
      for (const form of new Set([kept, password])) {
        for (const one of tried) {
          const fits = await passwords.verify(form, one, who);
          if (fits === null) return null;
          if (fits && one === hash) return { fits, is_outdated: form !== kept || parametersOf(hash) !== present };
        }
      }
      return wrong;
    },
    hash: (password, who) => passwords.hash(keptForm(password), who),
    replaced(hash) {
      // Where it can't be looked up, a password is tried once too often until it can.
      if (hash !== null && parametersOf(hash) !== present) looked = look().catch(() => {});
    },
  };
}

/** The form in which a password is hashed and counted, that of PRECIS (RFC 8265, OpaqueString). */
export function keptForm(password: string): string {
  return normalized(password.replace(/\p{Zs}/gu, " "), "NFC");
}

/** What stands before the salt. */
function parametersOf(hash: string): string {
  return `${hash.split("$").slice(0, 4).join("$")}$`;
}

/** Sorts parameters by how much more or less they take than these, themselves first. */
function byDistanceFrom(parameters: string): (one: string, other: string) => number {
  const distance = (other: string) => Math.abs(Math.log(workOf(other) / workOf(parameters)));
  return (one, other) => distance(one) - distance(other);
}

/** What a hash takes, in KiB gone through; of a hash that isn't ours nobody knows. */
function workOf(parameters: string): number {
  const [, memory_kib = 1, passes = 1] = PARAMETERS.exec(parameters) ?? [];
  return Number(memory_kib) * Number(passes);
}

/** A hash of no password: to try one with it takes what it takes with any of these parameters. */
function decoyOf(parameters: string): string {
  const random = () =>
    Buffer.from(crypto.getRandomValues(new Uint8Array(32)))
      .toString("base64")
      .replace(/=+$/, "");
  return `${parameters}${random()}$${random()}`;
}
