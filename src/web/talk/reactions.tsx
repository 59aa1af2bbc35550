// Who reacted with what, and one's own by a click.

import type { Message } from "../../protocol/community/entities.ts";
import { client, serverOfMessage } from "../state/cache.ts";
import { attempt } from "../state/notices.ts";
import { mayPerhaps } from "../state/rights.ts";
import { words } from "../words.ts";

export function toggleReaction(message_id: number, emoji: string, is_mine: boolean): void {
  const mine = client.value;
  if (!mine) return;
  void attempt(mine.ask(is_mine ? "remove_reaction" : "add_reaction", { message_id, emoji }));
}

export function Reactions({ message }: { message: Message }) {
  const { id, reactions, channel_id } = message;
  const may_react = mayPerhaps("add_reactions", serverOfMessage(message), channel_id);
  return (
    <ul class="reactions" aria-label={words.talk.reactions}>
      {reactions.map(({ emoji, count, me = false }) => (
        <li key={emoji}>
          <button
            type="button"
            aria-pressed={me}
            aria-label={words.talk.reacted(emoji, count)}
            disabled={!may_react}
            onClick={() => toggleReaction(id, emoji, me)}
          >
            <span aria-hidden="true">{emoji}</span> {count}
          </button>
        </li>
      ))}
    </ul>
  );
}
