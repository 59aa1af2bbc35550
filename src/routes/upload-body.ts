// The body of an upload: written to the disk piece by piece as it comes, bounded in size, in time and in what all of
// them hold of the disk, where one may have to give way to others, and unwrapped if it is a form. What doesn't come
// whole is gone. What the file is, others find out.

import type { Party } from "../domain/fair-share.ts";
import { limits } from "../domain/limits.ts";
import type { Pools } from "../domain/pools.ts";
import type { Holding } from "../domain/upload-room.ts";
import { crowded, type Failure, failure, type Outcome } from "../protocol/outcome.ts";
import type { Log } from "../telemetry/log.ts";
import type { Files, Incoming } from "../uploads/files.ts";
import type { NamedFile } from "../uploads/uploads.ts";
import { type BodySink, formSink, isForm } from "./form-file.ts";

export interface UploadReceiver {
  /**
   * Hands the file of a request to `use`; `too_large`, `bad_request` or `unavailable` when it can't be had. `who` sends
   * it, and shares the room with the others.
   */
  receive<Value>(
    request: Request,
    who: Party,
    use: (file: NamedFile) => Promise<Outcome<Value>>,
  ): Promise<Outcome<Value>>;
}

export interface UploadReceiverDependencies {
  files: Pick<Files, "receive">;
  pools: Pick<Pools, "upload_room" | "upload_pieces" | "upload_jobs">;
  /** Of one file. */
  bounds: { upload_bytes: number };
  log: Log;
  /** Milliseconds; never goes back. */
  clock(): number;
}

/** A body on its way. */
interface Arriving {
  readonly reader: ReturnType<typeof readerOf>;
  readonly content: Incoming;
  readonly sink: BodySink;
  readonly holding: Holding;
}

const busy = failure("unavailable", "Too many uploads are on their way; try again later.", {
  retry_after_ms: limits.crowded_retry_ms,
}).error;
const not_whole = failure("bad_request", "The upload broke off, or took too long.", { path: "file" }).error;
const no_disk = failure("unavailable", "The server can't store uploads now; ask again later.").error;

/** All its uploads together share the room, and the places at which they are used once they are there. */
export function createUploadReceiver(on: UploadReceiverDependencies): UploadReceiver {
  const { upload_room: room, upload_pieces, upload_jobs } = on.pools;
  const { upload_bytes } = on.bounds;
  const too_large = failure("too_large", `An upload has at most ${upload_bytes} bytes.`).error;

  function begin(request: Request, who: Party): Arriving {
    const reader = readerOf(request);
    const content = on.files.receive();
    const sink = isForm(typeOf(request))
      ? formSink(typeOf(request), (bytes) => content.write(bytes))
      : plain(request, content);
    return { reader, content, sink, holding: room.begin(who, () => letGo(reader)) };
  }

  async function read(request: Request, who: Party, arriving: Arriving): Promise<Failure | null> {
    const { reader, content, sink, holding } = arriving;
    const most = upload_bytes + (isForm(typeOf(request)) ? limits.upload_wrapping_bytes : 0);
    if (Number(request.headers.get("content-length")) > most) return too_large;
    const began_ms = on.clock();
    for (;;) {
      // Ends at once where it has to give way: then it is let go of.
      const next = await reader?.read().catch(() => "broken" as const);
      if (holding.gave_way) return busy;
      if (next === "broken") return not_whole;
      if (!next || next.done) return sink.end();
      const chunk: Uint8Array = next.value;
      if (holding.bytes + chunk.byteLength > most) return too_large;
      // Who sends nothing at all is cut off by the server itself.
      if (on.clock() > began_ms + patienceFor(holding.bytes)) return not_whole;
      if (!room.take(holding, chunk.byteLength, on.clock())) return busy;
      const fault = await upload_pieces.run<Failure | null>(
        who,
        () => written(sink, chunk),
        () => crowded().error,
      );
      if (fault) return fault;
      if (content.bytes > upload_bytes) return too_large;
    }
  }

  async function written(sink: BodySink, chunk: Uint8Array): Promise<Failure | null> {
    try {
      return await sink.write(chunk);
    } catch (error) {
      on.log.error({ err: error }, "an upload can't be stored");
      return no_disk;
    }
  }

  return {
    async receive(request, who, use) {
      const arriving = begin(request, who);
      const { content, holding, reader, sink } = arriving;
      try {
        const error = await read(request, who, arriving);
        // Of what was read to its end, this does nothing.
        letGo(reader);
        if (error) return { ok: false, error };
        room.finish(holding);
        return await upload_jobs.run(who, () => use({ content, name: sink.name }), crowded);
      } finally {
        await content.discard().catch((err) => on.log.error({ err }, "an upload can't be let go of"));
        room.end(holding);
      }
    },
  };
}

/** How long a body may take of which so much has come. */
function patienceFor(bytes: number): number {
  return Math.max(limits.upload_deadline_ms, (1000 * bytes) / limits.upload_least_bytes_per_s);
}

/** A body that is the file. */
function plain({ url }: Request, content: Incoming): BodySink {
  return {
    name: new URL(url).searchParams.get("name"),
    write: (chunk) => content.write(chunk).then(() => null),
    end: () => null,
  };
}

const readerOf = ({ body }: Request) => body?.getReader();

function letGo(reader: Arriving["reader"]): void {
  reader?.cancel().catch(() => {});
}

const typeOf = ({ headers }: Request): string => headers.get("content-type") ?? "";
