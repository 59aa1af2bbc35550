// The conversations beside the pages that belong to no server: strangers' requests first, then the others, the latest
// first, with what is unread in them.

import { useComputed } from "@preact/signals";
import { useState } from "preact/hooks";
import { Badge } from "../parts/badge.tsx";
import { BotMark } from "../parts/bot-mark.tsx";
import { IconButton } from "../parts/icon.tsx";
import { LoadMore } from "../parts/load-more.tsx";
import { MutedSign } from "../parts/muted-sign.tsx";
import { ListSkeleton } from "../shell/channels.tsx";
import {
  type Conversation,
  conversationList,
  hasMoreConversations,
  otherOf,
  titleOf,
  wantedIn,
} from "../state/conversations.ts";
import { closeNav } from "../state/nav.ts";
import { loadMoreConversations } from "../state/needs.ts";
import { attempt } from "../state/notices.ts";
import { isMuted } from "../state/notifications.ts";
import { personOf } from "../state/people.ts";
import { place, ways } from "../state/places.ts";
import { words } from "../words.ts";
import { ConversationSign } from "./conversation-sign.tsx";
import { NewConversation } from "./new-conversation.tsx";

const text = words.conversations;

export function ConversationList() {
  const [is_new, setNew] = useState(false);
  const list = conversationList();
  const all = [...(list?.values() ?? [])];
  const requests = all.filter(({ state }) => state === "request");
  const others = all.filter(({ state }) => state === "open");
  const entry = (conversation: Conversation) => <Entry key={conversation.id} conversation={conversation} />;
  return (
    <nav aria-label={text.title}>
      {requests.length > 0 && (
        <section aria-labelledby="conversation-requests">
          <div class="category">
            <h3 id="conversation-requests">{text.requests}</h3>
          </div>
          <ul class="side-list people">{requests.map(entry)}</ul>
        </section>
      )}
      <div class="category">
        <h3>{text.title}</h3>
        <IconButton icon="plus" label={text.new} onClick={() => setNew(true)} />
      </div>
      {!list && <ListSkeleton />}
      {list && all.length === 0 && <p class="hint side-hint">{text.none}</p>}
      <ul class="side-list people">{others.map(entry)}</ul>
      {list && hasMoreConversations() && (
        <div class="side-more">
          <LoadMore onLoad={() => attempt(loadMoreConversations())} is_small />
        </div>
      )}
      {is_new && <NewConversation onClose={() => setNew(false)} />}
    </nav>
  );
}

function Entry({ conversation }: { conversation: Conversation }) {
  const { id, unread, members, kind } = conversation;
  const is_here = useComputed(() => place.value.at === "conversation" && place.value.conversation_id === id).value;
  const is_muted = isMuted({ conversation_id: id });
  const is_unread = (unread ?? 0) > 0 && !is_here && !is_muted;
  const wanted = wantedIn(conversation);
  const other = otherOf(conversation);
  const person = other && conversation.state === "open" ? personOf(other.user_id) : null;
  const said = kind === "group" ? text.people(members.length) : (person?.playing ?? person?.custom_status);
  return (
    <li data-unread={is_unread ? "" : undefined}>
      <a
        href={ways.conversation(id)}
        aria-current={is_here ? "page" : undefined}
        aria-describedby={is_unread ? `unread-of-${id}` : undefined}
        onClick={closeNav}
      >
        <ConversationSign conversation={conversation} size={30} />
        <span class="who">
          <bdi class="name">{titleOf(conversation)}</bdi>
          {said && <span>{said}</span>}
        </span>
        <BotMark of={other} />
        {is_muted && <MutedSign />}
        {is_unread && <Badge count={wanted} />}
      </a>
      <span id={`unread-of-${id}`} hidden>
        {wanted ? text.wanted(wanted) : words.unread(unread ?? 0)}
      </span>
    </li>
  );
}
