// What bounds uploads that are on their way: the room that they share, and the time that each has.

import { expect, test } from "bun:test";
import type { Party } from "../../src/domain/fair-share.ts";
import { limits } from "../../src/domain/limits.ts";
import { createPools, type Pools } from "../../src/domain/pools.ts";
import { UploadRoom } from "../../src/domain/upload-room.ts";
import { success } from "../../src/protocol/outcome.ts";
import { createUploadReceiver } from "../../src/routes/upload-body.ts";
import { createLog } from "../../src/telemetry/log.ts";
import type { NamedFile } from "../../src/uploads/uploads.ts";
import { receiving } from "./sent.ts";

const request = (body: NonNullable<RequestInit["body"]>) =>
  new Request("http://orchard/api/v1/uploads", { method: "POST", body });
const alice: Party = { party: "alice", group: "home" };
const bob: Party = { party: "bob", group: "elsewhere" };
const receiverOn = (pools: Pools, clock = Date.now) =>
  createUploadReceiver({ files: receiving, pools, bounds: limits, log: createLog("silent"), clock });
const receiverOf = (room_bytes: number) => receiverOn({ ...createPools(), upload_room: new UploadRoom(room_bytes) });
const length = async ({ content }: NamedFile) => success(content.bytes);
const unavailable = {
  ok: false,
  error: { code: "unavailable", message: expect.any(String), details: { retry_after_ms: expect.any(Number) } },
};

test("what is on its way shares a bounded room, and gives it back however it ends", async () => {
  const receiver = receiverOf(1_000);
  const held = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const first = receiver.receive(request("x".repeat(600)), alice, async (file) => {
    begun.resolve();
    await held.promise;
    return length(file);
  });
  await begun.promise;
  expect(await receiver.receive(request("x".repeat(600)), bob, length)).toEqual(unavailable as never);
  expect(await receiver.receive(request("x".repeat(400)), bob, length)).toEqual(success(400));
  const failing = receiver.receive(request("x".repeat(400)), bob, () => Promise.reject(new Error("a bug")));
  expect(await failing.catch((error) => error)).toEqual(new Error("a bug"));
  held.resolve();
  expect(await first).toEqual(success(600));
  expect(await receiver.receive(request("x".repeat(1_000)), alice, length)).toEqual(success(1_000));
});

test("what is refused gives its room back, too", async () => {
  const receiver = receiverOf(1_000);
  for (let round = 0; round < 3; round += 1) {
    expect(await receiver.receive(request("x".repeat(1_001)), alice, length)).toEqual(unavailable as never);
    const form = new FormData();
    form.append("title", "x".repeat(500));
    expect(await receiver.receive(request(form), alice, length)).toMatchObject({
      ok: false,
      error: { code: "bad_request" },
    });
  }
  expect(await receiver.receive(request("x".repeat(1_000)), alice, length)).toEqual(success(1_000));
});

test("what comes too slowly is refused", async () => {
  let now_ms = 0;
  const receiver = receiverOn(createPools(), () => now_ms);
  const slow = new ReadableStream({
    pull(controller) {
      now_ms += limits.upload_deadline_ms / 10;
      controller.enqueue(new Uint8Array(10));
    },
  });
  const outcome = await receiver.receive(request(slow), alice, length);
  expect(outcome).toMatchObject({ ok: false, error: { code: "bad_request", details: { path: "file" } } });
  expect(now_ms).toBeLessThan(2 * limits.upload_deadline_ms);
});

test("what breaks off is refused", async () => {
  const broken = new ReadableStream({
    pull(controller) {
      controller.error(new Error("the connection is gone"));
    },
  });
  const outcome = await receiverOf(1_000).receive(request(broken), alice, length);
  expect(outcome).toMatchObject({ ok: false, error: { code: "bad_request" } });
});
