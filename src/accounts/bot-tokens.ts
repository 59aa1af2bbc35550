// The tokens of bots: the id of a log-in and 256 bits of chance, of which a plain hash is kept. No secret signs them, so
// that they outlive a change of it.

import type { Claims } from "../actors/session/authenticator.ts";
import { isTokenOf, tokenHash } from "../actors/webhook-tokens.ts";
import type { BotToken } from "../db/queries/bots.ts";
import type { Store } from "../db/store.ts";
import { randomText } from "../db/upkeep/kept-texts.ts";

const FORM = /^bot\.([1-9]\d{0,15})\.([\w-]{43})$/;

/** A new one, as it is shown, and as it is kept. */
export function newBotToken(login: number): { token: string; kept: BotToken } {
  const secret = randomText();
  return { token: `bot.${login}.${secret}`, kept: { login, token_hash: tokenHash(secret) } };
}

/** Whether a bot's is all that the token can be. */
export const isBotToken = (token: string) => token.startsWith("bot.");

/** What the token of a bot says; null where it is none, or no more. */
export async function botClaims({ bots }: Pick<Store, "bots">, token: string): Promise<Claims | null> {
  const [, id, secret] = FORM.exec(token) ?? [];
  const login = Number(id);
  if (secret === undefined || !Number.isSafeInteger(login)) return null;
  const kept = await bots.token(login);
  return kept && isTokenOf(secret, kept.token_hash) ? { user_id: kept.user_id, login, is_bot: true } : null;
}
