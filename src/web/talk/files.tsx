// The files that go with what is being written, how far each is, and whether the message waits for them.

import type { Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { IconButton } from "../parts/icon.tsx";
import { addFiles, filesIn, removeFile } from "../state/sending.ts";
import type { Upload } from "../state/uploading.ts";
import { words } from "../words.ts";

export function Files({ channel_id, is_due }: { channel_id: number; is_due: boolean }) {
  const files = filesIn(channel_id).value;
  if (files.length === 0) return null;
  const is_missing = files.some(({ state }) => state.value === "failed");
  return (
    <>
      <ul class="files">
        {files.map((one) => (
          <ChosenFile key={one.key} one={one} onRemove={() => removeFile(channel_id, one)} />
        ))}
      </ul>
      <p class="composer-note" role="status">
        {is_due && !is_missing && words.talk.waits_for_files}
      </p>
      {is_due && is_missing && (
        <p class="composer-note fault" role="alert">
          {words.talk.file_is_missing}
        </p>
      )}
    </>
  );
}

function ChosenFile({ one, onRemove }: { one: Upload; onRemove(): void }) {
  const state = one.state.value;
  return (
    <li data-state={state}>
      {one.preview ? <img src={one.preview} alt={one.name} /> : <bdi class="name">{one.name}</bdi>}
      {state === "under way" && <progress value={one.progress.value} aria-label={words.talk.uploading(one.name)} />}
      {state === "failed" && (
        <div class="failure">
          <span class="fault">{one.error?.message}</span>
          <button
            type="button"
            class="button small"
            aria-label={words.talk.upload_again(one.name)}
            onClick={() => one.tryAgain()}
          >
            {words.try_again}
          </button>
        </div>
      )}
      <IconButton icon="close" label={words.talk.remove_file(one.name)} onClick={onRemove} />
    </li>
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
