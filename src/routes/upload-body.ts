// The body of an upload: taken in piece by piece, bounded in size, in time and in what all of them hold in memory, where
// one may have to give way to others, and unwrapped if it is a form. What the file is, others find out.

import type { Party } from "../domain/fair-share.ts";
import { limits } from "../domain/limits.ts";
import type { Pools } from "../domain/pools.ts";
import type { Holding } from "../domain/upload-memory.ts";
import { crowded, type Failure, failure, type Outcome, success } from "../protocol/outcome.ts";
import { fileInForm, isForm } from "./form-file.ts";

export type FileBytes = Uint8Array<ArrayBuffer>;

export interface UploadReceiver {
  /**
   * Hands the file of a request to `use`; `too_large`, `bad_request` or `unavailable` when it can't be had. `who` sends
   * it, and shares the memory with the others.
   */
  receive<Value>(
    request: Request,
    who: Party,
    use: (file: FileBytes) => Promise<Outcome<Value>>,
  ): Promise<Outcome<Value>>;
}

/** What has come of one body. */
interface Received {
  readonly reader: ReturnType<typeof readerOf>;
  readonly chunks: FileBytes[];
  readonly holding: Holding;
}

const too_large = failure("too_large", `An upload has at most ${limits.upload_bytes} bytes.`);
const busy = failure("unavailable", "Too many uploads are on their way; try again later.", {
  retry_after_ms: limits.crowded_retry_ms,
});
const not_whole = failure("bad_request", "The upload broke off, or took too long.", { path: "file" });

/** All its uploads together share the memory, and the places at which they are used once they are there. */
export function createUploadReceiver(
  clock: () => number,
  { upload_memory: memory, upload_jobs }: Pick<Pools, "upload_memory" | "upload_jobs">,
): UploadReceiver {
  function begin(request: Request, who: Party): Received {
    const reader = readerOf(request);
    const chunks: FileBytes[] = [];
    const giveWay = () => {
      chunks.length = 0;
      letGo(reader);
    };
    return { reader, chunks, holding: memory.begin(who, giveWay) };
  }

  async function read(request: Request, { reader, chunks, holding }: Received): Promise<Failure | null> {
    const most = limits.upload_bytes + (isForm(typeOf(request)) ? limits.upload_wrapping_bytes : 0);
    if (Number(request.headers.get("content-length")) > most) return too_large.error;
    const deadline_ms = clock() + limits.upload_deadline_ms;
    for (;;) {
      // Ends at once where it has to give way: then it is let go of.
      const next = await reader?.read();
      if (holding.gave_way) return busy.error;
      if (!next || next.done) return null;
      const chunk: FileBytes = next.value;
      if (holding.bytes + chunk.byteLength > most) return too_large.error;
      // Who sends nothing at all is cut off by the server itself.
      if (clock() > deadline_ms) return not_whole.error;
      if (!memory.take(holding, chunk.byteLength, clock())) return busy.error;
      chunks.push(chunk);
    }
  }

  return {
    async receive(request, who, use) {
      const received = begin(request, who);
      try {
        const error = await read(request, received).catch(() => not_whole.error);
        // Of what was read to its end, this does nothing.
        letGo(received.reader);
        if (error) return { ok: false, error };
        memory.finish(received.holding);
        const body = Buffer.concat(received.chunks.splice(0));
        const file = isForm(typeOf(request)) ? await fileInForm(body, typeOf(request)) : success(body);
        return file.ok ? await upload_jobs.run(who, () => use(file.value), crowded) : file;
      } finally {
        memory.end(received.holding);
      }
    },
  };
}

const readerOf = ({ body }: Request) => body?.getReader();

function letGo(reader: Received["reader"]): void {
  reader?.cancel().catch(() => {});
}

const typeOf = ({ headers }: Request): string => headers.get("content-type") ?? "";
