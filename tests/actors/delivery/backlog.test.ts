import { expect, test } from "bun:test";
import { Backlog } from "../../../src/actors/delivery/backlog.ts";
import { keptFrame, type LateFrame, lateFrame } from "../../../src/actors/delivery/late-frame.ts";
import { limits } from "../../../src/domain/limits.ts";

/** A socket that takes so many frames at a time. */
function outlet(at_once: number) {
  const sent: string[] = [];
  let taken = 0;
  return {
    sent,
    drain() {
      taken = 0;
    },
    isFull: () => taken === at_once,
    send(text: string) {
      taken += 1;
      sent.push(text);
    },
  };
}

test("everything goes out in its order, as far as the socket takes it", () => {
  const backlog = new Backlog(1_000);
  const socket = outlet(2);
  const shared = [lateFrame(() => "b"), lateFrame(() => "c")];
  for (const frames of [["a"], [], shared, ["d"]]) expect(backlog.add(frames)).toBeTrue();
  backlog.pump(socket);
  expect(socket.sent).toEqual(["a", "b"]);
  socket.drain();
  backlog.pump(socket);
  expect(socket.sent).toEqual(["a", "b", "c", "d"]);
  expect(backlog.isEmpty).toBeTrue();
  // The list that others share is as it was.
  expect(shared.map((frame) => frame.word())).toEqual(["b", "c"]);
});

test("text that waits is bounded, and so are the frames", () => {
  const backlog = new Backlog(10);
  const frame = lateFrame(() => "a long text, of which only a note waits");
  expect(backlog.add(Array<LateFrame>(limits.frames_waiting - 2).fill(frame))).toBeTrue();
  expect(backlog.add(["0123456789"])).toBeTrue();
  expect(backlog.add([frame])).toBeTrue();
  expect(backlog.add([frame])).toBeFalse();
  const other = new Backlog(10);
  expect(other.add(["0123456789", "0"])).toBeFalse();
});

test("what another node worded late may be long, but counts among what waits of all", () => {
  const backlog = new Backlog(10);
  expect(backlog.add([keptFrame("a long text, which waits as it is"), "0123456789"])).toBeTrue();
  expect(backlog.text_length).toBe(33 + 10);
  expect(backlog.add(["0"])).toBeFalse();
  const socket = outlet(1);
  backlog.pump(socket);
  expect(socket.sent).toEqual(["a long text, which waits as it is"]);
  expect(backlog.text_length).toBe(11);
});

test("one session is sent only so much at once", () => {
  const backlog = new Backlog(1);
  const text = "x".repeat(limits.backlog_length_at_once / 4);
  backlog.add(Array.from({ length: 9 }, () => lateFrame(() => text)));
  const socket = outlet(100);
  backlog.pump(socket);
  expect(socket.sent).toHaveLength(4);
});

test("a frame is worded when it is first sent, and once for all who are sent it soon after", () => {
  let worded = 0;
  const frame = lateFrame(() => {
    worded += 1;
    return `${worded}`;
  });
  expect(worded).toBe(0);
  expect([frame.word(), frame.word(), frame.word()]).toEqual(["1", "1", "1"]);
});
