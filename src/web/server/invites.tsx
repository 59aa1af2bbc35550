// The server's invites that still let somebody in.

import { copy } from "../parts/copy-field.tsx";
import { Empty } from "../parts/empty.tsx";
import { Refused } from "../parts/refused.tsx";
import { useLoaded } from "../parts/use-loaded.ts";
import { linkOf } from "../shell/invite-people.tsx";
import { client } from "../state/cache.ts";
import { attempt } from "../state/notices.ts";
import { nameOf } from "../state/people.ts";
import { shortTime } from "../state/times.ts";
import { words } from "../words.ts";

const text = words.server.invites;

export function Invites({ server_id }: { server_id: number }) {
  const { value, error, reload } = useLoaded(() => client.value?.ask("get_invites", { server_id }), server_id);
  const act = async (doing: Promise<unknown> | undefined) => {
    if (await attempt(doing ?? Promise.resolve())) reload();
  };
  return (
    <>
      <Refused error={error} />
      <button type="button" class="button go" onClick={() => void act(client.value?.ask("add_invite", { server_id }))}>
        {text.add}
      </button>
      {value?.invites.length === 0 && <Empty icon="link" title={text.empty} />}
      <ul class="cards lined">
        {value?.invites.map(({ code, creator_id, uses, max_uses, expires_date }) => (
          <li key={code} class="card">
            <span class="who">
              <strong class="code">{code}</strong>
              <span>
                {[
                  nameOf(creator_id, server_id),
                  text.uses(uses, max_uses),
                  expires_date ? text.until(shortTime(expires_date)) : text.forever,
                ].join(" · ")}
              </span>
            </span>
            <button type="button" class="button small" onClick={() => void copy(linkOf(code))}>
              {text.copy}
            </button>
            <button
              type="button"
              class="button small danger"
              onClick={() => void act(client.value?.ask("delete_invite", { server_id, code }))}
            >
              {text.delete}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
