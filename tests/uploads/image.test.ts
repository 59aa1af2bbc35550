// What is taken for an image, and how large it is, by its bytes alone.

import { describe, expect, spyOn, test } from "bun:test";
import { limits } from "../../src/domain/limits.ts";
import { readImage } from "../../src/uploads/image.ts";
import { seededRandom } from "../harness/random.ts";
import {
  avifOf,
  box,
  exifOf,
  jpegSegment,
  mirror,
  photographOf,
  pngChunk,
  sizeBox,
  text,
  turn,
  whole,
} from "./image-parts.ts";
import { jpegOf, pngOf, samples, spoiled } from "./samples.ts";

const refused = { ok: false, error: { code: "bad_request", message: expect.any(String), details: { path: "file" } } };

function sample(name: string): Uint8Array<ArrayBuffer> {
  const { bytes } = samples[name] ?? {};
  if (!bytes) throw new Error(`there is no sample ${name}`);
  return bytes;
}

describe("an image is known by its content", () => {
  test.each(Object.entries(samples))("%s", async (_, { type, width, height, bytes }) => {
    expect(await readImage(bytes)).toEqual({ ok: true, value: { type, width, height } } as never);
  });

  test("an animated AVIF, and one made of tiles", async () => {
    const moving = avifOf("avis", sizeBox(30, 20));
    expect(await readImage(moving)).toMatchObject({ value: { type: "image/avif", width: 30, height: 20 } });
    const tiled = avifOf("avif", sizeBox(512, 512), sizeBox(2000, 1000), sizeBox(160, 80));
    expect(await readImage(tiled)).toMatchObject({ value: { width: 2000, height: 1000 } });
  });

  test("a photograph is as large as it is shown, turned upright", async () => {
    const turned = Buffer.from("ffe1002245786966000049492a0008000000010012010300010000000600000000000000", "hex");
    const jpeg = await jpegOf(6, 4);
    const photograph = Buffer.concat([jpeg.subarray(0, 2), turned, jpeg.subarray(2)]);
    expect(await readImage(photograph)).toMatchObject({ value: { width: 4, height: 6 } });
  });

  test.each([false, true])("an AVIF is as large as its main item is shown (in long boxes: %p)", async (long) => {
    const properties = [sizeBox(300, 200), turn(1), sizeBox(4000, 3000), mirror(0), turn(2), turn(3)];
    const shown = async (...of_items: number[][]) => {
      const outcome = await readImage(photographOf({ properties, of_items, long }));
      return outcome.ok ? [outcome.value.width, outcome.value.height] : outcome;
    };
    expect(await shown([1])).toEqual([300, 200]);
    expect(await shown([1, 2])).toEqual([200, 300]);
    expect(await shown([1, 4])).toEqual([300, 200]);
    expect(await shown([1, 5])).toEqual([300, 200]);
    expect(await shown([1, 6, 4])).toEqual([200, 300]);
    // A tile, or a thumbnail, that is larger or turned changes nothing.
    expect(await shown([1], [3, 2])).toEqual([300, 200]);
    expect(await shown([3, 2], [1])).toEqual([3000, 4000]);
  });

  test("an AVIF that moves and is turned", async () => {
    const moving = photographOf({ properties: [sizeBox(30, 20), turn(1)], of_items: [[1, 2]], brand: "avis" });
    expect(await readImage(moving)).toMatchObject({ value: { type: "image/avif", width: 20, height: 30 } });
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])("a PNG that a camera held as %p says", async (orientation) => {
    const png = await pngOf(6, 4);
    const { width, height } = orientation >= 5 ? { width: 4, height: 6 } : { width: 6, height: 4 };
    for (const order of ["II", "MM"] as const) {
      const exif = pngChunk("eXIf", exifOf(orientation, order));
      const before = Buffer.concat([png.subarray(0, 33), exif, png.subarray(33)]);
      expect(await readImage(before)).toMatchObject({ value: { width, height } });
      const behind = Buffer.concat([png.subarray(0, -12), exif, png.subarray(-12)]);
      expect(await readImage(behind)).toMatchObject({ value: { width: 6, height: 4 } });
    }
    const senseless = Buffer.concat([
      png.subarray(0, 33),
      pngChunk("eXIf", text("II*\0\xff\xff\xff\xff")),
      png.subarray(33),
    ]);
    expect(await readImage(senseless)).toMatchObject({ value: { width: 6, height: 4 } });
  });

  test("with a picture within it, or bytes that look like the end of one", async () => {
    const jpeg = await jpegOf(60, 40);
    const thumbnail = jpegSegment(0xe1, text("Exif\0\0"), exifOf(6), await jpegOf(6, 4));
    const words = jpegSegment(0xfe, Buffer.from([0xff, 0xd9]));
    const photograph = Buffer.concat([jpeg.subarray(0, 2), thumbnail, words, jpeg.subarray(2), text("trailer")]);
    expect(await readImage(photograph)).toMatchObject({ value: { width: 40, height: 60 } });
  });

  test("also where its bytes are part of a larger buffer", async () => {
    const around = Buffer.concat([text("before"), sample("png"), text("after")]);
    expect(await readImage(around.subarray(6, -5))).toMatchObject({ value: { width: 6, height: 4 } });
  });

  test("a GIF is as large as its screen, whatever its first frame fills", async () => {
    const larger = spoiled(sample("gif"), 6, "20001000");
    expect(await readImage(larger)).toMatchObject({ value: { type: "image/gif", width: 32, height: 16 } });
  });

  test("and with something appended, which is none of a viewer's business", async () => {
    const both = Buffer.concat([sample("gif").subarray(0, -1), text("<script>alert(1)</script>;")]);
    expect(await readImage(both)).toMatchObject({ value: { type: "image/gif" } });
  });
});

