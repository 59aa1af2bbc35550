// The tokens of links: 256 bits of chance, so that a plain hash is enough to keep them by. The token itself is in the
// link alone and stands behind the `#`, which no browser sends to anybody.

import type { Link } from "../db/queries/links.ts";
import { randomText } from "../db/upkeep/kept-texts.ts";
import { limits } from "../domain/limits.ts";

/** A link that is still to be stored, and its token. */
export function newLink<User extends number | null>(
  { purpose, user_id, email = null }: { purpose: Link["purpose"]; user_id: User; email?: string | null },
  now_ms: number,
): { link: Link & { user_id: User }; token: string } {
  const token = randomText();
  const times = { created_at: now_ms, expires_at: now_ms + limits.link_age_ms };
  return { link: { token_hash: linkHash(token), purpose, user_id, email, ...times }, token };
}

/** What is kept of a link's token. */
export function linkHash(token: string): string {
  return new Bun.CryptoHasher("sha256").update(token).digest("base64url");
}

/** The link as somebody opens it; without a public URL it is a path, for a page of the server's own. */
export function linkUrl(purpose: Link["purpose"], token: string, public_url: string | null): string {
  return `${public_url ?? ""}/${purpose}#${token}`;
}
