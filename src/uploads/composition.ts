// The uploads as they are configured: taken in, swept, and taken away with whose they are.

import { createLocks } from "../domain/locks.ts";
import { clearing, startSweep } from "./sweep.ts";
import { createUploads, type UploadsDependencies } from "./uploads.ts";

export function openUploads(services: Omit<UploadsDependencies, "locks">) {
  const shared = { ...services, locks: createLocks() };
  return {
    uploads: createUploads(shared),
    sweep: startSweep(shared),
    clearUploads: clearing(shared),
  };
}