describe("what is no image is refused", () => {
  test.each([
    ["nothing", text("")],
    ["one byte", text("G")],
    ["words", text("hello")],
    ["an SVG", text('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><script>alert(1)</script></svg>')],
    ["an SVG with a declaration", text('<?xml version="1.0"?><svg width="10" height="10"/>')],
    ["a page", text("<!doctype html><html><body>hello</body></html>")],
    ["a page that begins like a GIF", text("GIF89<html>")],
    ["a PDF", text("%PDF-1.7\n%%EOF")],
    ["a BMP", Buffer.concat([text("BM"), Buffer.alloc(100, 1)])],
    ["a TIFF", Buffer.concat([text("II*\0"), Buffer.alloc(100)])],
    ["an icon", Buffer.from("00000100010010100000010020006804000016000000", "hex")],
    ["a HEIC", avifOf("heic", sizeBox(10, 10))],
    ["a video", avifOf("isom", sizeBox(10, 10))],
    ["a sound in RIFF", Buffer.concat([text("RIFF\x24\0\0\0WAVEfmt "), Buffer.alloc(40)])],
    ["a ZIP", Buffer.concat([text("PK\x03\x04"), Buffer.alloc(60)])],
    ["zeros", Buffer.alloc(1000)],
    ["a signature alone", Buffer.from("89504e470d0a1a0a", "hex")],
    ["an AVIF without sizes", avifOf("avif")],
    ["an AVIF of no brand", avifOf("xxxx", sizeBox(10, 10))],
  ])("%s", async (_, bytes) => {
    expect(await readImage(bytes)).toEqual(refused as never);
  });

  test.each([
    ["a PNG", spoiled(sample("png"), 16, "00000000")],
    ["a GIF", spoiled(sample("gif"), 8, "0000")],
    ["an AVIF", avifOf("avif", sizeBox(0, 10))],
  ])("%s without a side", async (_, bytes) => {
    expect(await readImage(bytes)).toEqual(refused as never);
  });

  test.each([
    ["a PNG", spoiled(sample("png"), 16, "7fffffff7fffffff")],
    ["a PNG that is too wide", spoiled(sample("png"), 16, "0000400100000001")],
    ["a PNG with too many pixels", spoiled(sample("png"), 16, "00003fff00003fff")],
    ["a GIF", spoiled(sample("gif"), 6, "ffffffff")],
    ["an AVIF", avifOf("avif", sizeBox(0xffffffff, 0xffffffff))],
    ["an AVIF of great tiles", avifOf("avif", sizeBox(1, 1), sizeBox(100_000, 100_000))],
  ])("%s that claims to be huge", async (_, bytes) => {
    expect(await readImage(bytes)).toEqual(refused as never);
  });

  test.each(["png", "jpeg", "webp", "gif"])("a %s that was cut off, wherever", async (name) => {
    const bytes = sample(name);
    // The checksum after a PNG's end mark isn't missed.
    for (let length = 0; length < bytes.length - 4; length += 1) {
      expect([length, await readImage(bytes.subarray(0, length))]).toEqual([length, refused] as never);
    }
  });

  test("half a photograph with a whole thumbnail in it", async () => {
    const jpeg = await new Bun.Image(await pngOf(64, 64)).resize(400, 300).jpeg().bytes();
    const within = jpegSegment(0xe1, text("Exif\0\0"), exifOf(1), await jpegOf(6, 4));
    const photograph = Buffer.concat([jpeg.subarray(0, 2), within, jpeg.subarray(2)]);
    expect(await readImage(photograph)).toMatchObject({ value: { width: 400, height: 300 } });
    for (let length = within.length; length < photograph.length; length += 1) {
      expect([length, await readImage(photograph.subarray(0, length))]).toEqual([length, refused] as never);
    }
  });

  test("half a PNG whose words look like its end", async () => {
    const png = await pngOf(6, 4);
    const words = pngChunk("tEXt", text("Comment\0IEND"));
    const both = Buffer.concat([png.subarray(0, 33), words, png.subarray(33)]);
    expect(await readImage(both)).toMatchObject({ ok: true });
    for (let length = 33; length < both.length - 4; length += 1) {
      expect([length, await readImage(both.subarray(0, length))]).toEqual([length, refused] as never);
    }
  });

  test("half a GIF whose pixels look like its end", async () => {
    const gif = Buffer.from(sample("gif"));
    const ends = Buffer.concat([gif.subarray(0, -1), text("!\xfe\x08;;;;;;;;\0"), gif.subarray(19)]);
    expect(await readImage(ends)).toMatchObject({ ok: true });
    for (let length = 19; length < ends.length; length += 1) {
      expect([length, await readImage(ends.subarray(0, length))]).toEqual([length, refused] as never);
    }
  });

  test.each([false, true])("an AVIF that was cut off, wherever (in long boxes: %p)", async (long) => {
    const avif = photographOf({ properties: [sizeBox(30, 20)], of_items: [[1], [1]], long });
    expect(await readImage(Buffer.concat([avif, text("trailer")]))).toMatchObject({ ok: true });
    for (const whole_file of [avif, Buffer.from(sample("avif"))]) {
      for (let length = 0; length < whole_file.length; length += 1) {
        expect([length, await readImage(whole_file.subarray(0, length))]).toEqual([length, refused] as never);
      }
    }
    // Without the box that holds its pixels, what is left is whole boxes.
    const mdat = avif.lastIndexOf("mdat") - 4;
    expect(await readImage(avif.subarray(0, mdat))).toEqual(refused as never);
  });

  test("an AVIF whose head was cut off, wherever", async () => {
    for (let length = 0; length < 250; length += 1) {
      expect(await readImage(sample("avif").subarray(0, length))).toEqual(refused as never);
    }
  });
});

