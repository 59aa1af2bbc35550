// The body of an upload: taken in piece by piece, bounded in size, in time and in what all of them hold in memory, and
// unwrapped if it is a form. What the file is, others find out.

import { limits } from "../domain/limits.ts";
import { type Failure, failure, type Outcome, success } from "../protocol/outcome.ts";

export type FileBytes = Uint8Array<ArrayBuffer>;

export interface UploadReceiver {
  /** Hands the file of a request to `use`; `too_large`, `bad_request` or `unavailable` when it can't be had. */
  receive<Value>(request: Request, use: (file: FileBytes) => Promise<Outcome<Value>>): Promise<Outcome<Value>>;
}

/** What has come of one body. */
interface Received {
  readonly chunks: FileBytes[];
  bytes: number;
}

const too_large = failure("too_large", `An upload has at most ${limits.upload_bytes} bytes.`);
const busy = failure("unavailable", "Too many uploads are on their way; try again later.");
const not_whole = failure("bad_request", "The upload broke off, or took too long.", { path: "file" });
const no_form = failure("bad_request", "The form is malformed.", { path: "file" });
const no_file = failure("bad_request", "The form wants one file, in its field `file`.", { path: "file" });

/** All its uploads together hold `memory_bytes` at most. */
export function createUploadReceiver(
  clock: () => number,
  memory_bytes: number = limits.uploads_in_memory_bytes,
): UploadReceiver {
  let held_bytes = 0;

  async function read(request: Request, into: Received): Promise<Failure | null> {
    const most = limits.upload_bytes + (isForm(request) ? limits.upload_wrapping_bytes : 0);
    if (Number(request.headers.get("content-length")) > most) return too_large.error;
    const deadline_ms = clock() + limits.upload_deadline_ms;
    for await (const chunk of request.body ?? []) {
      if (into.bytes + chunk.byteLength > most) return too_large.error;
      if (held_bytes + chunk.byteLength > memory_bytes) return busy.error;
      // Who sends nothing at all is cut off by the server itself.
      if (clock() > deadline_ms) return not_whole.error;
      into.chunks.push(chunk);
      into.bytes += chunk.byteLength;
      held_bytes += chunk.byteLength;
    }
    return null;
  }

  return {
    async receive(request, use) {
      const received: Received = { chunks: [], bytes: 0 };
      try {
        const error = await read(request, received).catch(() => not_whole.error);
        if (error) return { ok: false, error };
        const body = Buffer.concat(received.chunks.splice(0));
        const file = isForm(request) ? await fileOf(body, request) : success(body);
        return file.ok ? await use(file.value) : file;
      } finally {
        held_bytes -= received.bytes;
      }
    },
  };
}

function isForm(request: Request): boolean {
  return /^multipart\/form-data\b/i.test(request.headers.get("content-type") ?? "");
}

async function fileOf(body: FileBytes, request: Request): Promise<Outcome<FileBytes>> {
  const headers = { "content-type": request.headers.get("content-type") ?? "" };
  const form = await new Response(body, { headers }).formData().catch(() => null);
  if (!form) return no_form;
  const [file, ...more] = form.getAll("file");
  if (!file || typeof file === "string" || more.length > 0) return no_file;
  return file.size > limits.upload_bytes ? too_large : success(new Uint8Array(await file.arrayBuffer()));
}
