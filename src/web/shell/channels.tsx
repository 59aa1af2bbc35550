// A server's channels by category, with what is unread, and what one may do with the server.

import { useComputed } from "@preact/signals";
import { useState } from "preact/hooks";
import { Badge } from "../parts/badge.tsx";
import { Icon, IconButton } from "../parts/icon.tsx";
import { MutedSign } from "../parts/muted-sign.tsx";
import { categoriesOf, channelsOf, serverOf } from "../state/cache.ts";
import { closeNav } from "../state/nav.ts";
import { isMuted } from "../state/notifications.ts";
import { place, ways } from "../state/places.ts";
import { may } from "../state/rights.ts";
import { unreadInChannel } from "../state/unread.ts";
import { words } from "../words.ts";
import { AddChannel } from "./add-channel.tsx";
import { InvitePeople } from "./invite-people.tsx";
import { ServerMenu } from "./server-menu.tsx";

export function Channels({ server_id }: { server_id: number }) {
  const [is_inviting, setInviting] = useState(false);
  const [adding_to, setAddingTo] = useState<number | null | undefined>(undefined);
  const server = serverOf(server_id);
  const channels = channelsOf(server_id);
  const categories = [...(categoriesOf(server_id)?.values() ?? [])];
  const inside = (category_id: number | null) =>
    [...(channels?.values() ?? [])].filter((channel) => channel.category_id === category_id);
  const may_add = may("manage_channels", server_id);
  const link = (channel: { id: number; name: string }) => (
    <ChannelLink key={channel.id} id={channel.id} name={channel.name} server_id={server_id} />
  );
  return (
    <nav class="places" aria-label={words.side.channels}>
      <ServerMenu server_id={server_id} name={server?.name ?? ""} />
      <div class="side-scroll">
        {!channels && <ListSkeleton />}
        <ul class="side-list">{inside(null).map(link)}</ul>
        {categories.map(({ id, name }) => (
          <section key={id} aria-labelledby={`category-${id}`}>
            <div class="category">
              <h3 id={`category-${id}`}>{name}</h3>
              {may_add && <IconButton icon="plus" label={words.side.add_channel} onClick={() => setAddingTo(id)} />}
            </div>
            <ul class="side-list">{inside(id).map(link)}</ul>
          </section>
        ))}
        {may("create_invites", server_id) && (
          <button type="button" class="button invite" onClick={() => setInviting(true)}>
            <Icon name="plus" />
            {words.side.invite}
          </button>
        )}
      </div>
      {is_inviting && (
        <InvitePeople server_id={server_id} name={server?.name ?? ""} onClose={() => setInviting(false)} />
      )}
      {adding_to !== undefined && (
        <AddChannel server_id={server_id} category_id={adding_to} onClose={() => setAddingTo(undefined)} />
      )}
    </nav>
  );
}

/** Of all of them those two are drawn again that one leaves and enters. */
function ChannelLink({ id, name, server_id }: { id: number; name: string; server_id: number }) {
  const is_here = useComputed(() => place.value.at === "channel" && place.value.channel_id === id).value;
  const { unread, mentions } = unreadInChannel(id);
  const is_muted = isMuted({ channel_id: id });
  const is_unread = unread > 0 && !is_here && !is_muted && !isMuted({ server_id });
  return (
    <li data-unread={is_unread ? "" : undefined}>
      <a
        href={ways.channel(server_id, id)}
        aria-current={is_here ? "page" : undefined}
        aria-describedby={is_unread ? `unread-${id}` : undefined}
        onClick={closeNav}
      >
        <Icon name="hash" />
        <span class="name">{name}</span>
        {is_muted && <MutedSign />}
        {is_unread && <Badge count={mentions} />}
      </a>
      <span id={`unread-${id}`} hidden>
        {mentions ? words.mentions(mentions) : words.unread(unread)}
      </span>
    </li>
  );
}

const widths = ["60%", "45%", "72%", "50%"];
export const ListSkeleton = () => (
  <div class="list-skeleton" aria-hidden="true">
    {widths.map((width) => (
      <span key={width} class="skeleton" style={{ width }} />
    ))}
  </div>
);