describe("hostile files", () => {
  test.each(Object.keys(samples))("a damaged %s is an image of a sane size or refused (seed 20)", async (name) => {
    const random = seededRandom(20);
    for (let round = 0; round < 300; round += 1) {
      const bytes = Buffer.from(sample(name));
      for (let spots = random.whole(1, 6); spots > 0; spots -= 1) {
        bytes[random.whole(0, Math.min(bytes.length, 64) - 1)] = random.whole(0, 255);
      }
      const outcome = await readImage(bytes);
      if (!outcome.ok) expect(outcome).toEqual(refused as never);
      else {
        const { width, height } = outcome.value;
        expect(Math.min(width, height)).toBeGreaterThan(0);
        expect(Math.max(width, height)).toBeLessThanOrEqual(limits.image_side);
      }
    }
  });

  test.each([
    ["a PNG", "png", 33, "0000000074655874 00000000"],
    ["a JPEG", "jpeg", 2, "fffe0002"],
    ["a GIF", "gif", 19, "21fe00"],
  ])("%s of more parts than any has is refused", async (_, name, at, part) => {
    const bytes = sample(name);
    const parts = (count: number) => Buffer.concat(Array(count).fill(Buffer.from(part.replace(" ", ""), "hex")));
    const with_parts = (count: number) => Buffer.concat([bytes.subarray(0, at), parts(count), bytes.subarray(at)]);
    expect(await readImage(with_parts(1_000))).toMatchObject({ ok: true });
    expect(await readImage(with_parts(limits.image_parts))).toEqual(refused as never);
  });

  test("an AVIF that names places without end has them looked at once", async () => {
    const items = Buffer.concat(Array(9_000).fill(Buffer.from("00010000ffff", "hex")));
    const iloc = box("iloc", Buffer.alloc(4), whole(0, 2), whole(9_000, 2), items);
    const meta = box("meta", Buffer.alloc(4), iloc, box("iprp", box("ipco", sizeBox(3, 2))));
    const file = Buffer.concat([box("ftyp", text("avif\0\0\0\0avifmif1")), meta]);
    expect(await readImage(file)).toMatchObject({ value: { width: 3, height: 2 } });
  });

  test.each([
    ["properties", "ipco"],
    ["items", "iloc"],
  ])("an AVIF whose %s claim to go on behind its head is refused", async (_, type) => {
    const bytes = limits.upload_bytes / 2;
    const claiming = box(type, Buffer.alloc(4), whole(0, 2), whole(65_535, 2), sizeBox(3, 2));
    claiming.writeUInt32BE(bytes);
    const properties = type === "ipco" ? claiming : box("ipco", sizeBox(3, 2));
    const meta = box("meta", Buffer.alloc(4), box("iprp", properties), ...(type === "iloc" ? [claiming] : []));
    const behind = Buffer.concat(Array(Math.floor(bytes / 20)).fill(sizeBox(3, 2)));
    const file = Buffer.concat([box("ftyp", text("avif\0\0\0\0avifmif1")), meta, box("free", behind)]);
    expect(await readImage(file)).toEqual(refused as never);
  });

  test("of an AVIF of nothing but sizes each is looked at once, and none behind the head", async () => {
    const reads = spyOn(Buffer.prototype, "readUInt32BE");
    const ofSizes = async (bytes: number) => {
      const count = Math.floor(bytes / 20) - 10;
      const file = avifOf("avif", Buffer.alloc(20 * count, sizeBox(2, 2)));
      reads.mockClear();
      const { ok } = await readImage(file);
      return { ok, count, reads: reads.mock.calls.length };
    };
    try {
      // The lengths of its outermost boxes.
      expect(await ofSizes(limits.upload_bytes)).toMatchObject({ ok: false, reads: 2 });
      const head = await ofSizes(limits.avif_head_bytes);
      expect(head.ok).toBe(true);
      // Of each its length, its width and its height; and the lengths of those around them.
      expect(head.reads).toBeWithin(3 * head.count, 3 * head.count + 10);
    } finally {
      reads.mockRestore();
    }
  });
});
