// What keeps the bytes of uploads: one contract for a folder and a bucket, then what is peculiar to each.

import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Program } from "../../scripts/program.ts";
import { startApp } from "../../src/app.ts";
import { createLog } from "../../src/telemetry/log.ts";
import type { BucketSettings } from "../../src/uploads/bucket.ts";
import { type Files, openFiles } from "../../src/uploads/files.ts";
import { program } from "../harness/program.ts";
import { testConfig } from "../harness/server.ts";
import { bucketOf, type S3Server, startS3Server } from "./s3-server.ts";

const bytes = Buffer.from("some bytes");
const hash = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
const other = hash.replace(/^../, "zz");
const place = `${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "orchard-test-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Every file below the folder. */
async function found(): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name).slice(folder.length + 1));
}

async function contentOf(files: Files, of: string): Promise<string | null> {
  const body = await files.read(of);
  return body && new Response(body as Blob).text();
}

function describeFiles(name: string, open: () => Promise<Files>): void {
  describe(`files in a ${name}`, () => {
    test("are read as they were put, and not found before", async () => {
      const files = await open();
      expect(await contentOf(files, hash)).toBeNull();
      await files.put(hash, bytes);
      expect(await contentOf(files, hash)).toBe("some bytes");
      expect(await contentOf(files, other)).toBeNull();
    });

    test("may be put again, several at once", async () => {
      const files = await open();
      await Promise.all([files.put(hash, bytes), files.put(hash, bytes), files.put(other, bytes)]);
      await files.put(hash, bytes);
      expect([await contentOf(files, hash), await contentOf(files, other)]).toEqual(["some bytes", "some bytes"]);
    });

    test("are gone when removed, and may be put anew", async () => {
      const files = await open();
      await files.put(hash, bytes);
      await files.put(other, bytes);
      await files.remove(hash);
      await files.remove(hash);
      await files.remove();
      expect([await contentOf(files, hash), await contentOf(files, other)]).toEqual([null, "some bytes"]);
      await files.put(hash, bytes);
      expect(await contentOf(files, hash)).toBe("some bytes");
    });

    test("are gone together where several are to be removed, with what was made of them", async () => {
      const files = await open();
      for (const key of [hash, `${hash}-128`, other]) await files.put(key, bytes);
      await files.remove(hash, other);
      expect(await Promise.all([hash, `${hash}-128`, other].map((key) => contentOf(files, key)))).toEqual(
        Array.from({ length: 3 }, () => null),
      );
    });

    test("may be empty, or large", async () => {
      const files = await open();
      const large = Buffer.alloc(8 * 1024 * 1024, "abc");
      await files.put(hash, Buffer.alloc(0));
      await files.put(other, large);
      expect(await contentOf(files, hash)).toBe("");
      expect(await contentOf(files, other)).toBe(large.toString());
    });
  });
}

const servers: S3Server[] = [];
afterAll(async () => {
  for (const server of servers) await server.stop();
});
function startS3(): S3Server {
  const s3 = startS3Server();
  servers.push(s3);
  return s3;
}
const openFolder = () => openFiles({ folder, bucket: null });

describeFiles("folder", openFolder);
describeFiles("bucket", () => openFiles({ folder, bucket: bucketOf(startS3()) }));

describe("a folder", () => {
  test("is made where there is none, and keeps each file once, by its key", async () => {
    const files = await openFiles({ folder: join(folder, "data/uploads"), bucket: null });
    await files.put(hash, bytes);
    await files.put(hash, bytes);
    expect(await found()).toEqual([`data/uploads/${place}`]);
  });

  test("leaves to other processes what they receive into one that is shared, and clears what nobody does", async () => {
    const shared = { folder, bucket: null, is_shared: true };
    const files = await openFiles(shared);
    const incoming = files.receive();
    await incoming.write(new Uint8Array(bytes));
    const path = join(folder, "incoming", "of-yesterday");
    await writeFile(path, "som");
    await utimes(path, 1, Date.now() / 1_000 - 86_400);
    const theirs = await openFiles(shared);
    expect(await Bun.file(path).exists()).toBe(false);
    await incoming.keep(hash);
    expect(await contentOf(theirs, hash)).toBe("some bytes");
  });

  test("is cleared at the start of what a crash left half written, and of nothing else", async () => {
    await (await openFolder()).put(hash, bytes);
    await writeFile(join(folder, "incoming", "half"), "som");
    await openFolder();
    expect(await found()).toEqual([place]);
  });

  test("mends a file that isn't whole", async () => {
    const files = await openFolder();
    await mkdir(dirname(join(folder, place)), { recursive: true });
    await writeFile(join(folder, place), "som");
    await files.put(hash, bytes);
    expect(await contentOf(files, hash)).toBe("some bytes");
  });

  test("that can't take a file says so, and has no half of it", async () => {
    const files = await openFolder();
    await writeFile(join(folder, hash.slice(0, 2)), "in the way");
    await expect(files.put(hash, bytes)).rejects.toThrow();
    await rm(join(folder, "incoming"), { recursive: true });
    await expect(files.put(other, bytes)).rejects.toThrow();
    expect(await found()).toEqual([hash.slice(0, 2)]);
  });

  test("that can't be written to keeps the server from starting, with its name", async () => {
    await writeFile(join(folder, "file"), "");
    const environment = { ORCHARD_PORT: "0", ORCHARD_UPLOADS_DIR: join(folder, "file/uploads") };
    const ending = await Program.run(program, folder, environment);
    expect(ending.exitCode).toBe(2);
    expect(ending.stderr).toContain(`the uploads folder ${join(folder, "file/uploads")} can't be used`);
    expect((await readdir(folder)).sort()).toEqual(["data", "file"]);
  });
});

