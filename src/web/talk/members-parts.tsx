// What opens and closes the list of who is in a place, and what stands over it: a server's and a conversation's alike.

import { IconButton } from "../parts/icon.tsx";
import { are_members_open } from "../state/nav.ts";
import { words } from "../words.ts";

export const MembersButton = () => (
  <IconButton
    icon="people"
    label={words.talk.members}
    aria-pressed={are_members_open.value}
    class="icon-button members-button"
    onClick={() => {
      are_members_open.value = !are_members_open.value;
    }}
  />
);

export const MembersHead = () => (
  <div class="members-head">
    <h2>{words.talk.members}</h2>
    <IconButton
      icon="close"
      label={words.close}
      onClick={() => {
        are_members_open.value = false;
      }}
    />
  </div>
);
