// A file that is on its way, on this machine's disk under a name that nobody else knows: written, synced and hashed as
// it comes, so that no more of it is in memory than one piece. It is there until it is kept or let go of.

import { type FileHandle, open, rm } from "node:fs/promises";
import { limits } from "../domain/limits.ts";
import type { Incoming } from "./files.ts";

export class StagedFile implements Incoming {
  readonly #path: string;
  readonly #keep: (file: StagedFile, key: string) => Promise<void>;
  readonly #hasher = new Bun.CryptoHasher("sha256");
  #handle: FileHandle | null = null;
  #is_begun = false;
  #first = Buffer.alloc(0);
  #bytes = 0;
  #unsynced_bytes = 0;
  #hash: string | null = null;

  /** `keep` puts what has come where it is kept under that key. */
  constructor(path: string, keep: (file: StagedFile, key: string) => Promise<void>) {
    this.#path = path;
    this.#keep = keep;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get first(): Buffer {
    return this.#first;
  }

  async write(chunk: Uint8Array): Promise<void> {
    const handle = await this.#opened();
    if (this.#first.length < limits.image_signature_bytes) {
      this.#first = Buffer.concat([this.#first, chunk.subarray(0, limits.image_signature_bytes)]);
    }
    this.#hasher.update(chunk);
    this.#bytes += chunk.byteLength;
    await handle.writeFile(chunk);
    this.#unsynced_bytes += chunk.byteLength;
    if (this.#unsynced_bytes < limits.file_sync_bytes) return;
    this.#unsynced_bytes = 0;
    // Whoever else syncs, the database above all, may have to wait for what this has not synced yet.
    await handle.datasync();
  }

  async read(): Promise<Buffer<ArrayBuffer>> {
    await this.#opened();
    return Buffer.from(await Bun.file(this.#path).arrayBuffer());
  }

  hash(): string {
    this.#hash ??= this.#hasher.digest("hex");
    return this.#hash;
  }

  /** Where it lies, once it would survive a loss of power. */
  async synced(): Promise<string> {
    const handle = await this.#opened();
    await handle.sync();
    await this.#close();
    return this.#path;
  }

  keep(key: string): Promise<void> {
    return this.#keep(this, key);
  }

  async discard(): Promise<void> {
    await this.#close();
    if (this.#is_begun) await rm(this.#path, { force: true });
  }

  async #close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }

  async #opened(): Promise<FileHandle> {
    if (this.#handle) return this.#handle;
    if (this.#is_begun) throw new Error("the file has come already");
    this.#handle = await open(this.#path, "wx", 0o600);
    this.#is_begun = true;
    return this.#handle;
  }
}
