// No photograph's place, camera, time or words leave the server, and its pixels, colours and turn stay: as exiftool
// reads it (Debian: `libimage-exiftool-perl`). Where that isn't, this is left out, but not with CI=true.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { done, foundServer } from "../harness/community.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";
import { jpegOf, pngOf, samples } from "./samples.ts";

const exiftool = Bun.which("exiftool");
const is_wanted = exiftool !== null || process.env["CI"] === "true";

/** What a camera and its owner's programs say. */
const telling = [
  ...["-Make=Canon", "-Model=EOS 5D", "-SerialNumber=123456", "-DateTimeOriginal=2020:01:01 10:00:00"],
  ...["-GPSLatitude=48.137", "-GPSLatitudeRef=N", "-GPSLongitude=11.575", "-GPSLongitudeRef=E", "-Artist=Alice"],
  ...["-XMP:Creator=Alice", "-XMP:City=Munich", "-IPTC:City=Munich", "-IPTC:By-line=Alice", "-Comment=hello"],
  ...["-Orientation#=6", "-UserComment=at home"],
];
/** Of all that exiftool tells, what it tells of any image: its container, and how it is encoded. */
const HARMLESS = /^(SourceFile|(ExifTool|System|File|JFIF|PNG|RIFF|GIF|QuickTime|Meta|Composite|ICC[-_\w]*|Adobe):)/;
const ALLOWED = ["IFD0:Orientation"];

/** The least of an ICC profile: its head, and a white point. */
const profile = Buffer.alloc(164);
profile.writeUInt32BE(profile.length, 0);
profile.write("mntrRGB XYZ ", 12, "latin1");
profile.write("acsp", 36, "latin1");
profile.writeUInt32BE(1, 128);
profile.write("wtpt\0\0\0\x90\0\0\0\x14XYZ \0\0\0\0\0\0\xf6\xd6\0\x01\0\0\0\0\xd3\x2d", 132, "latin1");

let folder: string;
let server: TestServer;
let alice: Present;

async function run(...words: string[]): Promise<string> {
  const ran = Bun.spawn([exiftool ?? "exiftool", ...words], { stdout: "pipe", stderr: "pipe" });
  const [output, said, exit_code] = await Promise.all([ran.stdout.text(), ran.stderr.text(), ran.exited]);
  if (exit_code !== 0) throw new Error(said);
  return output;
}

/** What exiftool reads, embedded and unknown things too. */
async function tagsOf(bytes: Uint8Array, extension: string): Promise<Record<string, unknown>> {
  const path = join(folder, `${crypto.randomUUID()}.${extension}`);
  await Bun.write(path, bytes);
  const [tags] = JSON.parse(await run("-j", "-a", "-G1", "-u", "-ee", path)) as Record<string, unknown>[];
  return tags ?? {};
}

/** The image with all that a camera says of it. */
async function photographed(bytes: Uint8Array, extension: string, ...more: string[]): Promise<Uint8Array<ArrayBuffer>> {
  const path = join(folder, `${crypto.randomUUID()}.${extension}`);
  await Bun.write(path, bytes);
  await run("-q", "-overwrite_original", ...telling, ...more, path);
  return new Uint8Array(await Bun.file(path).arrayBuffer());
}

async function upload(bytes: Uint8Array<ArrayBuffer>, name: string) {
  const headers = { authorization: `Bearer ${alice.token}` };
  const init = { method: "POST", headers, body: bytes };
  const response = await fetch(`${server.url}/api/v1/uploads?name=${name}`, init);
  expect(response.status).toBe(201);
  return (await response.json()) as { id: number; url: string; bytes: number; width: number; height: number };
}

const read = async (url: string) => new Uint8Array(await (await fetch(server.url + url)).arrayBuffer());
const telltale = (tags: Record<string, unknown>) =>
  Object.keys(tags).filter((tag) => !HARMLESS.test(tag) && !ALLOWED.includes(tag));
