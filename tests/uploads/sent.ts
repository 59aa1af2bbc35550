// A file as the receiver hands it on, without a request: its bytes have come whole.

import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Files } from "../../src/uploads/files.ts";
import { StagedFile } from "../../src/uploads/staged-file.ts";
import type { NamedFile } from "../../src/uploads/uploads.ts";

/** In place of an upload's way to the disk where none is kept. */
export const receiving: Pick<Files, "receive"> = {
  receive: () => new StagedFile(join(tmpdir(), `orchard-test-${crypto.randomUUID()}`), async () => {}),
};

export async function sent(
  files: Pick<Files, "receive">,
  bytes: Uint8Array,
  name: string | null = null,
): Promise<NamedFile> {
  const content = files.receive();
  await content.write(bytes);
  return { content, name };
}
