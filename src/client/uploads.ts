// A file to the server, with how far it has come: in browsers by their own way of telling so, elsewhere by what has been
// taken of the body. What comes of it is the server's answer; its `id` goes into `attachments`, its `url` into a picture.

import type { UploadReply } from "../protocol/uploads.ts";
import { addressOf } from "./address.ts";
import { RequestError, refusalOf } from "./errors.ts";
import { onAbort, type Patience } from "./waiting.ts";

export type { UploadReply } from "../protocol/uploads.ts";

export interface UploadOptions extends Patience {
  /** Where the server is, as in `https://orchard.example.org`. */
  url: string;
  token: string;
  file: Blob;
  /** What the file is called; else as the file says of itself, if it does. */
  name?: string;
  /** The same again is answered with the first upload. */
  nonce?: string;
  /** Bytes that are on their way or have come, of so many. */
  onProgress?(sent: number, total: number): void;
  /** In place of the browser's, if it has any; null for none. */
  XMLHttpRequest?: XhrConstructor | null;
}

/** As much of an XMLHttpRequest as is used. */
export interface Xhr {
  readonly upload: { onprogress: ((event: { loaded: number }) => void) | null };
  readonly responseText: string;
  onload: (() => void) | null;
  onerror: (() => void) | null;
  onabort: (() => void) | null;
  open(method: string, address: string): void;
  setRequestHeader(name: string, value: string): void;
  send(body: Blob): void;
  abort(): void;
}
export type XhrConstructor = new () => Xhr;

/** Rejects with a `RequestError`: the server's refusal, `disconnected` without an answer, `aborted` by the signal. */
export async function uploadFile(options: UploadOptions): Promise<UploadReply> {
  const { url, token, file, nonce, signal } = options;
  const name = options.name ?? (file as { name?: string }).name;
  const query = name === undefined ? "" : `?name=${encodeURIComponent(name)}`;
  const headers: Record<string, string> = {
    authorization: `Bearer ${token}`,
    // Whatever the file is called, the server looks at what is in it.
    "content-type": "application/octet-stream",
    ...(nonce !== undefined && { "idempotency-key": nonce }),
  };
  const sending = { address: `${addressOf(url).http}/api/v1/uploads${query}`, headers, file, signal };
  const tell = (sent: number) => options.onProgress?.(Math.min(sent, file.size), file.size);
  const own = (globalThis as { XMLHttpRequest?: XhrConstructor }).XMLHttpRequest;
  const Request = options.XMLHttpRequest === undefined ? own : options.XMLHttpRequest;
  const answer = Request ? await byXhr(new Request(), sending, tell) : await byFetch(sending, tell);
  if (answer.success === true) return answer as UploadReply;
  throw refusalOf(answer);
}

interface Sending extends Patience {
  address: string;
  headers: Record<string, string>;
  file: Blob;
}

type Answer = { success: boolean };

function byXhr(xhr: Xhr, { address, headers, file, signal }: Sending, tell: (sent: number) => void): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const unhear = onAbort(signal, (error) => {
      reject(error);
      xhr.abort();
    });
    if (signal?.aborted) return;
    xhr.open("POST", address);
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = ({ loaded }) => tell(loaded);
    xhr.onerror = () => {
      unhear();
      reject(noAnswer(address));
    };
    xhr.onload = () => {
      unhear();
      const answer = answerIn(xhr.responseText);
      if (answer) resolve(answer);
      else reject(noAnswer(address));
    };
    xhr.send(file);
  });
}

async function byFetch({ address, headers, file, signal }: Sending, tell: (sent: number) => void): Promise<Answer> {
  let sent = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      sent += chunk.byteLength;
      tell(sent);
      controller.enqueue(chunk);
    },
  });
  // Node wants to be told that the answer isn't waited for before the body has gone.
  const init = { method: "POST", headers, body: file.stream().pipeThrough(counted), duplex: "half" };
  const answering = fetch(address, { ...init, ...(signal && { signal }) } as RequestInit)
    .then((response) => response.text())
    .then(answerIn)
    .catch(() => null);
  let unhear = () => {};
  const givenUp = new Promise<never>((_, reject) => {
    unhear = onAbort(signal, reject);
  });
  try {
    const answer = await Promise.race([answering, givenUp]);
    if (answer) return answer;
    throw noAnswer(address);
  } finally {
    unhear();
  }
}

/** Null for what is no answer of the server's. */
function answerIn(text: string): Answer | null {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === "object" && answer !== null && "success" in answer ? (answer as Answer) : null;
  } catch {
    return null;
  }
}

const noAnswer = (address: string) =>
  new RequestError("disconnected", `${address.split("?")[0]} gave no answer of the server's.`);
