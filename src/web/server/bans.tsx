// Who is banned, and letting them in again.

import { Empty } from "../parts/empty.tsx";
import { LoadMore } from "../parts/load-more.tsx";
import { Refused } from "../parts/refused.tsx";
import { useLoaded } from "../parts/use-loaded.ts";
import { client } from "../state/cache.ts";
import { attempt } from "../state/notices.ts";
import { dateOf } from "../state/times.ts";
import { words } from "../words.ts";

const text = words.server.bans;

export function Bans({ server_id }: { server_id: number }) {
  const { value, error, setValue, reload } = useLoaded(() => client.value?.ask("get_bans", { server_id }), server_id);
  const unban = async (user_id: number) => {
    if (await attempt(client.value?.ask("unban_member", { server_id, user_id }) ?? Promise.resolve())) reload();
  };
  const more = async (anchor: string) => {
    const next = await client.value?.ask("get_bans", { server_id, anchor }).catch(() => null);
    if (next && value) setValue({ ...next, bans: [...value.bans, ...next.bans] });
  };
  return (
    <>
      <Refused error={error} />
      {value?.bans.length === 0 && <Empty icon="shield" title={text.empty} />}
      <ul class="cards lined">
        {value?.bans.map(({ user_id, name, reason, created_date }) => (
          <li key={user_id} class="card">
            <span class="who">
              <strong>
                <bdi>{name}</bdi>
              </strong>
              <span>{[`${text.by} ${dateOf(created_date)}`, reason].filter(Boolean).join(": ")}</span>
            </span>
            <button type="button" class="button small" onClick={() => void unban(user_id)}>
              {text.unban}
            </button>
          </li>
        ))}
      </ul>
      {value?.next_anchor && <LoadMore onLoad={() => more(value.next_anchor ?? "")} />}
    </>
  );
}
