// A push as it is to be sent now: what it rests on is read once more, since much may have changed while it waited. There
// is none where the person has come back, reads elsewhere, may not know of it any more or wants to hear nothing.

import type { Actors } from "../../actors/calls.ts";
import type { TakenNotice } from "../../db/queries/push-notices.ts";
import type { PushSubscription } from "../../db/queries/push-subscriptions.ts";
import type { Store } from "../../db/store.ts";
import { firstIdHeard } from "../../domain/ids.ts";
import { limits } from "../../domain/limits.ts";
import { awayAmong } from "./away.ts";
import type { Push } from "./dialling.ts";
import { noticeOf } from "./notice.ts";

export interface PreparingDependencies {
  store: Pick<Store, "pushNotices" | "pushMessages" | "readStates">;
  actors: Actors;
  clock(): number;
}

export async function preparePush(
  on: PreparingDependencies,
  to: PushSubscription,
  { channel_id, place_id, from_id, message_id }: TakenNotice,
): Promise<Push | null> {
  const { store, actors, clock } = on;
  const { user_id, previews, endpoint } = to;
  const now = clock();
  const wanted = await store.pushNotices.wantedBy(user_id, { channel_id, place_id, from_id, to_id: message_id }, now);
  if (!wanted) return null;
  const away = await awayAmong(actors, { channel_id, place_id }, [user_id]);
  if (!away.has(user_id)) return null;
  const message = await store.pushMessages.find(wanted.message_id);
  if (!message || message.created_at < now - limits.push_ttl_s * 1000) return null;
  const badge = await badgeOf(on, to);
  const payload = JSON.stringify(noticeOf({ message, count: wanted.count, badge, previews }));
  return { payload, topic: topicOf(endpoint, channel_id) };
}

/** What waits in the channels that the browser was told of last: as much of each as the person wants to be told. */
async function badgeOf({ store }: PreparingDependencies, { login_id, user_id }: PushSubscription): Promise<number> {
  const told = await store.pushNotices.channelsOf(login_id, user_id);
  const heard = told.map((channel) => ({ channel_id: channel.channel_id, since: firstIdHeard(channel) }));
  const states = await store.readStates.of(user_id, heard, limits.unread_count);
  const counts = states.map(({ unread, mentions }, at) => {
    const level = told[at]?.level;
    return level === "all" ? unread : level === "mentions" ? mentions : 0;
  });
  return counts.reduce((sum, count) => sum + count, 0);
}

/** One for each channel, which tells a push service nothing of it. */
function topicOf(endpoint: string, channel_id: number): string {
  return new Bun.CryptoHasher("sha256").update(`${channel_id} ${endpoint}`).digest("base64url").slice(0, TOPIC_LENGTH);
}

/** RFC 8030 takes no longer one. */
const TOPIC_LENGTH = 32;
