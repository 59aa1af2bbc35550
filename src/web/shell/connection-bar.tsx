// Says how the connection is when it isn't good, above the page and never in its way.

import { useEffect, useState } from "preact/hooks";
import { connection, trouble } from "../state/account.ts";
import { client } from "../state/cache.ts";
import { words } from "../words.ts";

/** What is over sooner isn't worth a word. */
const GRACE_MS = 1_500;

export function ConnectionBar() {
  const state = connection.value;
  const [is_late, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    if (state === "ready" || state === "closed") return;
    const timer = setTimeout(() => setLate(true), GRACE_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const shows = is_late && state !== "ready" && state !== "closed";
  return (
    <div class="connection" role="status">
      {shows && (
        <p>
          {trouble.value ? words.states.offline : words.states[state === "syncing" ? "syncing" : "connecting"]}
          {trouble.value && (
            <button type="button" class="as-link" onClick={() => client.value?.wake()}>
              {words.states.again}
            </button>
          )}
        </p>
      )}
    </div>
  );
}
