// What changes by itself, looked at every few seconds while somebody watches. A look that fails leaves what was seen.

import { useEffect, useState } from "preact/hooks";
import { callAdmin } from "../state/admin.ts";
import { is_watched } from "../state/watched.ts";

const EVERY_MS = 5_000;

/** Each answer is added to what was made of those before it. */
export function useFigures<Answer, Made>(path: string, first: Made, add: (made: Made, answer: Answer) => Made): Made {
  const [made, setMade] = useState(first);
  const is_seen = is_watched.value;
  useEffect(() => {
    const look = () =>
      callAdmin<Answer>("GET", path).then(
        (answer) => setMade((known) => add(known, answer)),
        () => {},
      );
    void look();
    if (!is_seen) return;
    const timer = setInterval(() => void look(), EVERY_MS);
    return () => clearInterval(timer);
  }, [is_seen]);
  return made;
}
