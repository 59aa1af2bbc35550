// Small versions of images: as large as asked for, the right way up, made once and kept, and never at the cost of more
// than one image at a time.

import { afterAll, afterEach, beforeAll, describe, expect, spyOn, test } from "bun:test";
import { deflateSync } from "node:zlib";
import { limits } from "../../src/domain/limits.ts";
import { node_count } from "../harness/processes.ts";
import { startServer, type TestServer, type TestUser } from "../harness/server.ts";
import { exifOf, pngChunk, whole } from "./image-parts.ts";
import { bucketOf, startS3Server } from "./s3-server.ts";
import { pngOf, samples, spoiled } from "./samples.ts";

let server: TestServer;
let alice: TestUser;
beforeAll(async () => {
  server = await startServer();
  alice = await server.user();
});
afterAll(() => server.stop());
afterEach(() => spyOn(Bun.Image.prototype, "webp").mockRestore());

type Pixel = [red: number, green: number, blue: number];

/** A PNG of these pixels, with what a camera says of how it was held, if anything. */
function pngOfPixels(width: number, height: number, at: (x: number, y: number) => Pixel, orientation?: number) {
  const rows = Array.from({ length: height }, (_, y) => [
    0,
    ...Array.from({ length: width }, (_, x) => at(x, y)).flat(),
  ]);
  const head = Buffer.concat([whole(width, 4), whole(height, 4), Buffer.from([8, 2, 0, 0, 0])]);
  return new Uint8Array(
    Buffer.concat([
      Buffer.from("89504e470d0a1a0a", "hex"),
      pngChunk("IHDR", head),
      ...(orientation === undefined ? [] : [pngChunk("eXIf", exifOf(orientation))]),
      pngChunk("IDAT", deflateSync(Buffer.from(rows.flat()))),
      pngChunk("IEND", Buffer.alloc(0)),
    ]),
  );
}

async function upload(body: Uint8Array<ArrayBuffer>, to = server, by = alice): Promise<{ id: number; url: string }> {
  const init = { method: "POST", headers: { authorization: `Bearer ${by.token}` }, body };
  return (await (await fetch(`${to.url}/api/v1/uploads`, init)).json()) as { id: number; url: string };
}

const get = (url: string, init: RequestInit = {}) => fetch(server.url + url, init);
const grown = (bytes: Uint8Array, width: number, height: number) => new Bun.Image(bytes).resize(width, height);

