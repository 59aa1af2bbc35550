// The accounts, found by name or standing, and what can be done with each.

import { useState } from "preact/hooks";
import { Avatar } from "../parts/avatar.tsx";
import { BotMark } from "../parts/bot-mark.tsx";
import { Icon } from "../parts/icon.tsx";
import { LoadMore } from "../parts/load-more.tsx";
import { Menu } from "../parts/menu.tsx";
import { Refused } from "../parts/refused.tsx";
import { SelectField } from "../parts/select-field.tsx";
import { useLoaded } from "../parts/use-loaded.ts";
import { callAdmin } from "../state/admin.ts";
import { numberOf, sizeOf } from "../state/sizes.ts";
import { dateOf, shortTime } from "../state/times.ts";
import { words } from "../words.ts";
import { Table } from "./table.tsx";
import { type UserAct, UserActDialog, userActs } from "./user-acts.tsx";

const text = words.admin.users;
const AMOUNT = 50;

export interface AdminUser {
  id: number;
  name: string;
  email: string | null;
  created_date: string;
  last_online: string;
  sessions: number;
  servers: number;
  upload_bytes: number;
  suspended: { since: string; until: string | null; reason: string | null } | null;
  admin: boolean;
  bot_owner_id: number | null;
}

interface Page {
  users: AdminUser[];
  has_more: boolean;
}

export function Users() {
  const [search, setSearch] = useState("");
  const [status, setStatus] = useState("");
  const [acting, setActing] = useState<{ user: AdminUser; act: UserAct } | null>(null);
  const load = (anchor: number) => callAdmin<Page>("GET", "/admin/users", { search, status, amount: AMOUNT, anchor });
  const { value, error, setValue, reload } = useLoaded(() => load(0), search, status);
  const more = async () => {
    const next = await load(value?.users.at(-1)?.id ?? 0).catch(() => null);
    if (next && value) setValue({ ...next, users: [...value.users, ...next.users] });
  };
  const statuses = [["", text.any_status], ...Object.entries(text.statuses)] as [string, string][];
  return (
    <>
      <div class="row end-aligned">
        <input
          class="input narrow"
          type="search"
          aria-label={text.search}
          placeholder={text.search}
          value={search}
          onInput={({ currentTarget }) => setSearch(currentTarget.value)}
        />
        <SelectField<string> label={text.status} value={status} options={statuses} onChoose={setStatus} />
      </div>
      <Refused error={error} />
      <Table
        titles={[text.name, text.created, text.last_online, text.sessions, text.servers, text.uploads]}
        has_actions
      >
        {value?.users.map((user) => (
          <UserRow key={user.id} user={user} onAct={(act) => setActing({ user, act })} />
        ))}
      </Table>
      {value?.has_more && <LoadMore onLoad={more} />}
      {acting && <UserActDialog {...acting} onDone={reload} onClose={() => setActing(null)} />}
    </>
  );
}

function UserRow({ user, onAct }: { user: AdminUser; onAct(act: UserAct): void }) {
  const {
    id,
    name,
    email,
    created_date,
    last_online,
    sessions,
    servers,
    upload_bytes,
    suspended,
    admin,
    bot_owner_id,
  } = user;
  return (
    <tr>
      <th scope="row">
        <span class="cell" title={`id:${id}`}>
          <Avatar id={id} name={name} size={26} />
          <span>
            <bdi>{name}</bdi> {admin && <span class="tag">{text.admin}</span>}
            <BotMark of={{ bot: bot_owner_id !== null }} />
            {suspended && (
              <span class="tag bad" title={suspended.reason ?? undefined}>
                {text.suspended}
              </span>
            )}
            {email && <span class="hint">{email}</span>}
          </span>
        </span>
      </th>
      <td>{dateOf(created_date)}</td>
      <td>{shortTime(last_online)}</td>
      <td>{numberOf(sessions)}</td>
      <td>{numberOf(servers)}</td>
      <td>{sizeOf(upload_bytes)}</td>
      <td>
        <Menu
          label={text.actions(name)}
          actions={userActs(user).map(({ act, ...shown }) => ({ ...shown, run: () => onAct(act) }))}
          align="end"
        >
          <Icon name="more" />
        </Menu>
      </td>
    </tr>
  );
}
