// Searching a server: a field in the head, and beside the messages what was found, to be narrowed down and gone to.

import { useEffect, useId, useState } from "preact/hooks";
import type { Request } from "../../client/index.ts";
import type { Message } from "../../protocol/community/entities.ts";
import { Avatar } from "../parts/avatar.tsx";
import { BotMark } from "../parts/bot-mark.tsx";
import { Empty } from "../parts/empty.tsx";
import { IconButton } from "../parts/icon.tsx";
import { LoadMore } from "../parts/load-more.tsx";
import { channelsOf, client, serverOfMessage } from "../state/cache.ts";
import { peopleIn } from "../state/conversations.ts";
import { authorOf } from "../state/people.ts";
import { ways } from "../state/places.ts";
import { shortTime } from "../state/times.ts";
import { words } from "../words.ts";
import { plainIn } from "./text.tsx";

export function SearchField({ value, onSearch }: { value: string; onSearch(query: string): void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  return (
    <search>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSearch(text.trim());
        }}
      >
        <input
          class="input search"
          type="search"
          aria-label={words.talk.search}
          placeholder={words.talk.search}
          maxLength={200}
          data-opens="search-results"
          value={text}
          onInput={({ currentTarget }) => {
            setText(currentTarget.value);
            if (currentTarget.value === "") onSearch("");
          }}
        />
      </form>
    </search>
  );
}

interface Found {
  messages: Message[];
  next_anchor: number | null;
}

const PAGE = 25;

/** Where is searched. */
export type Searched = { server_id: number } | { conversation_id: number; channel_id: number };

/** Pages until there is something to show, or nothing more to look at. */
async function search(asked: Omit<Request<"search_messages">, "amount" | "anchor">, anchor: number): Promise<Found> {
  const found: Found = { messages: [], next_anchor: anchor };
  while (found.messages.length === 0 && found.next_anchor !== null) {
    const reply = await client.value?.ask("search_messages", { ...asked, amount: PAGE, anchor: found.next_anchor });
    if (!reply) return { messages: [], next_anchor: null };
    found.messages = reply.messages;
    found.next_anchor = reply.next_anchor;
  }
  return found;
}

export function SearchResults({ searched, query, onClose }: { searched: Searched; query: string; onClose(): void }) {
  const [channel_id, setChannel] = useState(0);
  const [author_id, setAuthor] = useState(0);
  const [found, setFound] = useState<Found | null>(null);
  const [fault, setFault] = useState("");
  const server_id = "server_id" in searched ? searched.server_id : 0;
  const conversation_id = "server_id" in searched ? 0 : searched.conversation_id;
  const asked = {
    ...{ query, ...(server_id ? { server_id } : { conversation_id }) },
    ...{ ...(channel_id && { channel_id }), ...(author_id && { author_id }) },
  };
  useEffect(() => {
    let is_wanted = true;
    setFound(null);
    setFault("");
    search(asked, 0).then(
      (first) => is_wanted && setFound(first),
      (error: Error) => is_wanted && setFault(error.message),
    );
    return () => {
      is_wanted = false;
    };
  }, [server_id, conversation_id, query, channel_id, author_id]);
  const more = async (from: Found) => {
    const next = await search(asked, from.next_anchor ?? 0).catch(() => null);
    if (next) setFound({ messages: [...from.messages, ...next.messages], next_anchor: next.next_anchor });
  };
  const channels = [...(channelsOf(server_id)?.values() ?? [])];
  const people = [...peopleIn(server_id, "channel_id" in searched ? searched.channel_id : 0)];
  return (
    <aside class="members results" id="search-results" aria-label={words.talk.search_results}>
      <div class="members-head">
        <h2>{words.talk.search_results}</h2>
        <IconButton icon="close" label={words.talk.close_search} onClick={onClose} />
      </div>
      <div class="filters">
        {server_id > 0 && (
          <Choice
            label={words.talk.in_channel}
            any={words.talk.every_channel}
            value={channel_id}
            onChoose={setChannel}
            options={channels.map(({ id, name }) => [id, `#${name}`])}
          />
        )}
        <Choice
          label={words.talk.from}
          any={words.talk.anyone}
          value={author_id}
          onChoose={setAuthor}
          options={people.map(({ user_id, name, nickname }) => [user_id, nickname ?? name])}
        />
      </div>
      <div class="results-list" aria-busy={!found && !fault}>
        {fault && (
          <p class="alert" role="alert">
            {fault}
          </p>
        )}
        {found?.messages.length === 0 && (
          <Empty icon="search" title={words.talk.nothing_found} text={words.talk.nothing_found_text} />
        )}
        <ul>
          {found?.messages.map((message) => (
            <li key={message.id}>
              <Hit message={message} channel={channels.find(({ id }) => id === message.channel_id)?.name} />
            </li>
          ))}
        </ul>
        {found?.next_anchor != null && <LoadMore onLoad={() => more(found)} is_small />}
      </div>
    </aside>
  );
}

/** A message as one of several, and the way to it. */
export function Hit({ message, channel }: { message: Message; channel?: string | undefined }) {
  const { id, author_id, content, created_date } = message;
  const author = authorOf(message);
  return (
    <a class="hit" href={ways.message(message, id)}>
      <Avatar id={author_id} name={author.name || "?"} picture={author.picture} size={28} />
      <span>
        <strong>
          <bdi>{author.name || words.talk.unknown_person}</bdi>
        </strong>{" "}
        <BotMark of={author} />{" "}
        <span class="hint">
          {channel && `#${channel} · `}
          <time dateTime={created_date}>{shortTime(created_date)}</time>
        </span>
        <span class="excerpt" dir="auto">
          {plainIn(content, serverOfMessage(message))}
        </span>
      </span>
    </a>
  );
}

function Choice({
  label,
  any,
  value,
  options,
  onChoose,
}: {
  label: string;
  any: string;
  value: number;
  options: [id: number, name: string][];
  onChoose(id: number): void;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        class="input"
        value={value}
        onChange={({ currentTarget }) => onChoose(Number(currentTarget.value))}
      >
        <option value={0}>{any}</option>
        {options.map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
