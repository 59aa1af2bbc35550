// The tokens of webhooks: 256 bits of chance, of which a plain hash is kept.

import { timingSafeEqual } from "node:crypto";
import { API } from "../protocol/call.ts";

export function tokenHash(token: string): string {
  return new Bun.CryptoHasher("sha256").update(token).digest("base64url");
}

/** Whether it is the token of which this hash is kept. */
export function isTokenOf(token: string, hash: string): boolean {
  const [one, other] = [Buffer.from(tokenHash(token)), Buffer.from(hash)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Where programs post to. */
export function webhookPath(id: number, token: string): string {
  return `${API}/webhooks/${id}/${token}`;
}
