// Who a token belongs to: the signature says that it is ours, the login's row that it is still good.

import type { Authenticator } from "../actors/session/authenticator.ts";
import type { AccountsDependencies } from "./accounts.ts";
import type { LoginUse } from "./login-use.ts";

type AuthenticatorDependencies = Pick<AccountsDependencies, "store" | "tokens" | "clock"> & { use: LoginUse };

export function createAuthenticator({ store, tokens, clock, use }: AuthenticatorDependencies): Authenticator {
  return {
    claims: (token) => tokens.verify(token),

    async account({ user_id, login }) {
      const found = await store.logins.find(login);
      if (found?.user_id !== user_id || found.expires_at <= clock()) return null;
      use.used(login, found.used_at);
      const { id, name, email, profile_pic, bio, status, custom_status, dms, created_at, last_online, seq } =
        found.user;
      const created_date = new Date(created_at).toISOString();
      return {
        user: { id, name, email, profile_pic, bio, status, custom_status, dms, created_date },
        person: { id, name, status, last_online },
        profile_seq: seq,
        self_seq: found.self_seq,
        expires_ms: found.expires_at,
        is_admin: found.admin_since !== null,
      };
    },
  };
}
