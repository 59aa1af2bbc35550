// What can be done with a message, as buttons that show when it is pointed at or has the focus. They are half of what a
// message has in the page, so they come once it has nothing else to do, or at once to where somebody is.

import { useEffect, useState } from "preact/hooks";
import type { Message } from "../../protocol/community/entities.ts";
import { Emoji } from "../emoji/emoji.tsx";
import { copy } from "../parts/copy-field.tsx";
import { Icon, type IconName } from "../parts/icon.tsx";
import { type Action, Menu } from "../parts/menu.tsx";
import { ReportDialog } from "../people/report.tsx";
import { client, selfId, serverOfMessage } from "../state/cache.ts";
import { composing } from "../state/composing.ts";
import { attempt } from "../state/notices.ts";
import { ways } from "../state/places.ts";
import { may, mayPerhaps, mayPin, timedOutUntil } from "../state/rights.ts";
import { whenIdle } from "../state/when-idle.ts";
import { words } from "../words.ts";
import { setPinned } from "./pins.tsx";
import { toggleReaction } from "./reactions.tsx";

/** By message, what has them come at once. */
const awaited = new Map<number, () => void>();

/** Somebody points at something in the log, or has the focus there. */
export function hurryActions({ target }: Event): void {
  const article = (target as Element).closest<HTMLElement>("article[data-id]");
  awaited.get(Number(article?.dataset["id"]))?.();
}

export function MessageActions({ message }: { message: Message }) {
  const [are_due, setDue] = useState(false);
  const { id } = message;
  useEffect(() => {
    const come = () => setDue(true);
    awaited.set(id, come);
    const cancel = whenIdle(come);
    return () => {
      cancel();
      awaited.delete(id);
    };
  }, [id]);
  return are_due ? <Actions message={message} /> : null;
}

function Actions({ message }: { message: Message }) {
  const [is_picking, setPicking] = useState(false);
  const [is_reporting, setReporting] = useState(false);
  const { id, channel_id, author_id, content, pinned } = message;
  const server_id = serverOfMessage(message);
  const is_own = author_id === selfId();
  const is_silent = timedOutUntil(server_id) !== null;
  const may_send = !is_silent && mayPerhaps("send_messages", server_id, channel_id);
  const more: Action[] = [
    { name: words.talk.copy_text, icon: "copy", run: () => void copy(content) },
    {
      name: words.talk.copy_link,
      icon: "link",
      run: () => void copy(location.origin + ways.message(message, id)),
    },
    ...(mayPin(message)
      ? [
          {
            name: pinned ? words.talk.pins.unpin : words.talk.pins.pin,
            icon: "pin" as const,
            run: () => setPinned(message),
          },
        ]
      : []),
    ...(is_own ? [] : [{ name: words.people.report, icon: "flag" as const, run: () => setReporting(true) }]),
  ];
  const mine = client.value;
  return (
    <div class="actions" data-open={is_picking ? "" : undefined}>
      {!is_silent && mayPerhaps("add_reactions", server_id, channel_id) && (
        <Tool icon="smile" label={words.talk.react} onClick={() => setPicking(!is_picking)} is_open={is_picking} />
      )}
      {may_send && <Tool icon="reply" label={words.talk.reply} onClick={() => composing.reply(message)} />}
      {is_own && may_send && <Tool icon="pencil" label={words.talk.edit} onClick={() => composing.edit(message)} />}
      {(is_own || may("manage_messages", server_id, channel_id)) && (
        <Tool
          icon="bin"
          label={words.talk.delete}
          onClick={() => mine && void attempt(mine.ask("delete_message", { message_id: id }))}
        />
      )}
      <Menu label={words.talk.more} actions={more} align="end">
        <Icon name="more" />
      </Menu>
      {is_reporting && <ReportDialog reported={{ message_id: id }} onClose={() => setReporting(false)} />}
      {is_picking && (
        <Emoji
          onClose={() => setPicking(false)}
          onPick={(emoji) => {
            setPicking(false);
            toggleReaction(id, emoji, false);
          }}
        />
      )}
    </div>
  );
}

function Tool({
  icon,
  label,
  onClick,
  is_open,
}: {
  icon: IconName;
  label: string;
  onClick(): void;
  is_open?: boolean;
}) {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={label}
      aria-expanded={is_open}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
