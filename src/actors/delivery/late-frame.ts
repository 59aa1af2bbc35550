// Frames that are worded when they go out. What one change has many sessions told can be megabytes for each, and waits
// for as long as their sockets are full: what waits is a note of it, and of the texts only those used last are kept.

import { LRUCache } from "lru-cache";
import { limits } from "../../domain/limits.ts";

export interface LateFrame {
  /** The same text each time. */
  word(): string;
  /** UTF-16 code units of a text that it keeps meanwhile, shared with nobody; absent where it keeps none. */
  readonly kept_length?: number;
}

/** A frame as text, or one that is worded when it is sent. */
export type Frame = string | LateFrame;

/** Those of all frames, however many wait. */
const texts = new LRUCache<LateFrame, string>({
  maxSize: limits.worded_frames_length,
  sizeCalculation: (text) => text.length,
});

/** `encode` rests on values that stay as they are. */
export function lateFrame(encode: () => string): LateFrame {
  const frame: LateFrame = {
    word() {
      const known = texts.get(frame);
      if (known !== undefined) return known;
      const text = encode();
      texts.set(frame, text);
      return text;
    },
  };
  return frame;
}

/** What may be heard by nobody: it is worded once somebody is there to hear it. */
export function whenHeard(encode: () => string): LateFrame {
  let text: string | undefined;
  return {
    word() {
      text ??= encode();
      return text;
    },
  };
}

/** Text alone, and little of it. */
export function isShort(frames: readonly Frame[]): frames is readonly string[] {
  let length = 0;
  for (const frame of frames) {
    if (typeof frame !== "string") return false;
    length += frame.length;
  }
  return length <= limits.short_list_length;
}

/** What another node worded late, with many sessions in mind, and has come as text. */
export function keptFrame(text: string): LateFrame {
  return { word: () => text, kept_length: text.length };
}

export function textOf(frame: Frame): string {
  return typeof frame === "string" ? frame : frame.word();
}
