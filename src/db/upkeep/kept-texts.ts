// Random texts that are made at the first start and kept in the database: its epoch, and the secret that signs tokens.
// One that is taken out, as a restore does with the epoch, is made anew at the next start.

import { performed } from "../engine/write.ts";
import type { Store } from "../store.ts";

const RANDOM_BYTES = 32;

/** The text that is kept under the key; made now where there is none. */
export async function keptText({ settings, writer }: Pick<Store, "settings" | "writer">, key: string): Promise<string> {
  // Read first, so that the usual start writes nothing.
  return (await settings.get(key)) ?? performed(writer.perform, settings.putIfAbsent(key, randomText()));
}

/** 256 bits of chance, in Base64 for URLs. */
export function randomText(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES))).toString("base64url");
}
