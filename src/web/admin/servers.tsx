// The servers that people made, and what can be done with each.

import { useState } from "preact/hooks";
import { Avatar } from "../parts/avatar.tsx";
import { Empty } from "../parts/empty.tsx";
import { Icon } from "../parts/icon.tsx";
import { LoadMore } from "../parts/load-more.tsx";
import { Menu } from "../parts/menu.tsx";
import { Refused } from "../parts/refused.tsx";
import { useLoaded } from "../parts/use-loaded.ts";
import { callAdmin } from "../state/admin.ts";
import { say } from "../state/notices.ts";
import { numberOf, sizeOf } from "../state/sizes.ts";
import { dateOf } from "../state/times.ts";
import { words } from "../words.ts";
import { Act, own_password } from "./act.tsx";
import { Table } from "./table.tsx";

const text = words.admin.servers;
const AMOUNT = 50;

interface AdminServer {
  id: number;
  name: string;
  owner: string | null;
  owner_id: number;
  members: number;
  messages: number;
  bytes: number;
  created_date: string;
  locked_date: string | null;
}

interface Page {
  servers: AdminServer[];
  has_more: boolean;
}

export function AdminServers() {
  const [acting, setActing] = useState<{ server: AdminServer; act: "transfer" | "delete" } | null>(null);
  const load = (anchor: number) => callAdmin<Page>("GET", "/admin/servers", { amount: AMOUNT, anchor });
  const { value, error, setValue, reload } = useLoaded(() => load(0));
  const more = async () => {
    const next = await load(value?.servers.at(-1)?.id ?? 0).catch(() => null);
    if (next && value) setValue({ ...next, servers: [...value.servers, ...next.servers] });
  };
  const titles = [text.name, text.owner, text.members, text.messages, text.bytes, text.created];
  return (
    <>
      <Refused error={error} />
      {value?.servers.length === 0 && <Empty icon="leaf" title={text.none} />}
      {value !== null && value.servers.length > 0 && (
        <Table titles={titles} has_actions>
          {value.servers.map((server) => (
            <ServerRow key={server.id} server={server} onAct={(act) => setActing({ server, act })} />
          ))}
        </Table>
      )}
      {value?.has_more && <LoadMore onLoad={more} />}
      {acting && <ServerAct {...acting} onDone={reload} onClose={() => setActing(null)} />}
    </>
  );
}

function ServerRow({ server, onAct }: { server: AdminServer; onAct(act: "transfer" | "delete"): void }) {
  const { id, name, owner, members, messages, bytes, created_date, locked_date } = server;
  const actions = [
    { name: text.transfer, run: () => onAct("transfer") },
    { name: text.delete, is_danger: true, run: () => onAct("delete") },
  ];
  return (
    <tr>
      <th scope="row">
        <span class="cell" title={`id:${id}`}>
          <Avatar id={id} name={name} size={26} is_server />
          <span>
            <bdi>{name}</bdi> {locked_date && <span class="tag bad">{text.locked}</span>}
          </span>
        </span>
      </th>
      <td>{owner ?? text.no_owner}</td>
      <td>{numberOf(members)}</td>
      <td>{numberOf(messages)}</td>
      <td>{sizeOf(bytes)}</td>
      <td>{dateOf(created_date)}</td>
      <td>
        <Menu label={text.actions(name)} actions={actions} align="end">
          <Icon name="more" />
        </Menu>
      </td>
    </tr>
  );
}

interface ServerActProps {
  server: AdminServer;
  act: "transfer" | "delete";
  onDone(): void;
  onClose(): void;
}

function ServerAct({ server: { id, name }, act, onDone, onClose }: ServerActProps) {
  const is_transfer = act === "transfer";
  const to = { name: "user_id", label: text.transfer_to, type: "number" } as const;
  return (
    <Act
      title={`${text[act]}: ${name}`}
      text={is_transfer ? text.transfer_text : text.delete_text}
      action={text[act]}
      fields={is_transfer ? [to, own_password] : [own_password]}
      is_danger={!is_transfer}
      run={async ({ user_id, password }) => {
        if (is_transfer)
          await callAdmin("POST", `/admin/servers/${id}/transfer`, { user_id: Number(user_id), password });
        else await callAdmin("DELETE", `/admin/servers/${id}`, { password });
        say(words.saved);
        onDone();
        onClose();
      }}
      onClose={onClose}
    />
  );
}
