// Which asks may be carried out twice: what was asked of a node that is lost is then asked of the next, and nobody notices.
// All others have no known end, and whoever asked is told so.

/** Asks of rooms and of people that only read, or come to the same when they are done again. */
const calls = new Set([
  ...["subscribe", "unsubscribe", "follow", "gather", "holds", "catch_up", "catch_up_alone", "resume", "visible"],
  ...["departed", "told", "self_since", "look", "settled", "unwatch", "describe", "count"],
]);

export function isRepeatable(call: string, request: unknown): boolean {
  return calls.has(call) || (call === "perform" && isRepeatableMessage(request));
}

/** Clients may repeat what carries a nonce. */
function isRepeatableMessage(request: unknown): boolean {
  const { type, parameters } = request as { type: string; parameters: { nonce?: string } | null };
  return /^(get|search)_/.test(type) || parameters?.nonce !== undefined;
}
