// One message: who said it and when, what it answers, its text and pictures, who reacted, and what can be done with it.

import type { Message as MessageEntity } from "../../protocol/community/entities.ts";
import { Avatar } from "../parts/avatar.tsx";
import { BotMark, markOf } from "../parts/bot-mark.tsx";
import { Icon } from "../parts/icon.tsx";
import { selfId, serverOfMessage, windowOf } from "../state/cache.ts";
import { authorName, authorOf } from "../state/people.ts";
import { ways } from "../state/places.ts";
import { fullTime, timeOf } from "../state/times.ts";
import { words } from "../words.ts";
import { Attachments } from "./attachments.tsx";
import { MessageActions } from "./message-actions.tsx";
import { Reactions } from "./reactions.tsx";
import { plainIn, Text } from "./text.tsx";

export interface MessageProps {
  message: MessageEntity;
  /** It follows one of the same author: their name stands above that. */
  goes_on: boolean;
  is_jumped_to: boolean;
}

export function Message({ message, goes_on, is_jumped_to }: MessageProps) {
  const { id, author_id, content, created_date, edited_date, reply_to, attachments, reactions, pinned } = message;
  const server_id = serverOfMessage(message);
  const author = authorOf(message);
  const is_for_me = message.mentions.includes(selfId());
  // Where the name isn't shown again it is said all the same.
  const label = goes_on
    ? { "aria-label": [author.name, markOf(author), timeOf(created_date)].filter(Boolean).join(" ") }
    : { "aria-labelledby": `by-${id}` };
  const classes = ["message", goes_on && "goes-on", is_for_me && "for-me", is_jumped_to && "jumped-to"];
  return (
    <article class={classes.filter(Boolean).join(" ")} data-id={id} tabIndex={-1} {...label}>
      {reply_to !== null && <ReplyTo id={reply_to} answer={message} />}
      {goes_on ? (
        <time class="beside" dateTime={created_date} title={fullTime(created_date)} aria-hidden="true">
          {timeOf(created_date)}
        </time>
      ) : (
        <Avatar id={author_id} name={author.name || "?"} picture={author.picture} size={36} />
      )}
      <div class="said">
        {!goes_on && (
          <div class="by" id={`by-${id}`}>
            <strong>
              <bdi>{author.name || words.talk.unknown_person}</bdi>
            </strong>{" "}
            <BotMark of={author} />{" "}
            <time dateTime={created_date} title={fullTime(created_date)}>
              {timeOf(created_date)}
            </time>
          </div>
        )}
        {content && <Text content={content} server_id={server_id} />}
        {edited_date && (
          <span class="edited" title={fullTime(edited_date)}>
            {words.talk.edited}
          </span>
        )}
        {pinned && (
          <span class="edited">
            <Icon name="pin" />
            {words.talk.pins.pinned}
          </span>
        )}
        {attachments.length > 0 && <Attachments attachments={attachments} />}
        {reactions.length > 0 && <Reactions message={message} />}
      </div>
      <MessageActions message={message} />
    </article>
  );
}

function ReplyTo({ id, answer }: { id: number; answer: MessageEntity }) {
  const answered = windowOf(answer.channel_id)?.messages.get(id);
  const server_id = serverOfMessage(answer);
  return (
    <a class="reply-to" href={ways.message(answer, id)}>
      {answered ? (
        <>
          <bdi>{authorName(answered)}</bdi>
          {": "}
          <bdi>{plainIn(answered.content, server_id).slice(0, 120)}</bdi>
        </>
      ) : (
        words.talk.older_reply
      )}
    </a>
  );
}
