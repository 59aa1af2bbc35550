// What a push says, as JSON for the browser's worker. Must not say more than whoever gets it may know, nor anything of
// what was said where previews are turned off.

import type { PushedMessage } from "../../db/queries/push-messages.ts";
import { limits } from "../../domain/limits.ts";
import type { PushNotice } from "../../protocol/push.ts";

export interface NoticeOf {
  message: PushedMessage;
  count: number;
  badge: number;
  previews: boolean;
}

export function noticeOf({ message, count, badge, previews }: NoticeOf): PushNotice {
  const { id, channel_id, server_id, conversation_id } = message;
  return {
    ...{ type: "message", channel_id, message_id: id, server_id, conversation_id },
    ...{ count, badge: Math.max(1, badge), preview: previews ? previewOf(message) : null },
  };
}

function previewOf({ author_name, place_name, channel_name, content }: PushedMessage): PushNotice["preview"] {
  return { author: author_name, place: place_name, channel: channel_name, content: shortened(content) };
}

function shortened(content: string): string {
  // Cut first: a code point is two code units at most.
  const points = [...content.slice(0, 2 * limits.push_preview_length)];
  const is_whole = points.length <= limits.push_preview_length && content.length <= 2 * limits.push_preview_length;
  return is_whole
    ? content
    : `${points
        .slice(0, limits.push_preview_length - 1)
        .join("")
        .toWellFormed()}…`;
}
