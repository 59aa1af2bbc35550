// How much one answer of `sync` brings: as many of its topics as have room, and the rest is to be loaded anew.

import { limits } from "../../../domain/limits.ts";
import { RESET, type SyncedTopic } from "../../../protocol/community/sync.ts";

const reset = JSON.stringify(RESET);

/**
 * The answers as one JSON object, in their order, as long as they fit; the rest is `reset`. An object of hundreds of
 * names that no other has would cost more to make than all that it says.
 */
export function withinBytes(answers: Iterable<readonly [topic: string, SyncedTopic]>): {
  json: string;
  dropped: string[];
} {
  const dropped: string[] = [];
  const entries: string[] = [];
  let bytes = 0;
  for (const [topic, answer] of answers) {
    // A topic has no character that would be another one in JSON.
    const entry = `"${topic}":${JSON.stringify(answer)}`;
    const took = "events" in answer && answer.events.length > 0 ? Buffer.byteLength(entry) + 1 : 0;
    bytes += took;
    if (took === 0 || bytes <= limits.sync_bytes) entries.push(entry);
    else {
      dropped.push(topic);
      entries.push(`"${topic}":${reset}`);
    }
  }
  return { json: `{${entries.join()}}`, dropped };
}