describe("a bucket", () => {
  test("has the same places as a folder, and makes none on the disk", async () => {
    const s3 = startS3();
    const files = await openFiles({ folder: join(folder, "uploads"), bucket: bucketOf(s3) });
    await files.put(hash, bytes);
    expect([...s3.objects.keys()]).toEqual([`/orchard/${place}`]);
    expect(await readdir(folder)).toEqual([]);
  });

  test("that fails, or is not there, says so", async () => {
    const s3 = startS3();
    const files = await openFiles({ folder, bucket: bucketOf(s3) });
    const ends = async () => {
      const calls = [files.put(hash, bytes), files.read(hash), files.remove(hash)];
      return (await Promise.allSettled(calls)).map(({ status }) => status);
    };
    for (const status of [403, 500, 503]) {
      s3.failing = status;
      expect(await ends()).toEqual(["rejected", "rejected", "rejected"]);
    }
    s3.failing = null;
    expect(await ends()).toEqual(["fulfilled", "fulfilled", "fulfilled"]);
    await s3.stop();
    expect(await ends()).toEqual(["rejected", "rejected", "rejected"]);
  });

  test("is first asked when it is needed", async () => {
    const s3 = startS3();
    await openFiles({ folder, bucket: bucketOf(s3) });
    expect(s3.requests).toEqual([]);
  });

  test("that can't be used is told by its probe: which, why, and where to look, but not the keys", async () => {
    const s3 = startS3();
    const strange = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("<p>Hello") });
    const probed = async (change: Partial<BucketSettings>) => {
      const files = await openFiles({ folder, bucket: { ...bucketOf(s3), ...change } });
      return files.probe?.().then(
        () => null,
        ({ message }) => message,
      );
    };
    expect(await probed({})).toBeNull();
    const { endpoint } = bucketOf(s3);
    expect(await probed({ name: "orchrad" })).toBe(
      `the bucket orchrad at ${endpoint} can't be used: NoSuchBucket: make it, or look at ORCHARD_S3_BUCKET`,
    );
    expect(await probed({ access_key_id: "kye" })).toMatch(/: AccessDenied: look at ORCHARD_S3_ACCESS_KEY_ID/);
    expect(await probed({ endpoint: strange.url.origin })).toMatch(/no S3 store: look at ORCHARD_S3_ENDPOINT$/);
    await Promise.all([strange.stop(true), s3.stop()]);
    const away = await probed({});
    expect(away).toMatch(/: ConnectionRefused: nobody answers there: look at ORCHARD_S3_ENDPOINT$/);
    expect(away).not.toContain("hunter2");
  });

  test("that refuses an upload is told with its code", async () => {
    const s3 = startS3();
    const files = await openFiles({ folder, bucket: { ...bucketOf(s3), name: "orchrad" } });
    const error = await files.put(hash, bytes).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ endpoint: s3.endpoint, bucket: "orchrad", code: "NoSuchBucket" });
  });

  test("that can't be used doesn't hold up a start, which tells it in the log", async () => {
    const s3 = startS3();
    const told = Promise.withResolvers<Record<string, unknown>>();
    const log = createLog("error", { write: (line) => told.resolve(JSON.parse(line)) });
    const config = testConfig(folder, { uploads_bucket: { ...bucketOf(s3), name: "orchrad" } });
    const app = await startApp(config, log, "test");
    expect(await told.promise).toMatchObject({
      msg: "uploads will be refused",
      err: { code: "NoSuchBucket", bucket: "orchrad", endpoint: s3.endpoint },
    });
    await app.stop();
  });
});
