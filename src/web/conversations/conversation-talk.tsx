// A conversation: its head, what is said in it, who is in a group, and what one searches for.

import { useState } from "preact/hooks";
import { Empty } from "../parts/empty.tsx";
import { MenuButton } from "../shell/page-head.tsx";
import { friendList } from "../state/cache.ts";
import {
  type Conversation,
  conversationList,
  conversationOf,
  hasMoreConversations,
  otherOf,
  titleOf,
} from "../state/conversations.ts";
import { are_members_open } from "../state/nav.ts";
import { MembersButton } from "../talk/members-parts.tsx";
import { PinnedMessages } from "../talk/pins.tsx";
import { Room, useTitle } from "../talk/room.tsx";
import { SearchField, SearchResults } from "../talk/search.tsx";
import { words } from "../words.ts";
import { ConversationMembers } from "./conversation-members.tsx";
import { ConversationMenu } from "./conversation-menu.tsx";
import { ConversationSign } from "./conversation-sign.tsx";
import { BlockedBar, RequestBar } from "./request-bar.tsx";

const text = words.conversations;

interface ConversationTalkProps {
  conversation_id: number;
  message_id: number | null;
}

export function ConversationTalk({ conversation_id, message_id }: ConversationTalkProps) {
  const conversation = conversationOf(conversation_id);
  const [search, setSearch] = useState("");
  const [are_pins_open, setPinsOpen] = useState(false);
  const title = conversation ? titleOf(conversation) : "";
  useTitle(title || undefined);
  const is_group = conversation?.kind === "group";
  return (
    <div class="talk" data-members={are_members_open.value ? "open" : undefined}>
      <main class="page">
        <header class="head">
          <MenuButton />
          {conversation && <ConversationSign conversation={conversation} size={28} />}
          <h1>
            <bdi>{title}</bdi>
          </h1>
          <span class="space" />
          {conversation && <SearchField value={search} onSearch={setSearch} />}
          {is_group && <MembersButton />}
          {conversation && <ConversationMenu conversation={conversation} onPins={() => setPinsOpen(true)} />}
        </header>
        {conversation ? (
          <Room
            {...{ server_id: 0, channel_id: conversation.channel_id, message_id }}
            beginning={text.beginning(title)}
            placeholder={text.placeholder(title)}
            instead={insteadOf(conversation)}
          />
        ) : (
          <Nowhere />
        )}
      </main>
      {conversation && search ? (
        <SearchResults
          searched={{ conversation_id, channel_id: conversation.channel_id }}
          query={search}
          onClose={() => setSearch("")}
        />
      ) : (
        <Beside conversation={conversation} are_pins_open={are_pins_open} onClosePins={() => setPinsOpen(false)} />
      )}
    </div>
  );
}

interface BesideProps {
  conversation: Conversation | null;
  are_pins_open: boolean;
  onClosePins(): void;
}

function Beside({ conversation, are_pins_open, onClosePins }: BesideProps) {
  if (!conversation) return null;
  if (are_pins_open) return <PinnedMessages channel_id={conversation.channel_id} onClose={onClosePins} />;
  return conversation.kind === "group" ? <ConversationMembers conversation={conversation} /> : null;
}

/** A stranger waits for an answer before one writes, and to who is blocked nothing can be written. */
function insteadOf(conversation: Conversation) {
  if (conversation.state === "request") return <RequestBar conversation={conversation} />;
  const other = otherOf(conversation);
  const is_blocked = friendList().some(({ user_id, state }) => user_id === other?.user_id && state === "blocked");
  return is_blocked && other ? <BlockedBar user_id={other.user_id} /> : undefined;
}

function Nowhere() {
  if (!conversationList() || hasMoreConversations()) return <div class="log-box" aria-busy="true" />;
  return <Empty icon="leaf" title={words.lost_title} text={words.lost_text} />;
}
