// Chance that is given to the whole process, and secrets that cost nothing: what the server takes from the system comes
// from the seed, and signs and hashes at once, so that nothing happens outside of the virtual time.

import { createHmac } from "node:crypto";
import { type Random, seededRandom } from "../harness/random.ts";

let current: Random = seededRandom(0);

/** From now on the globals ask this one. */
export function useChance(random: Random): void {
  current = random;
}

const byte = () => current.whole(0, 255);
const HEX = 16;

/** Takes the place of chance for the whole process, for good. */
export function replaceChance(): void {
  Math.random = () => current.next();
  const getRandomValues = <Values extends ArrayBufferView | null>(values: Values): Values => {
    if (values instanceof Uint8Array) for (let at = 0; at < values.length; at += 1) values[at] = byte();
    return values;
  };
  const randomUUID = () => {
    const digits = (count: number) =>
      Array.from({ length: count }, () => current.whole(0, HEX - 1).toString(HEX)).join("");
    return `${digits(8)}-${digits(4)}-4${digits(3)}-a${digits(3)}-${digits(12)}`;
  };
  Object.assign(crypto, { getRandomValues, randomUUID });
  replaceSecrets();
}

interface SimulatedKey {
  secret: Uint8Array;
}

/** Tokens are signed as ever, but in the turn in which that is asked for; a password is its own hash. */
function replaceSecrets(): void {
  const algorithm = { name: "HMAC", hash: { name: "SHA-256" } };
  const signed = ({ secret }: SimulatedKey, data: Uint8Array) =>
    new Uint8Array(createHmac("sha256", secret).update(data).digest()).buffer;
  Object.assign(crypto.subtle, {
    importKey: async (
      _format: string,
      secret: Uint8Array,
      _algorithm: unknown,
      extractable: boolean,
      usages: string[],
    ) => ({
      [Symbol.toStringTag]: "CryptoKey",
      ...{ type: "secret", algorithm, extractable, usages, secret },
    }),
    sign: async (_algorithm: unknown, key: SimulatedKey, data: Uint8Array) => signed(key, data),
    verify: async (_algorithm: unknown, key: SimulatedKey, signature: Uint8Array, data: Uint8Array) =>
      Buffer.from(signed(key, data)).equals(Buffer.from(signature)),
  });
  Object.assign(Bun.password, {
    hash: async (password: string) => `hash of ${password}`,
    verify: async (password: string, hash: string) => hash === `hash of ${password}`,
  });
}
