// The calls about a server's webhooks. An address is handed on to whoever asked for it, and kept nowhere.

import type { Webhook } from "../../protocol/community/webhooks.ts";
import { client } from "./cache.ts";

interface Looks {
  channel_id: number;
  name: string;
  mentions?: boolean;
}

/** Null for a new one. */
export async function saveWebhook(id: number | null, looks: Looks): Promise<Webhook | null> {
  if (id !== null) return changeWebhook(id, looks);
  return (await client.value?.ask("add_webhook", looks))?.webhook ?? null;
}

export async function changeWebhook(
  webhook_id: number,
  changes: Partial<Looks> & { profile_pic?: string | null },
): Promise<Webhook | null> {
  return (await client.value?.ask("update_webhook", { webhook_id, changes }))?.webhook ?? null;
}

export async function rotateWebhook(webhook_id: number): Promise<Webhook | null> {
  return (await client.value?.ask("update_webhook", { webhook_id, rotate: true }))?.webhook ?? null;
}

export const endWebhook = async (webhook_id: number) => client.value?.ask("delete_webhook", { webhook_id });
