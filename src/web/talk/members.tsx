// Who is in the server, by role and presence. Pages of them come one after the other, and only those in sight are in
// the page, so that it makes no difference how many they are.

import { useComputed } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Member, Role } from "../../protocol/community/entities.ts";
import { IconButton } from "../parts/icon.tsx";
import { useRows } from "../parts/use-rows.ts";
import { PersonRow } from "../people/person-row.tsx";
import { Profile } from "../people/profile.tsx";
import { membersOf, read, rolesOf, userOf } from "../state/cache.ts";
import { are_members_open } from "../state/nav.ts";
import { loadMoreMembers } from "../state/needs.ts";
import { personOf } from "../state/people.ts";
import { words } from "../words.ts";

const ROW_PX = 44;

type Row = { key: string; title: string } | { key: string; member: Member };

const collator = new Intl.Collator(undefined, { sensitivity: "base" });
const shownName = ({ nickname, name }: Member) => nickname ?? name;

/** Those who are here under their highest role, or among the others who are; then all who aren't. */
function rowsOf(members: readonly Member[], roles: readonly Role[], statusOf: (member: Member) => string): Row[] {
  const groups = new Map<string, Member[]>();
  const highest = roles.filter(({ position }) => position > 0);
  for (const { id } of highest) groups.set(String(id), []);
  groups.set("online", []);
  groups.set("offline", []);
  for (const member of members) {
    const role = highest.find(({ id }) => member.roles.includes(id));
    const key = statusOf(member) === "offline" ? "offline" : String(role?.id ?? "online");
    groups.get(key)?.push(member);
  }
  const names = new Map([
    ...highest.map(({ id, name }) => [String(id), name] as const),
    ["online", words.talk.online] as const,
    ["offline", words.talk.offline] as const,
  ]);
  return [...groups].flatMap(([key, inside]): Row[] => {
    if (inside.length === 0) return [];
    inside.sort((one, other) => collator.compare(shownName(one), shownName(other)));
    const title = `${names.get(key)} — ${inside.length}`;
    return [{ key, title }, ...inside.map((member) => ({ key: `${member.user_id}`, member }))];
  });
}

export function Members({ server_id }: { server_id: number }) {
  const box = useRef<HTMLDivElement>(null);
  const [profile, setProfile] = useState<number | null>(null);
  const all = useComputed(() => {
    const members = [...(membersOf(server_id)?.values() ?? [])] as Member[];
    const roles = [...(rolesOf(server_id)?.values() ?? [])] as Role[];
    return rowsOf(members, roles, (member) => userOf(member.user_id)?.status ?? member.status);
  });
  const members_to = read("members", server_id)?.servers.get(server_id)?.members_to ?? 0;
  useEffect(() => {
    if (members_to > 0) void loadMoreMembers(server_id);
  }, [server_id, members_to]);
  const rows = all.value;
  const { items, total } = useRows(box, rows.length, ROW_PX);
  return (
    <aside class="members" aria-label={words.talk.member_list}>
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
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keyboard, too. */}
      <div class="members-list" ref={box} tabIndex={0}>
        <ul style={{ height: `${total}px` }}>
          {items.map(({ index, start }) => {
            const row = rows[index];
            const style = { transform: `translateY(${start}px)` };
            if (!row) return null;
            return (
              <li key={row.key} style={style}>
                {"title" in row ? (
                  <h3 class="over-title">{row.title}</h3>
                ) : (
                  <PersonRow
                    person={personOf(row.member.user_id, server_id)}
                    onOpen={() => setProfile(row.member.user_id)}
                  />
                )}
              </li>
            );
          })}
        </ul>
      </div>
      {profile !== null && <Profile user_id={profile} server_id={server_id} onClose={() => setProfile(null)} />}
    </aside>
  );
}
