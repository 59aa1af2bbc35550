// What was done about people and servers, by whom and by which door.

import { Empty } from "../parts/empty.tsx";
import { LoadMore } from "../parts/load-more.tsx";
import { Refused } from "../parts/refused.tsx";
import { useLoaded } from "../parts/use-loaded.ts";
import { callAdmin } from "../state/admin.ts";
import { shortTime } from "../state/times.ts";
import { words } from "../words.ts";

const text = words.admin.audit;
const AMOUNT = 30;

interface Entry {
  id: number;
  created_date: string;
  type: string;
  door: "command_line" | "http";
  actor: { id: number; name: string } | null;
  user: { id: number; name: string } | null;
}

interface Page {
  entries: Entry[];
  has_more: boolean;
}

export function AdminAudit() {
  const load = (anchor?: number) => callAdmin<Page>("GET", "/admin/audit", { amount: AMOUNT, anchor });
  const { value, error, setValue } = useLoaded(() => load());
  const more = async () => {
    const next = await load(value?.entries.at(-1)?.id).catch(() => null);
    if (next && value) setValue({ ...next, entries: [...value.entries, ...next.entries] });
  };
  return (
    <>
      <Refused error={error} />
      {value?.entries.length === 0 && <Empty icon="check" title={text.none} />}
      <ul class="cards lined">
        {value?.entries.map(({ id, created_date, type, door, actor, user }) => (
          <li key={id} class="card">
            <span class="who">
              <strong class="code">{type}</strong>
              <span>
                {actor && <bdi>{actor.name}</bdi>} {door === "http" ? text.by_http : text.by_machine}
                {user && (
                  <>
                    {" · "}
                    <bdi>{user.name}</bdi>
                  </>
                )}
              </span>
            </span>
            <time class="hint" dateTime={created_date}>
              {shortTime(created_date)}
            </time>
          </li>
        ))}
      </ul>
      {value?.has_more && (
        <div>
          <LoadMore onLoad={more} />
        </div>
      )}
    </>
  );
}