describe("a small version", () => {
  test.each([128, 512, 1024])("has %p pixels on its longer side", async (size) => {
    const { url } = await upload(
      new Uint8Array(
        await grown(await pngOf(2, 2), 2_000, 1_000)
          .png()
          .bytes(),
      ),
    );
    const response = await get(`${url}?size=${size}`);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "image/webp"]);
    expect(await new Bun.Image(await response.bytes()).metadata()).toEqual({
      ...{ format: "webp", width: size, height: size / 2 },
    });
  });

  test.each(["jpeg", "png", "webp"] as const)("is made of a %s", async (format) => {
    const { url } = await upload(
      new Uint8Array(
        await grown(await pngOf(2, 2), 300, 600)
          [format]()
          .bytes(),
      ),
    );
    const small = await (await get(`${url}?size=128`)).bytes();
    expect(await new Bun.Image(small).metadata()).toMatchObject({ format: "webp", width: 64, height: 128 });
  });

  test("is made of the first picture of a GIF that moves", async () => {
    const gif = Buffer.from(samples["gif"]?.bytes ?? []);
    const screen = 13 + 6;
    // 300 × 1 pixels in one colour, after which there is another picture of one.
    const large = Buffer.from(gif);
    large.writeUInt16LE(300, 6);
    const moving = Buffer.concat([large.subarray(0, -1), gif.subarray(screen)]);
    const { url } = await upload(new Uint8Array(moving));
    const response = await get(`${url}?size=128`);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "image/webp"]);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])("stands as its image is shown, held as %p", async (orientation) => {
    const [width, height] = [300, 200];
    // Each corner is of a colour of its own.
    const stored = (x: number, y: number): Pixel => [
      x < width / 2 ? 255 : 0,
      y < height / 2 ? 255 : 0,
      x < 90 ? 200 : 0,
    ];
    const across = orientation >= 5;
    const [wide, high] = across ? [height, width] : [width, height];
    // Where a pixel of what is shown stands in what is stored, by EXIF.
    const places: ((x: number, y: number) => [number, number])[] = [
      (x, y) => [x, y],
      (x, y) => [width - 1 - x, y],
      (x, y) => [width - 1 - x, height - 1 - y],
      (x, y) => [x, height - 1 - y],
      (x, y) => [y, x],
      (x, y) => [y, height - 1 - x],
      (x, y) => [width - 1 - y, height - 1 - x],
      (x, y) => [width - 1 - y, x],
    ];
    const upright = pngOfPixels(wide, high, (x, y) => stored(...(places[orientation - 1]?.(x, y) ?? [0, 0])));
    const [turned, straight] = [await upload(pngOfPixels(width, height, stored, orientation)), await upload(upright)];
    const smallOf = async (url: string) => (await get(`${url}?size=128`)).bytes();
    expect(await smallOf(turned.url)).toEqual(await smallOf(straight.url));
  });

  test("is made once, also where many ask at one time, and after a restart", async () => {
    const { url } = await upload(await pngOf(400, 300));
    const made = spyOn(Bun.Image.prototype, "webp");
    const answers = await Promise.all(Array.from({ length: 8 }, () => get(`${url}?size=128`)));
    const bodies = await Promise.all(answers.map((answer) => answer.bytes()));
    for (const body of bodies) expect(body).toEqual(bodies[0] as never);
    const times = made.mock.calls.length;
    server = await server.restart();
    expect(await (await get(`${url}?size=128`)).bytes()).toEqual(bodies[0] as never);
    expect([times > 0, times <= node_count, made.mock.calls.length]).toEqual([true, true, times]);
  });

  test("has a tag of its own", async () => {
    const { url } = await upload(await pngOf(400, 301));
    const [tag, small_tag] = [(await get(url)).headers.get("etag"), (await get(`${url}?size=128`)).headers.get("etag")];
    expect(small_tag).toBe(`${tag?.slice(0, -1)}-128"`);
    const headers = { "if-none-match": small_tag ?? "" };
    expect((await get(`${url}?size=128`, { headers })).status).toBe(304);
    expect((await get(url, { headers })).status).toBe(200);
  });

  test("lies in a bucket beside its image", async () => {
    const s3 = startS3Server();
    const to = await startServer({ uploads_bucket: bucketOf(s3) });
    const { url } = await upload(await pngOf(400, 300), to, await to.user());
    const response = await fetch(`${to.url}${url}?size=128`);
    expect(await new Bun.Image(await response.bytes()).metadata()).toMatchObject({ width: 128, height: 96 });
    const [image, small] = [...s3.objects.keys()].sort();
    expect(small).toBe(`${image}-128`);
    await to.stop();
    await s3.stop();
  });
});

describe("the image itself has to do", () => {
  const sameAs = async (bytes: Uint8Array<ArrayBuffer>, type: string): Promise<void> => {
    const { url } = await upload(bytes);
    const response = await get(`${url}?size=128`);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, type]);
    expect(await response.bytes()).toEqual(bytes);
  };

  test("where it is no larger", async () => {
    const made = spyOn(Bun.Image.prototype, "webp");
    await sameAs(await pngOf(128, 20), "image/png");
    expect(made.mock.calls.length).toBe(0);
  });

  test("where its pixels make no sense, which is found out once", async () => {
    const png = await pngOf(400, 300);
    const damaged = spoiled(png, Buffer.from(png).indexOf("IDAT") + 6, "ffffffffffff");
    const { url } = await upload(damaged);
    const made = spyOn(Bun.Image.prototype, "webp");
    for (let asked = 0; asked < 3; asked += 1) {
      expect(await (await get(`${url}?size=128`)).bytes()).toEqual(damaged);
    }
    const times = made.mock.calls.length;
    expect([times > 0, times <= node_count]).toEqual([true, true]);
  });

  test("where it has more pixels than there is memory for", async () => {
    const made = spyOn(Bun.Image.prototype, "webp");
    const side = Math.ceil(Math.sqrt(limits.small_pixels)) + 1;
    const png = await pngOf(2, 2);
    const claiming = spoiled(png, 16, side.toString(16).padStart(8, "0").repeat(2));
    await sameAs(claiming, "image/png");
    expect(made.mock.calls.length).toBe(0);
  });

  test("where it is no image at all", async () => {
    const words = new Uint8Array(Buffer.from("words"));
    await sameAs(words, "application/octet-stream");
  });
});

test("other sizes there are none", async () => {
  const { url } = await upload(await pngOf(300, 300));
  for (const size of ["0", "1", "127", "2048", "-128", "128.0", "0128", "x", "", "128,512"]) {
    const response = await get(`${url}?size=${size}`);
    expect([size, response.status, await response.json()]).toEqual([
      size,
      400,
      { success: false, code: "bad_request", message: expect.any(String), details: { path: "size" } },
    ] as never);
  }
});
