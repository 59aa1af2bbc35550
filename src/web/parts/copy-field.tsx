// A text that is there to be taken elsewhere: selected at once, and copied by a button.

import { useEffect, useId, useRef } from "preact/hooks";
import { say } from "../state/notices.ts";
import { words } from "../words.ts";
import { Icon } from "./icon.tsx";

/** Selects what is to be copied, where it can't be copied by itself. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(words.side.copied);
  } catch {
    document.querySelector<HTMLInputElement>("dialog input[readonly]")?.select();
  }
}

export function CopyField({ label, value }: { label: string; value: string }) {
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => input.current?.select(), [value]);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="row tight">
        <input ref={input} class="input" id={id} readOnly value={value} />
        <button type="button" class="button go" onClick={() => void copy(value)}>
          <Icon name="copy" />
          {words.side.copy}
        </button>
      </div>
    </div>
  );
}
