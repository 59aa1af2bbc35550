// Who is in a group, the longest-serving first, and for who runs it the way to take somebody out.

import { useState } from "preact/hooks";
import { Icon } from "../parts/icon.tsx";
import { Menu } from "../parts/menu.tsx";
import { PersonRow } from "../people/person-row.tsx";
import { Profile } from "../people/profile.tsx";
import { client, selfId } from "../state/cache.ts";
import type { Conversation } from "../state/conversations.ts";
import { attempt } from "../state/notices.ts";
import { personOf } from "../state/people.ts";
import { MembersHead } from "../talk/members-parts.tsx";
import { words } from "../words.ts";

const text = words.conversations;

export function ConversationMembers({ conversation: { id, members, owner_id } }: { conversation: Conversation }) {
  const [profile, setProfile] = useState<number | null>(null);
  const is_owner = owner_id === selfId();
  const remove = (user_id: number) =>
    void attempt(client.value?.ask("remove_conversation_member", { conversation_id: id, user_id }));
  return (
    <aside class="members" aria-label={words.talk.member_list}>
      <MembersHead />
      <ul class="group-members">
        {members.map(({ user_id, name, profile_pic }) => (
          <li key={user_id}>
            <PersonRow
              person={{ ...personOf(user_id), name, picture: profile_pic }}
              said={user_id === owner_id ? text.owner : undefined}
              onOpen={() => setProfile(user_id)}
            />
            {is_owner && user_id !== owner_id && (
              <Menu
                label={text.more_about(name)}
                actions={[{ name: text.remove, icon: "close", is_danger: true, run: () => remove(user_id) }]}
                align="end"
              >
                <Icon name="more" />
              </Menu>
            )}
          </li>
        ))}
      </ul>
      {profile !== null && <Profile user_id={profile} server_id={0} onClose={() => setProfile(null)} />}
    </aside>
  );
}
