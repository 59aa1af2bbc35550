// Who is in the server, by role and presence. Pages of them come one after the other, and only those in sight are in
// the page, so that it makes no difference how many they are.

import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { type MemberGroup, MemberList } from "../../client/index.ts";
import { useRows } from "../parts/use-rows.ts";
import { PersonRow } from "../people/person-row.tsx";
import { Profile } from "../people/profile.tsx";
import { client, read } from "../state/cache.ts";
import { loadMoreMembers } from "../state/needs.ts";
import { personOf } from "../state/people.ts";
import { words } from "../words.ts";
import { MembersHead } from "./members-parts.tsx";

const ROW_REM = 2.75;

type Row = { key: string; title: string } | { key: string; user_id: number };

function rowsOf(groups: readonly MemberGroup[]): Row[] {
  return groups.flatMap(({ role, is_here, members }): Row[] => {
    const name = role?.name ?? (is_here ? words.talk.online : words.talk.offline);
    const key = role ? String(role.id) : is_here ? "online" : "offline";
    return [
      { key, title: `${name} — ${members.length}` },
      ...members.map(({ user_id }) => ({ key: `user ${user_id}`, user_id })),
    ];
  });
}

const NOBODY: readonly MemberGroup[] = [];

/** The rows of the server's list, drawn again when they change. */
function useMemberRows(server_id: number): Row[] {
  const mine = client.value;
  const list = useMemo(() => mine && new MemberList(mine, server_id), [mine, server_id]);
  const [, drawAgain] = useReducer<number, void>((times) => times + 1, 0);
  useEffect(() => {
    list?.on(() => drawAgain());
    return () => list?.close();
  }, [list]);
  const groups = list?.groups ?? NOBODY;
  return useMemo(() => rowsOf(groups), [groups]);
}

export function Members({ server_id }: { server_id: number }) {
  const box = useRef<HTMLDivElement>(null);
  const [profile, setProfile] = useState<number | null>(null);
  const rows = useMemberRows(server_id);
  const members_to = read("members", server_id)?.servers.get(server_id)?.members_to ?? 0;
  useEffect(() => {
    if (members_to > 0) void loadMoreMembers(server_id);
  }, [server_id, members_to]);
  const { items, total } = useRows(box, rows.length, ROW_REM);
  return (
    <aside class="members" aria-label={words.talk.member_list}>
      <MembersHead />
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
                  <PersonRow person={personOf(row.user_id, server_id)} onOpen={() => setProfile(row.user_id)} />
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
