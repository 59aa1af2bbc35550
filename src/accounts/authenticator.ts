// Who a token belongs to: the signature says that it is ours, or of a bot's the hash that is kept; the login's row says
// that it is still good. A bot's is good as long as its owner may log in.

import type { Authenticator } from "../actors/session/authenticator.ts";
import type { AccountsDependencies } from "./accounts.ts";
import { botClaims } from "./bot-tokens.ts";
import type { LoginUse } from "./login-use.ts";

type AuthenticatorDependencies = Pick<AccountsDependencies, "store" | "tokens" | "clock"> & { use: LoginUse };

export function createAuthenticator({ store, tokens, clock, use }: AuthenticatorDependencies): Authenticator {
  return {
    claims: async (token) => (await botClaims(store, token)) ?? tokens.verify(token),

    async account({ user_id, login }) {
      const found = await store.logins.find(login);
      if (found?.user_id !== user_id || found.expires_at <= clock()) return null;
      const { bot_owner_id } = found.user;
      const is_bot = bot_owner_id !== null;
      if (is_bot && !(await store.bots.ownerStands(bot_owner_id, clock()))) return null;
      use.used(login, found.used_at);
      const { id, name, email, profile_pic, bio, status, custom_status, dms, created_at, last_online, seq } =
        found.user;
      const created_date = new Date(created_at).toISOString();
      return {
        user: {
          ...{ id, name, email, profile_pic, bio, status, custom_status, dms, created_date },
          ...(is_bot && { bot: true as const }),
        },
        person: { id, name, status, last_online },
        profile_seq: seq,
        self_seq: found.self_seq,
        owner_id: bot_owner_id,
        expires_ms: found.expires_at,
        is_admin: found.admin_since !== null,
      };
    },
  };
}
