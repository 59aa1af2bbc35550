// A channel of a server: its head, what is said in it, who is there, and what one searches for.

import { useEffect, useMemo, useState } from "preact/hooks";
import { Empty } from "../parts/empty.tsx";
import { IconButton } from "../parts/icon.tsx";
import { MenuButton } from "../shell/page-head.tsx";
import { is_loaded } from "../state/account.ts";
import { channelsOf, serverOf } from "../state/cache.ts";
import { lastChannelOf, noteChannel } from "../state/last-channel.ts";
import { are_members_open } from "../state/nav.ts";
import { refusals } from "../state/needs.ts";
import { go, ways } from "../state/places.ts";
import { words } from "../words.ts";
import { ChannelMenu } from "./channel-menu.tsx";
import { JumpToDate } from "./jump-to-date.tsx";
import { Members } from "./members.tsx";
import { MembersButton } from "./members-parts.tsx";
import { PinnedMessages } from "./pins.tsx";
import { Room, useTitle } from "./room.tsx";
import { SearchField, SearchResults } from "./search.tsx";

export function Talk({
  server_id,
  channel_id,
  message_id,
}: {
  server_id: number;
  channel_id: number | null;
  message_id: number | null;
}) {
  const channels = channelsOf(server_id);
  const channel = channel_id === null ? undefined : channels?.get(channel_id);
  const [search, setSearch] = useState("");
  const [are_pins_open, setPinsOpen] = useState(false);
  const first = lastChannelOf(server_id);
  useEffect(() => {
    if (channels && !channel && first !== null) go(ways.channel(server_id, first), { replace: true });
    if (channel) noteChannel(server_id, channel.id);
  }, [server_id, channel?.id, first, channels !== null]);
  useTitle(channel && `#${channel.name}`);
  // Whoever goes from channel to channel leaves them as they are.
  const members = useMemo(() => <Members server_id={server_id} />, [server_id]);
  const is_gone = is_loaded.value && (refusals.value.has(`server:${server_id}`) || !serverOf(server_id));
  return (
    <div class="talk" data-members={are_members_open.value ? "open" : undefined}>
      <main class="page">
        <header class="head">
          <MenuButton />
          <h1>
            {channel && (
              <>
                <span class="hash" aria-hidden="true">
                  #{" "}
                </span>
                {channel.name}
              </>
            )}
          </h1>
          {channel?.details?.description && <p class="about">{channel.details.description}</p>}
          <span class="space" />
          {channel && <PinsButton is_open={are_pins_open} onToggle={() => setPinsOpen(!are_pins_open)} />}
          {channel && <JumpToDate channel_id={channel.id} />}
          <SearchField value={search} onSearch={setSearch} />
          <MembersButton />
          {channel && <ChannelMenu channel_id={channel.id} name={channel.name} onPins={() => setPinsOpen(true)} />}
        </header>
        {channel ? (
          <Room
            {...{ server_id, message_id }}
            channel_id={channel.id}
            beginning={words.talk.start(`#${channel.name}`)}
            placeholder={words.talk.placeholder(`#${channel.name}`)}
          />
        ) : (
          <Nowhere is_gone={is_gone} is_empty={channels?.size === 0} />
        )}
      </main>
      {search ? (
        <SearchResults searched={{ server_id }} query={search} onClose={() => setSearch("")} />
      ) : channel && are_pins_open ? (
        <PinnedMessages channel_id={channel.id} onClose={() => setPinsOpen(false)} />
      ) : (
        members
      )}
    </div>
  );
}

const PinsButton = ({ is_open, onToggle }: { is_open: boolean; onToggle(): void }) => (
  <IconButton
    icon="pin"
    label={words.talk.pins.title}
    aria-pressed={is_open}
    class="icon-button roomy"
    data-opens="pinned-messages"
    onClick={onToggle}
  />
);

function Nowhere({ is_gone, is_empty }: { is_gone: boolean; is_empty: boolean }) {
  if (is_gone) return <Empty icon="leaf" title={words.lost_title} text={words.lost_text} />;
  if (is_empty) return <Empty icon="hash" title={words.talk.no_channel} text={words.talk.no_channel_text} />;
  return <div class="log-box" aria-busy="true" />;
}
