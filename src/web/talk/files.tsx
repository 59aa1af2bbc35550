// The files that go with what is being written: on their way from the moment they are chosen.

import { type Signal, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { IconButton } from "../parts/icon.tsx";
import { ready } from "../state/cache.ts";
import { say } from "../state/notices.ts";
import { forgetPreview, type Upload, upload } from "../state/uploading.ts";
import { words } from "../words.ts";

const by_channel = new Map<number, Signal<readonly Upload[]>>();
const DEFAULT_MOST = 10;

function filesIn(channel_id: number): Signal<readonly Upload[]> {
  const known = by_channel.get(channel_id) ?? signal<readonly Upload[]>([]);
  by_channel.set(channel_id, known);
  return known;
}

/** Begins to upload them, as many as go with a message. */
export function addFiles(channel_id: number, chosen: File[]): void {
  const files = filesIn(channel_id);
  const most = ready.value?.limits?.["attachments"] ?? DEFAULT_MOST;
  for (const file of chosen) {
    if (files.value.length >= most) return say(words.talk.most_files(most), true);
    files.value = [...files.value, upload(file, ({ error }) => error && say(error.message, true))];
  }
}

export function useFiles(channel_id: number) {
  const files = filesIn(channel_id);
  const remove = (one: Upload) => {
    one.abort();
    files.value = files.value.filter(({ key }) => key !== one.key);
  };
  const clear = () => {
    for (const file of files.value) forgetPreview(file);
    files.value = [];
  };
  return { files, remove, clear, add: (chosen: File[]) => addFiles(channel_id, chosen) };
}

/** The ids of those that are there, once none is on its way; those that failed stay behind. */
export function filesOf(files: readonly Upload[]): number[] | "waiting" {
  if (files.some(({ state }) => state.value === "under way")) return "waiting";
  return files.flatMap(({ id }) => id ?? []);
}

export function Files({ files, onRemove }: { files: readonly Upload[]; onRemove(one: Upload): void }) {
  if (files.length === 0) return null;
  return (
    <ul class="files">
      {files.map((one) => (
        <li key={one.key} data-state={one.state.value}>
          {one.preview ? <img src={one.preview} alt={one.name} /> : <bdi class="name">{one.name}</bdi>}
          {one.state.value === "under way" && (
            <progress value={one.progress.value} aria-label={words.talk.uploading(one.name)} />
          )}
          {one.error && <span class="fault">{one.error.message}</span>}
          <IconButton icon="close" label={words.talk.remove_file(one.name)} onClick={() => onRemove(one)} />
        </li>
      ))}
    </ul>
  );
}

/** Whether files are held over the page, to be dropped; a drop anywhere in it counts. Null: nothing goes there. */
export function useDropping(channel_id: number | null, is_over: Signal<boolean>): void {
  useEffect(() => {
    if (channel_id === null) return;
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const onOver = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      is_over.value = true;
    };
    const onLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) is_over.value = false;
    };
    const onDrop = (event: DragEvent) => {
      is_over.value = false;
      if (!hasFiles(event)) return;
      event.preventDefault();
      addFiles(channel_id, [...(event.dataTransfer?.files ?? [])]);
    };
    addEventListener("dragover", onOver);
    addEventListener("dragleave", onLeave);
    addEventListener("drop", onDrop);
    return () => {
      removeEventListener("dragover", onOver);
      removeEventListener("dragleave", onLeave);
      removeEventListener("drop", onDrop);
    };
  }, [channel_id]);
}
