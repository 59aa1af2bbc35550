// A form with JSON in it is paid for as it comes, cut anywhere, and waited for as long as it comes on.

import { expect, test } from "bun:test";
import { type Allowance, unlimited } from "../../src/actors/session/allowances.ts";
import { limits } from "../../src/domain/limits.ts";
import { readPayload } from "../../src/routes/json-body.ts";

const CHUNK_BYTES = 64 * 1024;
const unpaid = unlimited.ofAddress("here");

const head = (disposition: string) => `--x\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`;
const formOf = (json: string, file_bytes = 0) =>
  Buffer.from(
    [
      head('name="payload_json"'),
      json,
      "\r\n",
      head('name=""; filename="a"'),
      "x".repeat(file_bytes),
      "\r\n--x--",
    ].join(""),
  );

interface Coming {
  piece_bytes?: number;
  allowance?: Allowance;
  /** Between two pieces. */
  pause_ms?: number;
}

/** What is read of a form that comes in pieces, and how much of it was taken. */
async function read(form: Buffer, coming: Coming = {}) {
  const { piece_bytes = CHUNK_BYTES, allowance = unpaid, pause_ms = 0 } = coming;
  let now_ms = 0;
  let taken = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (taken >= form.length) return controller.close();
        controller.enqueue(new Uint8Array(form.subarray(taken, taken + piece_bytes)));
        taken += piece_bytes;
        now_ms += pause_ms;
      },
    },
    { highWaterMark: 0 },
  );
  const headers = { "content-type": "multipart/form-data; boundary=x" };
  const request = new Request("http://localhost/", { method: "POST", body, headers });
  const outcome = await readPayload(request, allowance, () => now_ms, limits.webhook_body_bytes);
  return { outcome, taken };
}

const said = '{"content":"ä€🌳 said"}';
const good = { ok: true, value: { content: "ä€🌳 said" } };

test("a text is whole wherever it was cut on its way", async () => {
  for (const piece_bytes of [1, 2, 3, 7]) {
    expect((await read(formOf(said, 100), { piece_bytes })).outcome).toMatchObject(good);
  }
});

test("its address pays for the whole length, and no more is taken once it can't", async () => {
  const form = formOf(said, 1024 * 1024);
  let tokens = 2_000;
  const allowance: Allowance = {
    ...unpaid,
    take(cost) {
      if (cost > tokens) return 5;
      tokens -= cost;
      return 0;
    },
  };
  expect((await read(form, { allowance })).outcome).toMatchObject(good);
  expect(tokens).toBe(2_000 - Math.floor(form.length / limits.frame_length_per_token));
  const paid_bytes = tokens * limits.frame_length_per_token;
  const { outcome, taken } = await read(form, { allowance });
  expect(outcome).toMatchObject({ ok: false, error: { code: "rate_limited" } });
  // The piece that wasn't paid for is the last.
  expect(taken).toBe(CHUNK_BYTES * (1 + Math.floor(paid_bytes / CHUNK_BYTES)));
});

test("it may take long while it comes on as an upload should", async () => {
  // The last piece is a short one.
  const pace_ms = (900 * CHUNK_BYTES) / limits.upload_least_bytes_per_s;
  const form = formOf(said, 20 * CHUNK_BYTES);
  expect((await read(form, { pause_ms: pace_ms })).outcome).toMatchObject(good);
  const { outcome, taken } = await read(form, { pause_ms: 2 * pace_ms });
  expect(outcome).toMatchObject({ ok: false, error: { code: "bad_request", details: { path: "" } } });
  expect(taken).toBeLessThan(form.length);
});
