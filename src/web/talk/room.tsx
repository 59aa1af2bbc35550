// What every place to talk in has below its head: what was said, who is writing, where one writes, and files that are
// dropped over it.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { instance } from "../state/instance.ts";
import { nameOf } from "../state/people.ts";
import { typingIn } from "../state/typing.ts";
import { all_mentions } from "../state/unread.ts";
import { words } from "../words.ts";
import { Composer } from "./composer.tsx";
import { useDropping } from "./files.tsx";
import { MessageLog } from "./message-log.tsx";
import { SlowHint } from "./silence.tsx";

interface RoomProps {
  /** 0: it is a conversation. */
  server_id: number;
  channel_id: number;
  message_id: number | null;
  beginning: string;
  placeholder: string;
  /** What stands where one would write, if one can't. */
  instead?: ComponentChildren;
}

export function Room({ server_id, channel_id, message_id, beginning, placeholder, instead }: RoomProps) {
  const is_over = useSignal(false);
  useDropping(instead ? null : channel_id, is_over);
  return (
    <>
      <MessageLog key={channel_id} {...{ channel_id, beginning, message_id }} />
      <Typing channel_id={channel_id} server_id={server_id} />
      {instead ?? <Composer key={`composer-${channel_id}`} {...{ server_id, channel_id, placeholder }} />}
      {is_over.value && (
        <div class="dropping" aria-hidden="true">
          {words.talk.drop_here}
        </div>
      )}
    </>
  );
}

function Typing({ channel_id, server_id }: { channel_id: number; server_id: number }) {
  const names = typingIn(channel_id).map((id) => nameOf(id, server_id));
  return (
    <div class="typing">
      <span role="status">{words.talk.is_typing(names)}</span>
      <SlowHint server_id={server_id} channel_id={channel_id} />
    </div>
  );
}

/** The title of the page says where one is, and how often one is wanted. */
export function useTitle(place: string | undefined): void {
  const wanted = all_mentions.value;
  const { name } = instance.value;
  useEffect(() => {
    const title = place ? `${place} · ${name}` : name;
    document.title = wanted > 0 ? `(${wanted}) ${title}` : title;
  }, [place, name, wanted]);
}
