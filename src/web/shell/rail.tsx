// The servers, in the order of joining, under the way to one's friends and conversations.

import { useComputed } from "@preact/signals";
import { useState } from "preact/hooks";
import { Avatar } from "../parts/avatar.tsx";
import { Badge } from "../parts/badge.tsx";
import { Icon } from "../parts/icon.tsx";
import { is_admin } from "../state/admin.ts";
import { friendList, serverOf, servers } from "../state/cache.ts";
import { all_wanted } from "../state/conversations.ts";
import { lastChannelOf } from "../state/last-channel.ts";
import { closeNav } from "../state/nav.ts";
import { at_now, server_here, ways } from "../state/places.ts";
import { unreadOf } from "../state/unread.ts";
import { words } from "../words.ts";
import { AddServer } from "./add-server.tsx";

export function Rail() {
  const [is_adding, setAdding] = useState(false);
  return (
    <nav class="rail" aria-label={words.rail.servers}>
      <FriendsLink />
      <hr />
      <ul>
        {servers().map((server) => (
          <ServerLink key={server.id} id={server.id} />
        ))}
      </ul>
      <button
        type="button"
        class="add"
        aria-label={words.rail.add}
        title={words.rail.add}
        onClick={() => setAdding(true)}
      >
        <Icon name="plus" />
      </button>
      {is_admin.value && (
        <a class="admin" href="/admin" aria-label={words.rail.administration} title={words.rail.administration}>
          <Icon name="shield" />
        </a>
      )}
      {is_adding && <AddServer onClose={() => setAdding(false)} />}
    </nav>
  );
}

function FriendsLink() {
  const is_here = at_now.value === "friends" || at_now.value === "conversation";
  const incoming = friendList().filter(({ state }) => state === "incoming").length;
  const wanted = all_wanted.value;
  const described = [incoming && "friend-requests", wanted && "messages-wanted"].filter(Boolean).join(" ");
  return (
    <>
      <a
        class="friends"
        href={ways.friends}
        aria-label={words.rail.friends}
        title={words.rail.friends}
        aria-current={is_here ? "page" : undefined}
        aria-describedby={described || undefined}
        onClick={closeNav}
      >
        <Icon name="people" />
        <Badge count={incoming + wanted} />
      </a>
      <span id="friend-requests" hidden>
        {words.rail.requests(incoming)}
      </span>
      <span id="messages-wanted" hidden>
        {words.conversations.wanted(wanted)}
      </span>
    </>
  );
}

/** It looks for the server itself, which the client changes in place. */
function ServerLink({ id }: { id: number }) {
  const { name = "", image = null } = serverOf(id) ?? {};
  const { unread, mentions } = unreadOf(id);
  const is_here = useComputed(() => server_here.value === id).value;
  const channel_id = useComputed(() => lastChannelOf(id)).value;
  const said = mentions ? words.mentions(mentions) : words.unread(unread);
  return (
    <li data-unread={unread > 0 ? "" : undefined}>
      <a
        href={channel_id ? ways.channel(id, channel_id) : ways.server(id)}
        aria-label={name || words.loading}
        title={name}
        aria-current={is_here ? "page" : undefined}
        aria-describedby={unread ? `unread-${id}` : undefined}
      >
        <Avatar id={id} name={name || "…"} picture={image} size={44} is_server />
        <Badge count={mentions} />
      </a>
      <span id={`unread-${id}`} hidden>
        {said}
      </span>
    </li>
  );
}
