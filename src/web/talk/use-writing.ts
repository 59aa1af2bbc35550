// What writing does: what is typed becomes a message, the new text of one, or the choice of a completion.

import { useSignal } from "@preact/signals";
import type { TargetedKeyboardEvent } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Message } from "../../protocol/community/entities.ts";
import { selfId, windowOf } from "../state/cache.ts";
import { composing, composingIn, focus_wanted, saveEdit } from "../state/composing.ts";
import { submit as send } from "../state/sending.ts";
import { sayTyping } from "../state/typing.ts";
import { type Completion, completionAt, inserted } from "./completion.ts";

export function useWriting(server_id: number, channel_id: number) {
  const area = useRef<HTMLTextAreaElement>(null);
  const completion = useSignal<Completion | null>(null);
  const composed = composingIn(channel_id);
  const { text, editing } = composed;
  useGrowing(area, text);
  useLayoutEffect(() => {
    if (focus_wanted.value > 0 || matchMedia("(hover: hover)").matches) area.current?.focus();
  }, [channel_id, focus_wanted.value]);
  const submit = () => {
    if (composingIn(channel_id).editing) void saveEdit(server_id, channel_id);
    else send(server_id, channel_id);
  };
  const write = (text: string, caret: number) => {
    composing.write(channel_id, text);
    showAtOnce(area.current, text, caret);
  };
  const complete = (chosen: number) => {
    const entry = completion.value?.entries[chosen];
    if (!entry || !completion.value) return;
    const next = inserted(composingIn(channel_id).text, completion.value, entry);
    write(next.text, next.caret);
    completion.value = null;
  };
  const onInput = (target: HTMLTextAreaElement) => {
    composing.write(channel_id, target.value);
    const put = (found: Completion | null) => {
      completion.value = found;
    };
    put(completionAt(target.value, target.selectionStart, { server_id, channel_id }, put));
    if (!editing && target.value) sayTyping(channel_id);
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLTextAreaElement>) => {
    if (event.isComposing) return;
    const is_taken = moveThrough(event, completion.value, complete, (next) => {
      completion.value = next;
    });
    if (is_taken) event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape") composing.stop(channel_id);
    else if (event.key === "ArrowUp" && event.currentTarget.value === "" && !composed.reply_to) {
      editLast(event, channel_id);
    }
  };
  const put = (emoji: string) => {
    const { text } = composingIn(channel_id);
    const at = area.current?.selectionStart ?? text.length;
    write(text.slice(0, at) + emoji + text.slice(at), at + emoji.length);
  };
  return { ...composed, area, completion, complete, onInput, onKeyDown, put, submit };
}

function editLast(event: KeyboardEvent, channel_id: number): void {
  const all = [...(windowOf(channel_id)?.messages.values() ?? [])];
  const own = all.findLast(({ author_id }) => author_id === selfId());
  if (!own) return;
  event.preventDefault();
  composing.edit(own as Message);
}

/** Browsers that grow it by themselves are asked for no layout at each key. */
const grows_itself = CSS.supports("field-sizing", "content");

/** As high as its text, up to a part of the page. */
function useGrowing(area: { current: HTMLTextAreaElement | null }, text: string): void {
  useLayoutEffect(() => {
    const element = area.current;
    if (!element || grows_itself) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);
}

/** The next key may come before it is drawn: it goes behind the caret, into this text. */
function showAtOnce(area: HTMLTextAreaElement | null, text: string, caret: number): void {
  if (!area) return;
  area.value = text;
  area.focus();
  area.setSelectionRange(caret, caret);
}

function moveThrough(
  event: KeyboardEvent,
  open: Completion | null,
  complete: (at: number) => void,
  put: (next: Completion | null) => void,
): boolean {
  if (!open) return false;
  const { active, entries } = open;
  if (event.key === "ArrowDown") put({ ...open, active: (active + 1) % entries.length });
  else if (event.key === "ArrowUp") put({ ...open, active: (active - 1 + entries.length) % entries.length });
  else if (event.key === "Enter" || event.key === "Tab") complete(active);
  else if (event.key === "Escape") put(null);
  else return false;
  return true;
}
