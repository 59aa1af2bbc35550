// A place to choose an emoji: by looking, or by a word. Its list is loaded when it is first opened.

import { signal } from "@preact/signals";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { words } from "../words.ts";

type Entry = readonly [emoji: string, name: string, words: string];

const groups = signal<readonly (readonly Entry[])[]>([]);
const USUAL: readonly Entry[] = [
  ["👍", "thumbs up", ""],
  ["❤️", "red heart", ""],
  ["😂", "face with tears of joy", ""],
  ["🎉", "party popper", ""],
  ["😮", "face with open mouth", ""],
  ["🙏", "folded hands", ""],
  ["👀", "eyes", ""],
  ["🌱", "seedling", ""],
];
const MOST_FOUND = 80;

export async function loadEmoji(): Promise<readonly Entry[]> {
  if (groups.value.length === 0) {
    const { default: loaded } = await import("./emoji.json");
    groups.value = loaded as unknown as Entry[][];
  }
  return groups.value.flat();
}

export function found(all: readonly Entry[], text: string, most = MOST_FOUND): Entry[] {
  const wanted = text.trim().toLowerCase().replace(/_/g, " ");
  const starts = all.filter(([, name]) => name.startsWith(wanted));
  const others = all.filter(([, name, more]) => !name.startsWith(wanted) && `${name} ${more}`.includes(wanted));
  return [...starts, ...others].slice(0, most);
}

export function Emoji({ onPick, onClose }: { onPick(emoji: string): void; onClose(): void }) {
  const [text, setText] = useState("");
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    void loadEmoji().catch(() => {});
    const before = document.activeElement as HTMLElement | null;
    box.current?.querySelector("input")?.focus();
    const onOutside = (event: Event) => {
      if (!box.current?.parentElement?.contains(event.target as Node)) onClose();
    };
    document.addEventListener("pointerdown", onOutside);
    return () => {
      document.removeEventListener("pointerdown", onOutside);
      before?.focus?.();
    };
  }, []);
  const shown = text.trim() ? found(groups.value.flat(), text) : null;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes it from anywhere within.
    <div
      class="emoji-box"
      ref={box}
      onKeyDown={(event) => {
        if (event.key === "Escape") {
          event.stopPropagation();
          onClose();
        } else moveIn(event, box.current);
      }}
    >
      <input
        class="input"
        type="search"
        aria-label={words.talk.search_emoji}
        placeholder={words.talk.search_emoji}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          void pickFirst(event.currentTarget.value, onPick);
        }}
      />
      <div class="emoji-list">
        {shown ? (
          <Group entries={shown} onPick={onPick} />
        ) : (
          <>
            <Group entries={USUAL} onPick={onPick} />
            {groups.value.map((entries, at) => (
              <Group
                key={words.talk.emoji_groups[at]}
                title={words.talk.emoji_groups[at] ?? ""}
                entries={entries}
                onPick={onPick}
              />
            ))}
          </>
        )}
        {shown?.length === 0 && <p class="hint">{words.talk.no_emoji}</p>}
      </div>
    </div>
  );
}

/** Also before they are loaded. */
async function pickFirst(text: string, onPick: (emoji: string) => void): Promise<void> {
  if (!text.trim()) return;
  const [first] = found(await loadEmoji(), text, 1);
  if (first) onPick(first[0]);
}

function Group({ title, entries, onPick }: { title?: string; entries: readonly Entry[]; onPick(emoji: string): void }) {
  return (
    <section>
      {title && <h3 class="over-title">{title}</h3>}
      <div class="emoji-group">
        {entries.map(([emoji, name]) => (
          <button
            key={emoji}
            type="button"
            tabIndex={-1}
            title={name}
            aria-label={`${emoji} ${name}`}
            onClick={() => onPick(emoji)}
          >
            {emoji}
          </button>
        ))}
      </div>
    </section>
  );
}

/** Arrows go through the emoji, from the field down and back up to it. */
function moveIn(event: KeyboardEvent, box: HTMLElement | null): void {
  const buttons = [...(box?.querySelectorAll<HTMLElement>(".emoji-group button") ?? [])];
  const at = buttons.indexOf(document.activeElement as HTMLElement);
  const columns = 8;
  const steps: Record<string, number> = { ArrowDown: columns, ArrowUp: -columns, ArrowRight: 1, ArrowLeft: -1 };
  const step = steps[event.key];
  if (step === undefined || (at < 0 && event.key !== "ArrowDown")) return;
  event.preventDefault();
  const to = at < 0 ? 0 : at + step;
  if (to < 0) box?.querySelector("input")?.focus();
  else buttons[Math.min(to, buttons.length - 1)]?.focus();
}
