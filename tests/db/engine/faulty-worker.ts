// A database thread that opens nothing: it answers `open` alone, throws on the statement "crash", and is silent else.
// Stands in for a real thread, so that a test can let it die with requests outstanding at no mercy of timing.

import type { WorkerRequest } from "../../../src/db/engine/worker-messages.ts";

declare const self: Worker;

self.onmessage = ({ data: requests }: MessageEvent<WorkerRequest[]>) => {
  for (const request of requests) answer(request);
};

function answer(data: WorkerRequest): void {
  if (data.call === "open") self.postMessage([{ id: data.id, ok: true, value: null }]);
  if (data.call === "query" && data.payload.sql === "crash") throw new Error("crashed as asked");
}
