// Who one is, and the ways to one's settings and out.

import { Avatar } from "../parts/avatar.tsx";
import { Icon, IconButton } from "../parts/icon.tsx";
import { logOut } from "../state/account.ts";
import { ready, userOf } from "../state/cache.ts";
import { closeNav } from "../state/nav.ts";
import { go, ways } from "../state/places.ts";
import { words } from "../words.ts";

export function MeBar() {
  const user = ready.value?.user;
  if (!user) return <div class="me-bar" />;
  const playing = userOf(user.id)?.playing;
  const said = playing ? words.people.playing(playing) : (user.custom_status ?? words.statuses[user.status]);
  const seen = user.status === "invisible" ? "offline" : user.status;
  return (
    <section class="me-bar" aria-label={words.side.you}>
      <Avatar id={user.id} name={user.name} picture={user.profile_pic} size={36} status={seen} />
      <div class="who">
        <strong>{user.name}</strong>
        <span>{said}</span>
      </div>
      <a
        class="icon-button"
        href={ways.settings()}
        aria-label={words.side.settings}
        title={words.side.settings}
        onClick={closeNav}
      >
        <Icon name="gear" />
      </a>
      <IconButton
        icon="out"
        label={words.side.log_out}
        onClick={() => {
          closeNav();
          void logOut();
          go("/login");
        }}
      />
    </section>
  );
}
