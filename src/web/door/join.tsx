// An invite, opened by somebody who is logged in: what it leads to, and the way in. Who has just come through the door
// for it is let in at once.

import { useEffect, useState } from "preact/hooks";
import type { RequestError } from "../../client/index.ts";
import type { Server } from "../../protocol/community/entities.ts";
import { Empty } from "../parts/empty.tsx";
import { client } from "../state/cache.ts";
import { came_by } from "../state/came-by.ts";
import { go, ways } from "../state/places.ts";
import { words } from "../words.ts";
import { Invited, InvitedSkeleton } from "./invited.tsx";

async function join(invite_code: string): Promise<void> {
  const joined = await client.value?.ask("join_server", { invite_code });
  if (joined) go(ways.server(joined.server.id), { replace: true });
}

export function Join({ code }: { code: string }) {
  const [server, setServer] = useState<Server | null>(null);
  const [refusal, setRefusal] = useState<RequestError | null>(null);
  useEffect(() => {
    if (came_by.value === code) {
      came_by.value = null;
      // An invite to the place itself was spent on the account.
      join(code).catch((error: RequestError) =>
        error.code === "not_found" ? go("/", { replace: true }) : setRefusal(error),
      );
      return;
    }
    client.value?.ask("get_server", { invite_code: code }).then(
      (reply) => setServer(reply.server),
      (error: RequestError) => setRefusal(error),
    );
  }, [code]);
  const is_bad = refusal?.code === "not_found";
  return (
    <div class="door">
      <main aria-busy={!refusal && !server}>
        {refusal && (
          <Empty
            icon="leaf"
            title={is_bad ? words.door.bad_invite : refusal.message}
            text={is_bad ? words.door.bad_invite_text : ""}
          >
            <a class="button" href="/">
              {words.to_start}
            </a>
          </Empty>
        )}
        {!refusal && !server && (
          <div class="sheet invited">
            <InvitedSkeleton />
          </div>
        )}
        {!refusal && server && (
          <div class="sheet invited">
            <Invited server={server} />
            {server.description && <p>{server.description}</p>}
            <button type="button" class="button go wide" onClick={() => void join(code).catch(setRefusal)}>
              {words.door.join}
            </button>
          </div>
        )}
      </main>
    </div>
  );
}
