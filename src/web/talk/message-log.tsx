// What was said in a channel, from older to newer, those messages that are on their way at the end. How one looks, and
// which are shown, it doesn't know.

import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import type { Message as MessageEntity } from "../../protocol/community/entities.ts";
import { Empty } from "../parts/empty.tsx";
import { Icon } from "../parts/icon.tsx";
import { selfId } from "../state/cache.ts";
import { refusals } from "../state/needs.ts";
import { failedIn, waitingIn } from "../state/outbox.ts";
import { dayKey, dayOf } from "../state/times.ts";
import { words } from "../words.ts";
import { moveAmong } from "./log-keys.ts";
import { Message } from "./message.tsx";
import { hurryActions } from "./message-actions.tsx";
import { useLog } from "./use-log.ts";
import { useReadMark } from "./use-read-mark.ts";
import { FailedMessage, WaitingMessage } from "./waiting-message.tsx";

const GROUP_MS = 7 * 60_000;

interface LogProps {
  channel_id: number;
  /** What its start is called. */
  beginning: string;
  message_id: number | null;
}

export function MessageLog({ channel_id, beginning, message_id }: LogProps) {
  const { box, window, shown, is_newest, is_at_end, ...log } = useLog(channel_id, message_id);
  const new_from = useReadMark(channel_id, is_newest && is_at_end.value);
  return (
    <div class="log-box">
      <div
        class="log"
        role="log"
        aria-label={words.talk.messages}
        aria-busy={log.is_loading.value || !window}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled, and its messages are gone through, by keyboard.
        tabIndex={0}
        ref={box}
        onScroll={log.onScroll}
        onPointerOver={hurryActions}
        onFocusIn={hurryActions}
        onKeyDown={(event) => moveAmong(event, box.current)}
      >
        <div class="log-inner">
          {!window && <NotThere channel_id={channel_id} />}
          {log.is_start && <Start title={beginning} is_empty={shown.length === 0} />}
          <Messages shown={shown} new_from={new_from} jumped_to={log.jumped_to} />
          {is_newest && <OnTheirWay channel_id={channel_id} />}
        </div>
      </div>
      {window && !(is_newest && is_at_end.value) && (
        <button type="button" class="button small to-newest" onClick={() => void log.toEnd()}>
          <Icon name="down" />
          {log.below > 0 && window.to === Number.MAX_SAFE_INTEGER
            ? words.talk.new_below(log.below)
            : words.talk.to_newest}
        </button>
      )}
    </div>
  );
}

function NotThere({ channel_id }: { channel_id: number }) {
  const refusal = refusals.value.get(`channel:${channel_id}`);
  if (!refusal) return <LogSkeleton />;
  return <Empty icon="lock" title={refusal.code === "forbidden" ? words.talk.no_history : refusal.message} />;
}

const OnTheirWay = ({ channel_id }: { channel_id: number }) => (
  <>
    {waitingIn(channel_id).map((entry) => (
      <WaitingMessage key={entry.nonce} entry={entry} />
    ))}
    {failedIn(channel_id).map((failed) => (
      <FailedMessage key={failed.entry.nonce} failed={failed} />
    ))}
  </>
);

function Start({ title, is_empty }: { title: string; is_empty: boolean }) {
  return (
    <div class="start">
      <Icon name="leaf" />
      <h2>{title}</h2>
      {is_empty && <p>{words.talk.start_text}</p>}
    </div>
  );
}

interface Drawn {
  day: string;
  message: MessageEntity;
  is_jumped_to: boolean;
  goes_on: boolean;
  node: VNode;
}

/** Each message is drawn once, and anew when it is another or stands otherwise. */
function Messages({
  shown,
  new_from,
  jumped_to,
}: {
  shown: MessageEntity[];
  new_from: number;
  jumped_to: number | null;
}) {
  const drawn = useRef(new Map<number, Drawn>());
  const next = new Map<number, Drawn>();
  const nodes: VNode[] = [];
  let before: MessageEntity | null = null;
  let day_before = "";
  let is_marked = false;
  for (const message of shown) {
    const { id, author_id, created_date, reply_to } = message;
    const known = drawn.current.get(id);
    const day = known?.day ?? dayKey(created_date);
    const is_new_day = day !== day_before;
    const is_first_new: boolean = !is_marked && new_from > 0 && id > new_from && author_id !== selfId();
    if (is_new_day) nodes.push(<Divider key={`day-${id}`} text={dayOf(created_date)} />);
    if (is_first_new) nodes.push(<Divider key="new" text={words.talk.new} is_new />);
    is_marked ||= is_first_new;
    const is_soon = before && Date.parse(created_date) - Date.parse(before.created_date) < GROUP_MS;
    const goes_on = Boolean(
      is_soon && !is_new_day && !is_first_new && before && isBySame(before, message) && reply_to === null,
    );
    const is_jumped_to = id === jumped_to;
    const is_same = known?.message === message && known.goes_on === goes_on && known.is_jumped_to === is_jumped_to;
    const node = is_same ? known.node : <Message key={id} {...{ message, goes_on, is_jumped_to }} />;
    next.set(id, { day, message, goes_on, is_jumped_to, node });
    nodes.push(node);
    before = message;
    day_before = day;
  }
  drawn.current = next;
  return <>{nodes}</>;
}

/** A webhook may speak under another name each time. */
const isBySame = (one: MessageEntity, other: MessageEntity) =>
  one.author_id === other.author_id &&
  one.author?.name === other.author?.name &&
  one.author?.profile_pic === other.author?.profile_pic;

const Divider = ({ text, is_new = false }: { text: string; is_new?: boolean }) => (
  <div class={is_new ? "divider new" : "divider"}>
    <span>{text}</span>
  </div>
);

const heights = [1, 2, 1, 3, 1, 2];
const LogSkeleton = () => (
  <div class="log-skeleton" aria-hidden="true">
    {heights.map((lines, at) => (
      <div key={at}>
        <span class="skeleton round" />
        <div>
          <span class="skeleton" style={{ width: "22%" }} />
          {Array.from({ length: lines }, (_, line) => (
            <span key={line} class="skeleton" style={{ width: `${80 - line * 17}%` }} />
          ))}
        </div>
      </div>
    ))}
  </div>
);
