// Files on their way to the server, with how far each is: by the one way in which a browser tells that.

import { type Signal, signal } from "@preact/signals";
import { RequestError, refusalOf } from "../../client/index.ts";
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
}

let keys = 0;

export function upload(file: File, onEnd: (upload: Upload) => void): Upload {
  keys += 1;
  const request = new XMLHttpRequest();
  const preview = isPicture(file) ? URL.createObjectURL(file) : null;
  const made: Upload = {
    ...{ key: keys, name: file.name, preview, error: null, id: null, url: null },
    progress: signal(0),
    state: signal("under way"),
    abort() {
      request.abort();
      forgetPreview(made);
    },
  };
  const end = (state: "done" | "failed") => {
    made.state.value = state;
    onEnd(made);
  };
  request.open("POST", `/api/v1/uploads?name=${encodeURIComponent(file.name)}`);
  request.setRequestHeader("authorization", `Bearer ${client.value?.token ?? ""}`);
  request.setRequestHeader("content-type", file.type || "application/octet-stream");
  request.upload.onprogress = ({ loaded, total }) => {
    made.progress.value = total > 0 ? loaded / total : 0;
  };
  request.onload = () => {
    const answer = answerOf(request.responseText);
    if (answer.success === true) Object.assign(made, { id: answer.id, url: answer.url });
    else made.error = refusalOf(answer);
    end(made.error ? "failed" : "done");
  };
  request.onerror = () => {
    made.error = new RequestError("disconnected", "The server can't be reached.");
    end("failed");
  };
  request.send(file);
  return made;
}

export function forgetPreview({ preview }: Upload): void {
  if (preview) URL.revokeObjectURL(preview);
}

function answerOf(text: string): { success?: boolean; id?: number; url?: string } {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
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
