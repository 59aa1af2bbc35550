// Webhooks as programs use them: an id and a token, and something to say. Who has no right token learns nothing.

import type { Store } from "../db/store.ts";
import type { Said } from "../domain/webhooks/said.ts";
import type { Message } from "../protocol/community/entities.ts";
import type { Outcome } from "../protocol/outcome.ts";
import type { Actors } from "./calls.ts";
import { isTokenOf } from "./webhook-tokens.ts";

export interface WebhooksDependencies {
  store: Pick<Store, "webhooks">;
  actors: Pick<Actors, "request">;
}

export interface Speaking {
  said: Said;
  nonce: string | null;
  /** Another picture than an upload is refused, and not passed over. */
  is_strict: boolean;
}

export interface FoundWebhook {
  id: number;
  server_id: number;
}

export type Webhooks = ReturnType<typeof createWebhooks>;

export function createWebhooks({ store, actors }: WebhooksDependencies) {
  return {
    /** Null where there is no such webhook, or the token is another. */
    async find(id: number, token: string): Promise<FoundWebhook | null> {
      const found = await store.webhooks.find(id);
      return found && isTokenOf(token, found.token_hash) ? { id, server_id: found.server_id } : null;
    },

    /** Has it said; `rate_limited` where the webhook says too much. */
    say({ id, server_id }: FoundWebhook, speaking: Speaking): Promise<Outcome<{ message: Message }>> {
      return actors.request(`room:${server_id}`, "post", { webhook_id: id, ...speaking });
    },
  };
}
