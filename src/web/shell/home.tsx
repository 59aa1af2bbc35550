// Where one comes to: the last server, or what to do while there is none.

import { useEffect, useState } from "preact/hooks";
import { Empty } from "../parts/empty.tsx";
import { is_loaded } from "../state/account.ts";
import { servers } from "../state/cache.ts";
import { instance } from "../state/instance.ts";
import { go, place, ways } from "../state/places.ts";
import { words } from "../words.ts";
import { AddServer } from "./add-server.tsx";
import { PageHead } from "./page-head.tsx";

export function Home() {
  const [is_adding, setAdding] = useState(false);
  const here = place.value;
  const first = servers()[0];
  useEffect(() => {
    if (here.at !== "lost" && is_loaded.value && first) go(ways.server(first.id), { replace: true });
  }, [here.at, is_loaded.value, first]);
  const is_lost = here.at === "lost";
  return (
    <main class="page">
      <PageHead title={is_lost ? words.lost_title : instance.value.name} />
      {(is_lost || (is_loaded.value && !first)) && (
        <Empty
          icon="leaf"
          title={is_lost ? words.lost_title : words.talk.home_title}
          text={is_lost ? words.lost_text : words.talk.home_text}
        >
          {is_lost ? (
            <a class="button" href="/">
              {words.to_start}
            </a>
          ) : (
            <button type="button" class="button go" onClick={() => setAdding(true)}>
              {words.talk.begin}
            </button>
          )}
        </Empty>
      )}
      {is_adding && <AddServer onClose={() => setAdding(false)} />}
    </main>
  );
}
