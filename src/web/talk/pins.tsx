// The pinned messages of a channel or conversation, beside what is said there: the one pinned last first.

import { useEffect, useState } from "preact/hooks";
import type { RequestError } from "../../client/index.ts";
import type { Message } from "../../protocol/community/entities.ts";
import { Empty } from "../parts/empty.tsx";
import { IconButton } from "../parts/icon.tsx";
import { Refused } from "../parts/refused.tsx";
import { client, read } from "../state/cache.ts";
import { attempt } from "../state/notices.ts";
import { mayPin } from "../state/rights.ts";
import { words } from "../words.ts";
import { Hit } from "./search.tsx";

const text = words.talk.pins;

export const setPinned = ({ id, pinned }: Message) =>
  void attempt(client.value?.ask(pinned ? "unpin_message" : "pin_message", { message_id: id }));

export function PinnedMessages({ channel_id, onClose }: { channel_id: number; onClose(): void }) {
  const pins = read("pins", channel_id)?.pins.get(channel_id);
  const [error, setError] = useState<RequestError | null>(null);
  useEffect(() => {
    setError(null);
    if (!client.value?.cache.pins.has(channel_id)) client.value?.ask("get_pins", { channel_id }).catch(setError);
  }, [channel_id]);
  return (
    <aside class="members results" id="pinned-messages" aria-label={text.title}>
      <div class="members-head">
        <h2>{text.title}</h2>
        <IconButton icon="close" label={text.close} onClick={onClose} />
      </div>
      <div class="results-list" aria-busy={!pins && !error}>
        <Refused error={error} />
        {pins?.size === 0 && <Empty icon="pin" title={text.none} text={text.none_text} />}
        <ul>
          {([...(pins?.values() ?? [])] as Message[]).map((message) => (
            <li key={message.id} class="pinned">
              <Hit message={message} />
              {mayPin(message) && <IconButton icon="close" label={text.unpin} onClick={() => setPinned(message)} />}
            </li>
          ))}
        </ul>
      </div>
    </aside>
  );
}
