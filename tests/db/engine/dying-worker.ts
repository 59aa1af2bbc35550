// A database thread that dies with its first group.

import type { WorkerRequest } from "../../../src/db/engine/worker-messages.ts";

declare const self: Worker;

self.onmessage = ({ data: requests }: MessageEvent<WorkerRequest[]>) => {
  for (const request of requests) answer(request);
};

function answer(data: WorkerRequest): void {
  if (data.call === "open") self.postMessage([{ id: data.id, ok: true, value: null }]);
  if (data.call === "transact") throw new Error("crashed within a transaction");
}
