// The way to what a list has beyond what it shows.

import { words } from "../words.ts";

export function LoadMore({ onLoad, is_small }: { onLoad(): unknown; is_small?: boolean }) {
  return (
    <button type="button" class={is_small ? "button small" : "button"} onClick={() => void onLoad()}>
      {words.load_more}
    </button>
  );
}
