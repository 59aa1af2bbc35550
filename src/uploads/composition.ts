// The uploads as they are configured: taken in, swept, and taken away with whose they are.

import type { Upload } from "../domain/community.ts";
import { readKept } from "./kept.ts";
import { clearing, type SweepDependencies, startSweep } from "./sweep.ts";
import { createUploads, type UploadsDependencies } from "./uploads.ts";

export function openUploads(services: UploadsDependencies & SweepDependencies) {
  return {
    uploads: createUploads(services),
    sweep: startSweep(services),
    clearUploads: clearing(services),
    /** All of its bytes; null when they are gone. */
    readUpload: (upload: Upload) => readKept(services.files, upload),
  };
}
