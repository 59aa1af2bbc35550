// Timeouts: a member who may say nothing for a while, wherever they may say something. Pure.

import type { Rule } from "./permissions.ts";

/** What they may not do, whatever roles and overwrites say. They read on. */
export const silenced_rules: ReadonlySet<Rule> = new Set<Rule>([
  "send_messages",
  "attach_files",
  "add_reactions",
  "mention_everyone",
  // A webhook speaks for who makes it.
  "manage_webhooks",
]);

/**
 * Until when the member may not do what wants these rules, Unix milliseconds; null where they may. Nobody silences the
 * owner.
 */
export function silencedUntil(
  { timed_out_until }: { readonly timed_out_until: number | null },
  is_owner: boolean,
  rules: readonly Rule[],
  now_ms: number,
): number | null {
  if (timed_out_until === null || is_owner || timed_out_until <= now_ms) return null;
  return rules.some((rule) => silenced_rules.has(rule)) ? timed_out_until : null;
}
