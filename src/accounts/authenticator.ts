// Who a token belongs to: the signature says that it is ours, or of a bot's the hash that is kept; the login's row says
// that it is still good. A bot's is good as long as its owner may log in.

import type { Account, Authenticator, Claims } from "../actors/session/authenticator.ts";
import type { LoginRow } from "../db/queries/logins.ts";
import { whenThere } from "../domain/when-there.ts";
import type { AccountsDependencies } from "./accounts.ts";
import { botClaims, isBotToken } from "./bot-tokens.ts";
import type { LoginUse } from "./login-use.ts";

type AuthenticatorDependencies = Pick<AccountsDependencies, "store" | "tokens" | "clock"> & { use: LoginUse };

export function createAuthenticator({ store, tokens, clock, use }: AuthenticatorDependencies): Authenticator {
  /** The account that was found by the claims; null where the login is no longer good. Notes that it is used. */
  function accountIn(found: LoginRow | null, { user_id, login }: Claims): Account | null | Promise<Account | null> {
    if (found?.user_id !== user_id || found.expires_at <= clock()) return null;
    const used = () => {
      use.used(login, found.used_at);
      return accountOf(found);
    };
    const { bot_owner_id } = found.user;
    if (bot_owner_id === null) return used();
    return store.bots.ownerStands(bot_owner_id, clock()).then((stands) => (stands ? used() : null));
  }
  return {
    signed: (token) => (isBotToken(token) ? undefined : tokens.verify(token)),
    claims: async (token) => (isBotToken(token) ? botClaims(store, token) : tokens.verify(token)),
    account: async (claims) => accountIn(await store.logins.find(claims.login), claims),
    async arrival(claims) {
      const found = await store.logins.findArriving(claims.login);
      return whenThere(accountIn(found, claims), (account) => {
        return found && account && { account, relations: found.relations };
      });
    },
  };
}

function accountOf({ user, self_seq, expires_at, admin_since }: LoginRow): Account {
  const { id, name, email, profile_pic, bio, status, custom_status, dms, created_at, last_online, seq } = user;
  const created_date = new Date(created_at).toISOString();
  return {
    user: {
      ...{ id, name, email, profile_pic, bio, status, custom_status, dms, created_date },
      ...(user.bot_owner_id !== null && { bot: true as const }),
    },
    person: { id, name, status, last_online },
    profile_seq: seq,
    self_seq,
    owner_id: user.bot_owner_id,
    expires_ms: expires_at,
    is_admin: admin_since !== null,
  };
}
