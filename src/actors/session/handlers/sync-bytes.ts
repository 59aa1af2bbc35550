// How much one answer of `sync` brings: as many of its topics as have room, and the rest is to be loaded anew.

import { limits } from "../../../domain/limits.ts";
import { RESET, type SyncedEvent, type SyncedTopic } from "../../../protocol/community/sync.ts";
import type { Answers } from "../../room/calls.ts";

/** The answers in their order, as long as they fit; the rest is `reset`. */
export function withinBytes(all: [string, SyncedTopic][]): { answers: Answers; dropped: string[] } {
  const [answers, dropped]: [Answers, string[]] = [{}, []];
  let bytes = 0;
  for (const [topic, answer] of all) {
    const took = bytesOf(answer);
    bytes += took;
    answers[topic] = took > 0 && bytes > limits.sync_bytes ? RESET : answer;
    if (answers[topic] !== answer) dropped.push(topic);
  }
  return { answers, dropped };
}

/** More than it takes to say how somebody looks, but for what they play. */
const LOOKS_BYTES = 256;
/** Of a character as JSON, at most. */
const CHARACTER_BYTES = 6;

/** As JSON, or a little more. */
function bytesOf(answer: SyncedTopic): number {
  if (!("events" in answer) || answer.events.length === 0) return 0;
  const [{ type, data }] = answer.events as [SyncedEvent];
  // There are hundreds of these and they are small: to word each of them twice would be half of a `sync` that brings nothing.
  if (type === "user_changed" && !("name" in data)) return LOOKS_BYTES + CHARACTER_BYTES * (data.playing?.length ?? 0);
  return Buffer.byteLength(JSON.stringify(answer));
}
