// What a page shows that isn't in the cache: asked for when it opens, and again when something was done.

import { useEffect, useState } from "preact/hooks";
import type { RequestError } from "../../client/index.ts";

export function useLoaded<Value>(load: () => Promise<Value> | undefined, ...inputs: unknown[]) {
  const [value, setValue] = useState<Value | null>(null);
  const [error, setError] = useState<RequestError | null>(null);
  const [times, setTimes] = useState(0);
  useEffect(() => {
    let is_wanted = true;
    load()?.then(
      (loaded) => {
        if (!is_wanted) return;
        setValue(loaded);
        setError(null);
      },
      (refusal: RequestError) => is_wanted && setError(refusal),
    );
    return () => {
      is_wanted = false;
    };
  }, [...inputs, times]);
  return { value, error, setValue, reload: () => setTimes(times + 1) };
}