const pixelsOf = (bytes: Uint8Array) => new Bun.Image(bytes).png().bytes();

if (!is_wanted) process.stderr.write("left out, since there is no exiftool: what photographs say when they leave\n");
else
  describe("a photograph", () => {
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "orchard-test-"));
      await Bun.write(join(folder, "profile.icc"), profile);
      server = await startServer();
      alice = await server.join();
    });
    afterAll(async () => {
      await server.stop();
      await rm(folder, { recursive: true });
    });

    test.each(Object.keys(samples))("says nothing of itself when it leaves the server: %s", async (name) => {
      const { bytes, extension } = samples[name] ?? { bytes: new Uint8Array(), extension: "" };
      const photograph = await photographed(bytes, extension);
      expect(telltale(await tagsOf(photograph, extension)).length).toBeGreaterThan(extension === "gif" ? 1 : 8);
      const made = await upload(photograph, `a.${extension}`);
      const left = await read(made.url);
      expect(left.length).toBe(made.bytes);
      const tags = await tagsOf(left, extension);
      expect(telltale(tags)).toEqual([]);
      expect(tags["ExifTool:Warning"]).toBeUndefined();
      for (const word of ["Canon", "Alice", "Munich", "hello", "at home", "2020:01:01"]) {
        expect(Buffer.from(left).includes(word)).toBe(false);
      }
      // A GIF can't say how it is turned, and an AVIF does by properties of its own.
      const is_turned = extension !== "gif" && extension !== "avif";
      expect(tags["IFD0:Orientation"]).toBe(is_turned ? "Rotate 90 CW" : (undefined as never));
    });

    test.each(["png", "jpeg", "webp", "lossless webp", "gif"])("keeps its pixels: %s", async (name) => {
      const { bytes, extension } = samples[name] ?? { bytes: new Uint8Array(), extension: "" };
      const photograph = await photographed(bytes, extension);
      expect(await pixelsOf(await read((await upload(photograph, "a")).url))).toEqual(await pixelsOf(photograph));
    });

    test.each(["jpeg", "png", "webp"])("keeps its colours: %s", async (name) => {
      const { bytes, extension } = samples[name] ?? { bytes: new Uint8Array(), extension: "" };
      const photograph = await photographed(bytes, extension, `-ICC_Profile<=${join(folder, "profile.icc")}`);
      const tags = await tagsOf(await read((await upload(photograph, "a")).url), extension);
      expect(tags["ICC-header:ProfileClass"]).toBe("Display Device Profile");
      expect(telltale(tags)).toEqual([]);
    });

    test("says nothing in its small versions, nor as a message's attachment", async () => {
      const photograph = await photographed(await jpegOf(700, 300), "jpg");
      const { id, url, width, height } = await upload(photograph, "a.jpg");
      expect([width, height]).toEqual([300, 700]);
      const small = await read(`${url}?size=128`);
      expect(await new Bun.Image(small).metadata()).toEqual({ format: "webp", width: 55, height: 128 });
      expect(telltale(await tagsOf(small, "webp"))).toEqual([]);
      const server_id = await foundServer(alice);
      const { categories } = await done(alice, "get_server_channels", { server_id });
      const channel_id = categories[0].channels[0].id;
      const { message } = await done(alice, "add_message", { channel_id, attachments: [id] });
      expect(telltale(await tagsOf(await read(message.attachments[0].url), "jpg"))).toEqual([]);
    });

    test("has nothing behind its end, where phones put a second picture or a film", async () => {
      for (const [extension, bytes] of [
        ["jpg", await jpegOf(6, 4)],
        ["png", await pngOf(6, 4)],
      ] as const) {
        const behind = Buffer.concat([bytes, await photographed(await jpegOf(8, 8), "jpg")]);
        const left = await read((await upload(new Uint8Array(behind), `a.${extension}`)).url);
        expect(left).toEqual(bytes);
      }
    });
  });
