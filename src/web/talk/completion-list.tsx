// The completions, above the text that they are for; the text keeps the focus.

import { Avatar } from "../parts/avatar.tsx";
import { words } from "../words.ts";
import type { Completion } from "./completion.ts";

export function CompletionList({
  id,
  completion: { entries, active },
  onChoose,
}: {
  id: string;
  completion: Completion;
  onChoose(at: number): void;
}) {
  return (
    <div class="menu completions" id={id} role="listbox" aria-label={words.talk.suggestions}>
      {entries.map(({ key, name, more, person }, at) => (
        <button
          key={key}
          type="button"
          role="option"
          id={`${id}-${at}`}
          tabIndex={-1}
          aria-selected={at === active}
          // The text would lose the focus.
          onPointerDown={(event) => {
            event.preventDefault();
            onChoose(at);
          }}
        >
          {person && <Avatar {...person} size={22} />}
          <bdi>{name}</bdi>
          {more && <span class="hint">{more}</span>}
        </button>
      ))}
    </div>
  );
}
