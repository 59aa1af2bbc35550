// Files on their way to the server, with how far each is.

import { type Signal, signal } from "@preact/signals";
import { type RequestError, uploadFile } from "../../client/index.ts";
import { url as server } from "./account.ts";
import { client } from "./cache.ts";

export interface Upload {
  key: number;
  name: string;
  /** Of a picture as it lies here; null of any other file. */
  preview: string | null;
  /** From 0 to 1. */
  progress: Signal<number>;
  state: Signal<"under way" | "done" | "failed">;
  error: RequestError | null;
  /** Once it is there. */
  id: number | null;
  url: string | null;
  abort(): void;
  /** After a failure. */
  tryAgain(): void;
}

let keys = 0;
/** Of the files that are there, by id: what waits to be sent knows no more of them. */
const names = new Map<number, string>();
export const nameOfUpload = (id: number) => names.get(id);

export function upload(file: File, onEnd: (upload: Upload) => void): Upload {
  keys += 1;
  const aborting = new AbortController();
  const preview = isPicture(file) ? URL.createObjectURL(file) : null;
  const begin = () => {
    const { signal } = aborting;
    const token = client.value?.token ?? "";
    uploadFile({ url: server, token, file, signal, onProgress }).then(
      ({ id, url }) => {
        Object.assign(made, { id, url });
        names.set(id, file.name);
        end("done");
      },
      (error: RequestError) => {
        if (error.code === "aborted") return;
        made.error = error;
        end("failed");
      },
    );
  };
  const made: Upload = {
    ...{ key: keys, name: file.name, preview, error: null, id: null, url: null },
    progress: signal(0),
    state: signal("under way"),
    abort() {
      aborting.abort();
      forgetPreview(made);
    },
    tryAgain() {
      made.error = null;
      made.progress.value = 0;
      made.state.value = "under way";
      begin();
    },
  };
  const end = (state: "done" | "failed") => {
    made.state.value = state;
    onEnd(made);
  };
  const onProgress = (sent: number, total: number) => {
    made.progress.value = total > 0 ? sent / total : 0;
  };
  begin();
  return made;
}

export function forgetPreview({ preview }: Upload): void {
  if (preview) URL.revokeObjectURL(preview);
}

/** One picture, as the URL under which it is kept. */
export function uploadPicture(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    upload(file, ({ url, error, abort }) => {
      if (url) resolve(url);
      else reject(error);
      abort();
    });
  });
}

export const PICTURE_TYPES = "image/png,image/jpeg,image/webp,image/gif,image/avif";
const isPicture = ({ type }: File) => PICTURE_TYPES.split(",").includes(type);
