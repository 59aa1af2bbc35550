// `get_mentions`: where one was mentioned or replied to. The database says which messages these are, of the channels that
// one may read; the room of each shows it, as one may read it at that moment.

import { entriesOfEach, type Mention } from "../../../db/queries/message-mentions.ts";
import type { Store } from "../../../db/store.ts";
import { limits } from "../../../domain/limits.ts";
import { withinContentLength } from "../../../domain/message-text.ts";
import type { Pools } from "../../../domain/pools.ts";
import type { ReplyBody, Request } from "../../../protocol/catalogue.ts";
import type { Message } from "../../../protocol/community/entities.ts";
import { type Outcome, success } from "../../../protocol/outcome.ts";
import type { Gateway } from "../../delivery/gateway.ts";
import type { Reply } from "../../kernel/actor.ts";
import { inTurn } from "../../parties.ts";
import type { Requester } from "../calls.ts";
import type { Handlers } from "../handler.ts";
import { type OwnChannel, type OwnChannelDependencies, ownChannels } from "./own-channels.ts";

export interface MentionDependencies extends OwnChannelDependencies {
  store: Pick<Store, "rooms" | "conversations" | "messages">;
  gateway: Pick<Gateway, "isOpen">;
  /** To look through thousands of channels is as much as a `sync`. */
  pools: Pick<Pools, "syncs">;
}

export function mentionHandlers(on: MentionDependencies): Handlers<"get_mentions"> {
  return {
    get_mentions: (request, from, reply) =>
      inTurn(on, from, reply, (at, isAsked) => answerMentions(at, request, from, isAsked, reply)),
  };
}

type Answer = Reply<ReplyBody<"get_mentions">>;

async function answerMentions(
  on: MentionDependencies,
  request: Request<"get_mentions">,
  from: Requester,
  isAsked: () => boolean,
  reply: Answer,
): Promise<void> {
  const channels = await ownChannels(on, request, from, true);
  if (!channels.ok) return reply(channels);
  const found = await lookThrough(on, request, channels.value, from, isAsked);
  // Whoever asked was answered that it took too long.
  if (!found) return;
  const by_place = placesOf(found.mentions, channels.value);
  const shown = await showMentions(on, by_place, from);
  if (!shown.ok) return reply(shown);
  const messages = withinContentLength(shown.value);
  const last = messages.length < shown.value.length ? messages.at(-1)?.id : undefined;
  const next_anchor = last ?? found.next_anchor;
  stillReadable(on, [...by_place.keys()], from, (readable) =>
    reply(
      readable.ok
        ? success({ messages: messages.filter(({ channel_id }) => readable.value.has(channel_id)), next_anchor })
        : readable,
    ),
  );
}

interface MentionPage {
  mentions: readonly Mention[];
  next_anchor: number | null;
}

/** Newest first; null where nobody waits for it any more. */
async function lookThrough(
  { store }: MentionDependencies,
  { amount, anchor }: Request<"get_mentions">,
  channels: readonly OwnChannel[],
  { id: user_id }: Requester,
  isAsked: () => boolean,
): Promise<MentionPage | null> {
  const before = anchor === 0 ? Number.MAX_SAFE_INTEGER : anchor;
  const looked_at = entriesOfEach(channels.length);
  let from = 0;
  let mentions: Mention[] = [];
  for (let at = 0; at < channels.length; at += limits.read_states_slice) {
    if (!isAsked()) return null;
    const slice = channels.slice(at, at + limits.read_states_slice);
    const found = await store.messages.mentionsOf({ user_id, channels: slice, from, before, looked_at });
    mentions = [...mentions, ...found.mentions].sort((one, other) => other.id - one.id);
    // What is older than a full page, or than what was looked at somewhere, is of the next.
    from = Math.max(found.from, mentions[amount]?.id ?? 0);
    mentions = mentions.filter(({ id }) => id >= from);
  }
  const page = mentions.slice(0, amount);
  const last = page.length < mentions.length ? page.at(-1)?.id : undefined;
  return { mentions: page, next_anchor: last ?? (from > 0 ? from : null) };
}

type ByPlace = ReadonlyMap<number, readonly Mention[]>;

function placesOf(mentions: readonly Mention[], channels: readonly OwnChannel[]): ByPlace {
  const places = new Map(channels.map(({ channel_id, place_id }) => [channel_id, place_id]));
  return Map.groupBy(mentions, ({ channel_id }) => places.get(channel_id) ?? 0);
}

/** As their rooms show them, newest first; without those that have gone. */
async function showMentions(
  { actors }: MentionDependencies,
  by_place: ByPlace,
  { id: user_id }: Requester,
): Promise<Outcome<Message[]>> {
  const answers = await Promise.all(
    [...by_place].map(([place_id, mentions]) =>
      actors.request(`room:${place_id}`, "shown", { user_id, message_ids: mentions.map(({ id }) => id) }),
    ),
  );
  const shown: Message[] = [];
  for (const answer of answers) {
    if (answer.ok) shown.push(...answer.value.messages);
    else if (answer.error.code !== "not_found") return answer;
  }
  return success(shown.sort((one, other) => other.id - one.id));
}

/** The channels that the user may read now: all are asked at once, and `reply` is called in the turn of the last answer. */
function stillReadable(
  { actors }: MentionDependencies,
  place_ids: readonly number[],
  { id: user_id }: Requester,
  reply: (readable: Outcome<ReadonlySet<number>>) => void,
): void {
  const readable = new Set<number>();
  let waiting = place_ids.length;
  let refused: Outcome<never> | null = null;
  if (waiting === 0) return reply(success(readable));
  for (const place_id of place_ids) {
    actors.ask(`room:${place_id}`, "visible", { user_id, to_read: true }, (answer) => {
      if (answer.ok) for (const id of answer.value.channel_ids) readable.add(id);
      else if (answer.error.code !== "not_found") refused = answer;
      waiting -= 1;
      if (waiting === 0) reply(refused ?? success(readable));
    });
  }
}
